package ledger_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/ledger"
)

// oneOfEach has an entry by every function that makes one.
func oneOfEach() []ledger.Entry {
	payout := ledger.Payout{PayoutID: "p1", CreatorID: "c1", Currency: "USD", AmountMinor: 700, At: noon}
	refund := ledger.Refund{CampaignID: "k1", RefundID: "re_1", Currency: "USD", AmountMinor: 40, At: noon}
	dispute := ledger.Dispute{DisputeID: "dp_1", PaymentIntentID: "pi_1", CampaignID: "k1", Currency: "USD", AmountMinor: 100, FeeMinor: 15, At: noon}
	movement := ledger.Movement{TransactionID: "txn_1", Currency: "USD", AmountMinor: -30, At: noon}
	conversion := ledger.Conversion{Sent: payout, Generation: 1, Currency: "EUR", ReceivedMinor: 640, At: noon}
	converted := ledger.ConvertedReturn{ObjectID: "re_1", Currency: "USD", TakenMinor: 110, ClosedMinor: 100, LostMinor: 5, At: noon}
	shortfall := ledger.Shortfall{CampaignID: "k1", Reference: "e1", Currency: "USD", AmountMinor: 5, At: noon}
	returned := ledger.DepositRefund{DepositID: "d1", OrganizationID: "o1", RefundID: "re_2", WithdrawalID: "w1", Number: 1, Currency: "USD", AmountMinor: 40, At: noon}
	withdrawal := ledger.Withdrawal{Reference: "w1", OrganizationID: "o1", Currency: "USD", AmountMinor: 40, At: noon}
	return []ledger.Entry{
		ledger.CampaignFunded(ledger.Funding{CampaignID: "k1", PaymentIntentID: "pi_1", Currency: "USD", GrossMinor: 104, SurchargeMinor: 4, FeeMinor: 3, At: noon}),
		ledger.EscrowRefunded(refund),
		ledger.EscrowRefundFailed(refund),
		ledger.BudgetAllocated(ledger.Allocation{OrganizationID: "b1", CampaignID: "k1", Reference: "k1/1", Currency: "USD", AmountMinor: 40, At: noon}),
		ledger.BudgetReturned(ledger.Allocation{OrganizationID: "b1", CampaignID: "k1", Reference: "k1/2", Currency: "USD", AmountMinor: 40, At: noon}),
		ledger.EscrowShortfall(shortfall),
		ledger.ShortfallRecovered(shortfall),
		ledger.FundingDisputed(dispute),
		ledger.DisputeWon(dispute),
		ledger.DisputeLost(dispute, 40),
		ledger.DepositReceived(ledger.Deposit{DepositID: "d1", OrganizationID: "o1", PaymentIntentID: "pi_2", Currency: "USD", GrossMinor: 104, SurchargeMinor: 4, FeeMinor: 3, At: noon}),
		ledger.DepositRefunded(returned),
		ledger.DepositRefundFailed(returned),
		ledger.WithdrawalReserved(withdrawal),
		ledger.WithdrawalReturned(withdrawal),
		ledger.WithdrawalSettledOutside(withdrawal),
		ledger.EarningsAccrued(ledger.Earning{ClipID: "clip1", Poll: 1, CampaignID: "k1", CreatorID: "c1", Currency: "USD", CreatorMinor: 80, FeeMinor: 20, At: noon}),
		ledger.HoldReleased(ledger.Release{Reference: "a1", CreatorID: "c1", Currency: "USD", AmountMinor: 80, At: noon}),
		ledger.EarningsClawedBack(ledger.Clawback{AccrualEntryID: "e1", AccrualReference: "o1", CampaignID: "k1", Currency: "USD", Creator: ledger.TakenBack{CreatorID: "c1", PendingMinor: 80}, FeeMinor: 20, At: noon}),
		ledger.ReceivableRecovered(ledger.Recovery{Reference: "e2", CreatorID: "c1", Currency: "USD", AmountMinor: 30, At: noon}),
		ledger.WrittenOff(ledger.WriteOff{CorrectionID: "w1", CreatorID: "c1", Currency: "USD", AmountMinor: 30, At: noon}),
		ledger.Adjusted(ledger.Adjustment{CorrectionID: "j1", Currency: "USD", Postings: []ledger.Posting{{ledger.PlatformLosses, 5}, {ledger.CreatorAvailable("c1"), -5}}, At: noon}),
		ledger.PayoutAdvanced(payout),
		ledger.PayoutReserved(payout),
		ledger.PayoutCancelled(payout),
		ledger.InstantFeeCharged(payout),
		ledger.InstantFeeReturned(payout),
		ledger.TransferSettled(payout, 1),
		ledger.TransferReversed(payout, 1),
		ledger.BankPayoutSettled(payout, 1),
		ledger.BankPayoutReturned(payout, 1),
		ledger.BankPayoutRefused(payout, 1),
		ledger.ConversionSent(conversion),
		ledger.ConversionReceived(conversion),
		ledger.ConversionUndone(conversion),
		ledger.ConversionClosed(conversion, 660),
		ledger.ConvertedPayoutSettled(payout, 1),
		ledger.ConvertedPayoutReturned(payout, 1),
		ledger.ConvertedPaymentReceived(ledger.ConvertedPayment{PaymentIntentID: "pi_1", Currency: "USD", NetMinor: 97, FeeMinor: 3, At: noon}),
		ledger.ConvertedPaymentRefunded(converted),
		ledger.ConvertedRefundFailed(converted, 108),
		ledger.ConvertedPaymentSettledOutside(ledger.ConvertedReturn{ObjectID: "correction1", Currency: "USD", TakenMinor: 100, ClosedMinor: 100, At: noon}),
		ledger.PayoutSettledOnAccount(payout),
		ledger.PayoutSettledElsewhere(payout),
		ledger.PayoutLost(payout),
		ledger.RefundSettledOutside(ledger.OutsideRefund{CorrectionID: "s1", CampaignID: "k1", Currency: "USD", AmountMinor: 40, At: noon}),
		ledger.ConnectedBalanceSettled(ledger.OutsideBalance{CorrectionID: "s2", CreatorID: "c1", Currency: "USD", FoundMinor: -40, At: noon}),
		ledger.CapitalPaidIn(ledger.Movement{TransactionID: "txn_2", Currency: "USD", AmountMinor: 30, At: noon}),
		ledger.CapitalTakenOut(movement),
		ledger.ProcessorFeeCharged(movement),
		ledger.FundsReserved(movement),
	}
}

