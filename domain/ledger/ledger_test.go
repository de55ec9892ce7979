package ledger_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func anyEntry(t *rapid.T) ledger.Entry {
	amount := rapid.Int64Range(1, 1_000_000_000_000)
	currency := rapid.SampledFrom(money.Currencies()).Draw(t, "currency")
	payout := ledger.Payout{PayoutID: "p1", CreatorID: "c1", Currency: currency, AmountMinor: amount.Draw(t, "amount"), At: noon}
	generation := rapid.IntRange(1, 9).Draw(t, "generation")
	gross := amount.Draw(t, "gross")
	fee := rapid.Int64Range(0, gross).Draw(t, "fee")
	affiliate := rapid.Int64Range(0, gross-fee).Draw(t, "affiliate")
	taken := func(creatorID string, amountMinor int64) ledger.TakenBack {
		pending := rapid.Int64Range(0, amountMinor).Draw(t, "from pending of "+creatorID)
		available := rapid.Int64Range(0, amountMinor-pending).Draw(t, "from available of "+creatorID)
		return ledger.TakenBack{CreatorID: creatorID, PendingMinor: pending, AvailableMinor: available, ReceivableMinor: amountMinor - pending - available}
	}
	conversion := ledger.Conversion{Sent: payout, Generation: generation, Currency: "EUR", ReceivedMinor: gross, At: noon}
	dispute := ledger.Dispute{DisputeID: "dp_1", PaymentIntentID: "pi_1", CampaignID: "k1", Currency: currency, AmountMinor: gross, FeeMinor: fee, At: noon}
	movement := ledger.Movement{TransactionID: "txn_1", Currency: currency, AmountMinor: gross * int64(rapid.SampledFrom([]int{1, -1}).Draw(t, "sign")), At: noon}
	return rapid.SampledFrom([]ledger.Entry{
		ledger.CampaignFunded(ledger.Funding{CampaignID: "k1", PaymentIntentID: "pi_1", Currency: currency, GrossMinor: gross, FeeMinor: fee, At: noon}),
		ledger.EarningsAccrued(ledger.Earning{ClipID: "clip1", Poll: 1, CampaignID: "k1", CreatorID: "c1", Currency: currency, CreatorMinor: gross - fee, FeeMinor: fee, At: noon}),
		ledger.EarningsAccrued(ledger.Earning{ClipID: "clip1", Poll: 1, CampaignID: "k1", CreatorID: "c1", AffiliateID: "c2", Currency: currency, CreatorMinor: gross - fee - affiliate, FeeMinor: fee, AffiliateMinor: affiliate, At: noon}),
		ledger.EarningsClawedBack(ledger.Clawback{AccrualEntryID: "e1", AccrualReference: "o1", CampaignID: "k1", Currency: currency, Creator: taken("c1", gross-fee-affiliate), Affiliate: taken("c2", affiliate), FeeMinor: fee, At: noon}),
		ledger.ReceivableRecovered(ledger.Recovery{Reference: "e1", CreatorID: "c1", Currency: currency, AmountMinor: gross, At: noon}),
		ledger.WrittenOff(ledger.WriteOff{CorrectionID: "w1", CreatorID: "c1", Currency: currency, AmountMinor: gross, At: noon}),
		ledger.FundingDisputed(dispute),
		ledger.DisputeWon(dispute),
		ledger.DisputeLost(dispute, fee),
		ledger.EscrowShortfall(ledger.Shortfall{CampaignID: "k1", Reference: "e1", Currency: currency, AmountMinor: gross, At: noon}),
		ledger.ShortfallRecovered(ledger.Shortfall{CampaignID: "k1", Reference: "e1", Currency: currency, AmountMinor: gross, At: noon}),
		ledger.Adjusted(ledger.Adjustment{CorrectionID: "j1", Currency: currency, Postings: []ledger.Posting{{ledger.PlatformLosses, gross}, {ledger.CreatorAvailable("c1"), -gross}}, At: noon}),
		ledger.HoldReleased(ledger.Release{Reference: "a1", CreatorID: "c1", Currency: currency, AmountMinor: gross, At: noon}),
		ledger.PayoutAdvanced(payout),
		ledger.PayoutReserved(payout),
		ledger.PayoutCancelled(payout),
		ledger.TransferSettled(payout, generation),
		ledger.TransferReversed(payout, generation),
		ledger.BankPayoutSettled(payout, generation),
		ledger.BankPayoutReturned(payout, generation),
		ledger.BankPayoutRefused(payout, generation),
		ledger.TransferPartlyReversed(payout, generation, gross-fee),
		ledger.ConversionSent(conversion),
		ledger.ConversionReceived(conversion),
		ledger.ConversionUndone(conversion),
		ledger.ConversionClosed(conversion, gross+fee),
		ledger.ConvertedPayoutSettled(payout, generation),
		ledger.ConvertedPayoutReturned(payout, generation),
		ledger.EscrowRefunded(ledger.Refund{CampaignID: "k1", RefundID: "re_1", Currency: currency, AmountMinor: gross, At: noon}),
		ledger.DepositReceived(ledger.Deposit{OrganizationID: "o1", PaymentIntentID: "pi_1", Currency: currency, GrossMinor: gross, FeeMinor: fee, At: noon}),
		ledger.DepositRefunded(ledger.DepositRefund{OrganizationID: "o1", RefundID: "re_1", Currency: currency, AmountMinor: gross, At: noon}),
		ledger.DepositRefundFailed(ledger.DepositRefund{OrganizationID: "o1", RefundID: "re_1", WithdrawalID: "w1", Currency: currency, AmountMinor: gross, At: noon}),
		ledger.WithdrawalReserved(ledger.Withdrawal{Reference: "w1", OrganizationID: "o1", Currency: currency, AmountMinor: gross, At: noon}),
		ledger.WithdrawalReturned(ledger.Withdrawal{Reference: "w1/rest", OrganizationID: "o1", Currency: currency, AmountMinor: gross, At: noon}),
		ledger.DepositDisputeLost(dispute),
		ledger.CapitalPaidIn(movement),
		ledger.CapitalTakenOut(movement),
		ledger.ProcessorFeeCharged(movement),
		ledger.FundsReserved(movement),
	}).Draw(t, "entry")
}

