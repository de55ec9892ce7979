package statement_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/statement"
)

func TestClassify(t *testing.T) {
	t.Parallel()

	t.Run("has a rule for every kind of the ledger", func(t *testing.T) {
		t.Parallel()
		for _, traits := range ledger.Kinds() {
			class, known := statement.Classify(traits)

			require.True(t, known, "say in domain/statement/items.go where a statement shows %s", traits.Kind)
			require.NotEmpty(t, class.Creator, traits.Kind)
			require.NotEmpty(t, class.Campaign, traits.Kind)
			require.NotEmpty(t, class.Organization, traits.Kind)
		}
	})

	t.Run("follows the traits of a kind", func(t *testing.T) {
		t.Parallel()
		for kind, wanted := range map[ledger.Kind]statement.Class{
			ledger.KindEarningsAccrued:      {Creator: statement.Earned, Campaign: statement.Spent, Organization: statement.Elsewhere},
			ledger.KindEarningsClawedBack:   {Creator: statement.ClawedBack, Campaign: statement.ClawedBack, Organization: statement.Elsewhere},
			ledger.KindBankPayoutSettled:    {Creator: statement.Paid, Campaign: statement.Elsewhere, Organization: statement.Elsewhere},
			ledger.KindBankPayoutFailed:     {Creator: statement.Paid, Campaign: statement.Elsewhere, Organization: statement.Elsewhere},
			ledger.KindPayoutSettledOutside: {Creator: statement.SettledOutside, Campaign: statement.Elsewhere, Organization: statement.Elsewhere},
			ledger.KindCampaignFunded:       {Creator: statement.Elsewhere, Campaign: statement.Funded, Organization: statement.Elsewhere},
			ledger.KindDisputeLost:          {Creator: statement.Elsewhere, Campaign: statement.ChargedBack, Organization: statement.ChargedBack},
			ledger.KindEscrowRefundFailed:   {Creator: statement.Elsewhere, Campaign: statement.Refunded, Organization: statement.Elsewhere},
			ledger.KindRefundSettledOutside: {Creator: statement.Elsewhere, Campaign: statement.SettledOutside, Organization: statement.Elsewhere},
		} {
			for _, traits := range ledger.Kinds() {
				if traits.Kind == kind {
					class, _ := statement.Classify(traits)
					require.Equal(t, wanted, class, kind)
				}
			}
		}
	})

	t.Run("says for every kind where the statement of a balance shows it", func(t *testing.T) {
		t.Parallel()
		wanted := map[ledger.Kind]statement.Item{
			ledger.KindDepositReceived:     statement.Deposited,
			ledger.KindBudgetAllocated:     statement.ToCampaigns,
			ledger.KindBudgetReturned:      statement.FromCampaigns,
			ledger.KindDepositRefunded:     statement.Withdrawn,
			ledger.KindDepositRefundFailed: statement.WithdrawalsReturned,
			ledger.KindWithdrawalReserved:  statement.Moved,
			ledger.KindWithdrawalReturned:  statement.Moved,
			ledger.KindWithdrawalSettled:   statement.SettledOutside,
			ledger.KindDisputeLost:         statement.ChargedBack,
			ledger.KindAdjustment:          statement.Adjusted,
		}
		for _, traits := range ledger.Kinds() {
			item, shown := wanted[traits.Kind]
			if !shown {
				item = statement.Elsewhere
			}
			class, _ := statement.Classify(traits)
			require.Equal(t, item, class.Organization, traits.Kind)
		}
	})

	t.Run("has no rule for a kind that says nothing", func(t *testing.T) {
		t.Parallel()
		class, known := statement.Classify(ledger.Traits{Kind: "tip_received"})

		require.False(t, known)
		require.Equal(t, statement.Class{Creator: statement.Other, Campaign: statement.Other, Organization: statement.Other}, class)
	})
}

func TestUnknownKinds(t *testing.T) {
	t.Parallel()

	t.Run("stay visible on a creator's statement", func(t *testing.T) {
		t.Parallel()
		read := statement.Creator{OpeningMinor: 75, ClosingMinor: 75}

		read.Add(statement.Posted{Kind: "tip_received", SumMinor: -25})

		require.Equal(t, int64(25), read.OtherMinor)
		require.Equal(t, []int64{50, 75, 0}, []int64{read.OpeningMinor, read.ClosingMinor, read.DifferenceMinor()})
	})

	t.Run("stay visible on the statement of a balance", func(t *testing.T) {
		t.Parallel()
		var read statement.Organization
		read.AddBalance("balance", -75)

		read.Add(statement.BalancePosted{Line: statement.BalanceLine{Kind: "tip_received"}, Part: "balance", SumMinor: -25})

		require.Equal(t, []int64{50, 25, 75, 0}, []int64{read.OpeningMinor, read.OtherMinor, read.ClosingMinor, read.DifferenceMinor()})
		require.Len(t, read.Lines, 1)
	})

	t.Run("stay visible on a campaign's statement", func(t *testing.T) {
		t.Parallel()
		read := statement.Campaign{RemainingMinor: 25}

		read.Add(statement.Leg{Kind: "tip_received", Holder: statement.Escrow, SumMinor: -25})
		read.Add(statement.Leg{Kind: "tip_received", Holder: "stripe/platform", SumMinor: 25})

		require.Equal(t, []int64{25, 0}, []int64{read.OtherMinor, read.DifferenceMinor()})
	})
}

func TestMovedMoney(t *testing.T) {
	t.Parallel()

	t.Run("that changes the balance after all is shown", func(t *testing.T) {
		t.Parallel()
		read := statement.Creator{ClosingMinor: -7, OpeningMinor: -7}

		read.Add(statement.Posted{Kind: ledger.KindPayoutReserved, Part: "available", SumMinor: 7})

		require.Equal(t, []int64{-7, 0, 0}, []int64{read.OtherMinor, read.OpeningMinor, read.DifferenceMinor()})
	})
}

func TestEarningsOfAnUnknownReceiver(t *testing.T) {
	t.Parallel()

	t.Run("are shown as other spending of the campaign", func(t *testing.T) {
		t.Parallel()
		read := statement.Campaign{RemainingMinor: -100}

		for holder, sumMinor := range map[statement.Holder]int64{statement.Escrow: 100, statement.ByCreator: -70, statement.Affiliate: -10, statement.Fees: -15, "platform/tips": -5} {
			read.Add(statement.Leg{Kind: ledger.KindEarningsAccrued, Holder: holder, SumMinor: sumMinor})
		}

		require.Equal(t, []int64{-70, -10, -15, -5}, []int64{read.SpentCreatorsMinor, read.SpentAffiliatesMinor, read.SpentFeesMinor, read.OtherMinor})
		require.Zero(t, read.DifferenceMinor())
	})
}