func TestKinds(t *testing.T) {
	t.Parallel()
	traits := map[ledger.Kind]ledger.Traits{}
	for _, kind := range ledger.Kinds() {
		traits[kind.Kind] = kind
	}

	t.Run("are listed once each, and each has a function that makes its entry", func(t *testing.T) {
		t.Parallel()
		made := map[ledger.Kind]bool{}
		for _, entry := range oneOfEach() {
			made[entry.Kind] = true
		}

		require.Len(t, traits, len(ledger.Kinds()))
		require.ElementsMatch(t, slices.Collect(maps.Keys(made)), slices.Collect(maps.Keys(traits)))
	})

	for _, entry := range oneOfEach() {
		t.Run("have the traits that "+string(entry.Kind)+" shows in its entry", func(t *testing.T) {
			t.Parallel()
			kind := traits[entry.Kind]

			toEscrow := slices.ContainsFunc(entry.Postings, func(p ledger.Posting) bool { return strings.HasSuffix(string(p.Account), "/escrow") })
			require.Equal(t, toEscrow, kind.Budget != "")
			if entry.ReversesKind != "" {
				require.Equal(t, kind.Reverses, entry.ReversesKind)
				require.Equal(t, kind.ObjectType == "", kind.ReversalObjectType == "")
			}
			if kind.PayoutStep != "" {
				require.Regexp(t, "^p1(/g1)?$", entry.Reference)
			}
			if kind.NamedByObject {
				require.Regexp(t, "^(pi|re|dp|txn)_[12]$", entry.Reference)
				require.NotEmpty(t, kind.ObjectType)
			}
		})
	}

	t.Run("say what object an entry stands for, which may be another one if it reverses", func(t *testing.T) {
		t.Parallel()
		payout := ledger.Payout{PayoutID: "p1", CreatorID: "c1", Currency: "USD", AmountMinor: 700, At: noon}

		require.Equal(t, "payout", ledger.BankPayoutRefused(payout, 1).ObjectType())
		require.Equal(t, "balance_transaction", ledger.BankPayoutReturned(payout, 1).ObjectType())
		require.Equal(t, "transfer_reversal", ledger.TransferReversed(payout, 1).ObjectType())
		require.Empty(t, ledger.PayoutReserved(payout).ObjectType())
	})

	t.Run("are changed for one caller only", func(t *testing.T) {
		t.Parallel()
		ledger.Kinds()[0].Kind = "changed"

		require.Equal(t, ledger.KindCampaignFunded, ledger.Kinds()[0].Kind)
	})
}