func TestEveryEventBalances(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		entry := anyEntry(t)

		require.NoError(t, entry.Validate())
		require.Len(t, entry.RequestHash(), 32)
	})
}

// Two roundings can take a minor unit that the accrual does not contain.
func TestRoundingsOfAnAccrual(t *testing.T) {
	t.Parallel()

	t.Run("make the creator owe what an accrual takes, and leave what is on hold", func(t *testing.T) {
		t.Parallel()

		entry := ledger.EarningsAccrued(ledger.Earning{ClipID: "clip1", Poll: 2, CampaignID: "k1", CreatorID: "c1", AffiliateID: "c2", Currency: "USD", CreatorMinor: -1, FeeMinor: 1, AffiliateMinor: 1, At: noon})

		require.NoError(t, entry.Validate())
		require.Equal(t, []ledger.Posting{
			{Account: "campaign/k1/escrow", AmountMinor: 1},
			{Account: "creator/c1/receivable", AmountMinor: 1},
			{Account: "platform/fees", AmountMinor: -1},
			{Account: "creator/c2/pending", AmountMinor: -1},
		}, entry.Postings)
	})

	t.Run("let a clawback give the creator what the accrual had taken", func(t *testing.T) {
		t.Parallel()

		entry := ledger.EarningsClawedBack(ledger.Clawback{
			AccrualEntryID: "e1", AccrualReference: "clip1/2", CampaignID: "k1", Currency: "USD", FeeMinor: 1, At: noon,
			Creator: ledger.TakenBack{CreatorID: "c1", PendingMinor: -1}, Affiliate: ledger.TakenBack{CreatorID: "c2", PendingMinor: 1},
		})

		require.NoError(t, entry.Validate())
		require.Equal(t, []ledger.Posting{
			{Account: "creator/c1/pending", AmountMinor: -1},
			{Account: "creator/c2/pending", AmountMinor: 1},
			{Account: "platform/fees", AmountMinor: 1},
			{Account: "campaign/k1/escrow", AmountMinor: -1},
		}, entry.Postings)
	})
}

