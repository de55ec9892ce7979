package ledger_test

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
)

func TestAdjustmentsTouchOnlyWhatNothingIsCountedAgainst(t *testing.T) {
	t.Parallel()
	against := func(account ledger.Account) ledger.Adjustment {
		return ledger.Adjustment{CorrectionID: "j1", Currency: "USD", At: noon, Postings: []ledger.Posting{
			{Account: account, AmountMinor: 5}, {Account: ledger.PlatformFees, AmountMinor: -5},
		}}
	}

	for _, account := range []ledger.Account{
		ledger.StripePlatform, ledger.ProcessingFees, ledger.PlatformLosses, ledger.CreatorAvailable("c1"), ledger.CreatorReceivable("c1"),
	} {
		t.Run("takes "+string(account), func(t *testing.T) {
			t.Parallel()

			require.NoError(t, against(account).Validate())
		})
	}
	for _, account := range []ledger.Account{
		ledger.CampaignEscrow("k1"), ledger.CreatorPending("c1"), ledger.CreatorInTransit("c1"), ledger.CreatorConnected("c1"),
		ledger.StripeConnected("c1"), ledger.StripeDisputed, ledger.OrganizationBalance("o1"), ledger.OrganizationWithdrawing("o1"),
	} {
		t.Run("refuses "+string(account)+" and says what to do", func(t *testing.T) {
			t.Parallel()

			err := against(account).Validate()

			require.Equal(t, "account_not_adjustable", fault.CodeOf(err))
			require.Regexp(t, "cannot be adjusted: .+ instead", err.Error())
		})
	}
	for _, account := range []ledger.Account{"", "platform", "platform/fee", "creator/c1", "creator//available", "creator/c1/avail", "organization/o1", "organization//balance", "organization/o1/escrow", "campaign/k1/pending", "bank"} {
		t.Run("does not know "+strconv.Quote(string(account)), func(t *testing.T) {
			t.Parallel()

			require.Equal(t, "unknown_account", fault.CodeOf(against(account).Validate()))
		})
	}

	t.Run("may credit the balance of a brand", func(t *testing.T) {
		t.Parallel()
		credit := ledger.Adjustment{CorrectionID: "j1", Currency: "USD", At: noon, Postings: []ledger.Posting{
			{Account: ledger.PlatformLosses, AmountMinor: 5}, {Account: ledger.OrganizationBalance("o1"), AmountMinor: -5},
		}}

		require.NoError(t, credit.Validate())
	})

	t.Run("refuses an account that is named twice", func(t *testing.T) {
		t.Parallel()

		require.Equal(t, "account_repeated", fault.CodeOf(against(ledger.PlatformFees).Validate()))
	})

	t.Run("refuses what does not balance", func(t *testing.T) {
		t.Parallel()
		adjustment := against(ledger.PlatformLosses)
		adjustment.Postings[0].AmountMinor++

		require.Equal(t, "entry_unbalanced", fault.CodeOf(adjustment.Validate()))
	})

	t.Run("refuses more postings than a person can read", func(t *testing.T) {
		t.Parallel()
		adjustment := against(ledger.PlatformLosses)
		for i := range 49 {
			adjustment.Postings = append(adjustment.Postings, ledger.Posting{Account: ledger.CreatorAvailable(strconv.Itoa(i)), AmountMinor: 1})
		}
		adjustment.Postings[1].AmountMinor -= 49

		require.Equal(t, "entry_too_long", fault.CodeOf(adjustment.Validate()))
	})
}

// What each correction and each step of a dispute does to every account it touches.
func TestWhereTheMoneyGoes(t *testing.T) {
	t.Parallel()
	dispute := ledger.Dispute{DisputeID: "dp_1", PaymentIntentID: "pi_1", CampaignID: "k1", Currency: "USD", AmountMinor: 100, FeeMinor: 15, At: noon}
	cases := []struct {
		name  string
		entry ledger.Entry
		want  map[ledger.Account]int64
	}{
		{
			"an accrual pays creator, platform and affiliate out of escrow",
			ledger.EarningsAccrued(ledger.Earning{ClipID: "clip1", Poll: 1, CampaignID: "k1", CreatorID: "c1", AffiliateID: "c2", Currency: "USD", CreatorMinor: 80, FeeMinor: 15, AffiliateMinor: 5, At: noon}),
			map[ledger.Account]int64{"campaign/k1/escrow": 100, "creator/c1/pending": -80, "platform/fees": -15, "creator/c2/pending": -5},
		},
		{
			"a clawback takes from wherever the money is, and fills escrow up again",
			ledger.EarningsClawedBack(ledger.Clawback{
				AccrualEntryID: "e1", AccrualReference: "o1", CampaignID: "k1", Currency: "USD", FeeMinor: 15, At: noon,
				Creator: ledger.TakenBack{CreatorID: "c1", AvailableMinor: 50, ReceivableMinor: 30}, Affiliate: ledger.TakenBack{CreatorID: "c2", PendingMinor: 5},
			}),
			map[ledger.Account]int64{
				"creator/c1/available": 50, "creator/c1/receivable": 30, "creator/c2/pending": 5, "platform/fees": 15, "campaign/k1/escrow": -100,
			},
		},
		{
			"later earnings pay a debt",
			ledger.ReceivableRecovered(ledger.Recovery{Reference: "e2", CreatorID: "c1", Currency: "USD", AmountMinor: 30, At: noon}),
			map[ledger.Account]int64{"creator/c1/available": 30, "creator/c1/receivable": -30},
		},
		{
			"a debt that is given up is a loss",
			ledger.WrittenOff(ledger.WriteOff{CorrectionID: "w1", CreatorID: "c1", Currency: "USD", AmountMinor: 30, At: noon}),
			map[ledger.Account]int64{"platform/losses": 30, "creator/c1/receivable": -30},
		},
		{
			"a dispute takes the amount and a fee from our balance",
			ledger.FundingDisputed(dispute),
			map[ledger.Account]int64{"stripe/disputed": 100, "platform/processing_fees": 15, "stripe/platform": -115},
		},
		{
			"a dispute that is won brings back the amount, not the fee",
			ledger.DisputeWon(dispute),
			map[ledger.Account]int64{"stripe/platform": 100, "stripe/disputed": -100},
		},
		{
			"a dispute that is lost costs escrow what was frozen, and us the rest",
			ledger.DisputeLost(dispute, 40),
			map[ledger.Account]int64{"campaign/k1/escrow": 40, "platform/losses": 60, "stripe/disputed": -100},
		},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			require.NoError(t, tc.entry.Validate())

			got := map[ledger.Account]int64{}
			for _, posting := range tc.entry.Postings {
				got[posting.Account] += posting.AmountMinor
			}

			require.Equal(t, tc.want, got)
		})
	}
}