// A reversal puts every account back to where it was.
func TestReversals(t *testing.T) {
	t.Parallel()
	payout := ledger.Payout{PayoutID: "p1", CreatorID: "c1", Currency: "USD", AmountMinor: 700, At: noon}
	conversion := ledger.Conversion{Sent: payout, Generation: 1, Currency: "EUR", ReceivedMinor: 640, At: noon}
	received := ledger.Payout{PayoutID: "p1", CreatorID: "c1", Currency: "EUR", AmountMinor: 640, At: noon, Converted: true}
	pairs := []struct {
		name       string
		first, not ledger.Entry
	}{
		{"cancelling undoes the reservation", ledger.PayoutReserved(payout), ledger.PayoutCancelled(payout)},
		{"a reversal undoes the transfer", ledger.TransferSettled(payout, 2), ledger.TransferReversed(payout, 2)},
		{"a return undoes the bank payout", ledger.BankPayoutSettled(payout, 3), ledger.BankPayoutReturned(payout, 3)},
		{"a return undoes the bank payout of what was converted", ledger.BankPayoutSettled(received, 3), ledger.BankPayoutReturned(received, 3)},
		{"a return undoes the end of a converted payout", ledger.ConvertedPayoutSettled(payout, 3), ledger.ConvertedPayoutReturned(payout, 3)},
		{"a reversal undoes what a conversion sent", ledger.ConversionSent(conversion), ledger.ConversionUndone(conversion)},
	}
	for _, tc := range pairs {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			sums := map[ledger.Account]int64{}

			for _, entry := range []ledger.Entry{tc.first, tc.not} {
				for _, posting := range entry.Postings {
					sums[posting.Account] += posting.AmountMinor
				}
			}

			for account, sum := range sums {
				require.Zero(t, sum, account)
			}
			require.Equal(t, tc.first.Kind, tc.not.ReversesKind)
			require.Equal(t, tc.first.Reference, tc.not.ReversesReference)
		})
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	good := ledger.EscrowRefunded(ledger.Refund{CampaignID: "k1", RefundID: "re_1", Currency: "USD", AmountMinor: 5, At: noon})
	cases := []struct {
		name    string
		breakIt func(*ledger.Entry)
		code    string
	}{
		{"refuses an entry without a reference", func(e *ledger.Entry) { e.Reference = "" }, "entry_unnamed"},
		{"refuses an unknown kind", func(e *ledger.Entry) { e.Kind = "gift" }, "unknown_kind"},
		{"refuses an unknown currency", func(e *ledger.Entry) { e.Currency = "ZZZ" }, "unknown_currency"},
		{"refuses a single leg", func(e *ledger.Entry) { e.Postings = e.Postings[:1] }, "entry_too_short"},
		{"refuses a zero leg", func(e *ledger.Entry) { e.Postings = append(e.Postings, ledger.Posting{Account: "platform/fees"}) }, "amount_zero"},
		{"refuses a difference", func(e *ledger.Entry) { e.Postings[0].AmountMinor++ }, "entry_unbalanced"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			entry := good
			entry.Postings = append([]ledger.Posting(nil), good.Postings...)
			tc.breakIt(&entry)

			err := entry.Validate()

			require.Equal(t, tc.code, fault.CodeOf(err))
		})
	}
}

func TestRequestHash(t *testing.T) {
	t.Parallel()
	refund := ledger.Refund{CampaignID: "k1", RefundID: "re_1", Currency: "USD", AmountMinor: 5, At: noon}

	t.Run("ignores when the event is posted again", func(t *testing.T) {
		t.Parallel()
		later := refund
		later.At = noon.Add(time.Hour)

		require.Equal(t, ledger.EscrowRefunded(refund).RequestHash(), ledger.EscrowRefunded(later).RequestHash())
	})

	t.Run("sees another amount", func(t *testing.T) {
		t.Parallel()
		other := refund
		other.AmountMinor++

		require.NotEqual(t, ledger.EscrowRefunded(refund).RequestHash(), ledger.EscrowRefunded(other).RequestHash())
	})
}

func TestBalanceReadsOnTheNormalSide(t *testing.T) {
	t.Parallel()
	require.Equal(t, int64(5), ledger.StripePlatform.Balance(5))
	require.Equal(t, int64(5), ledger.CampaignEscrow("k1").Balance(-5))
	require.Equal(t, int64(5), ledger.CreatorAvailable("c1").Balance(-5))
	require.Equal(t, int64(5), ledger.ProcessingFees.Balance(5))
}
