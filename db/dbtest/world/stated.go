package world

import (
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/statement"
)

// RequireStatementAddsUp adds the statement of a campaign up by hand, by each of its lists.
func RequireStatementAddsUp(t dbtest.T, x statement.Campaign) {
	require.Zero(t, x.DifferenceMinor())
	require.Zero(t, x.OtherMinor)
	paidMinor, entriesMinor := int64(0), int64(0)
	for _, receipt := range x.Receipts {
		require.Zero(t, receipt.OtherMinor())
		paidMinor += receipt.BudgetMinor
	}
	allocatedMinor := int64(0) // out of the organization's balance
	for _, entry := range x.Entries {
		if entry.Kind == ledger.KindBudgetAllocated {
			allocatedMinor += entry.AmountMinor
		}
	}
	require.Equal(t, x.FundedMinor, paidMinor+allocatedMinor, "receipts")
	for _, entry := range x.Entries {
		entriesMinor += entry.AmountMinor
	}
	require.Equal(t, x.RemainingMinor-x.SpentMinor()-x.ClawedBackMinor, entriesMinor, "entries")
	platforms, creators := statement.Cost{}, x.Others
	for _, cost := range x.Platforms {
		platforms = platforms.Plus(cost)
	}
	for _, cost := range x.Creators {
		creators = creators.Plus(cost)
	}
	for _, sum := range []statement.Cost{platforms, creators} {
		require.Equal(t, []int64{-x.SpentMinor(), x.ClawedBackMinor}, []int64{sum.CostMinor, sum.ClawedBackMinor})
	}
	require.Equal(t, platforms.Views, creators.Views)
	require.Equal(t, platforms.Clips, creators.Clips)
}

// RequireBalanceAddsUp adds the statement of an organization's balance up by hand, by its lines.
func RequireBalanceAddsUp(t dbtest.T, x statement.Organization) {
	require.Zero(t, x.DifferenceMinor())
	require.Zero(t, x.OtherMinor)
	var sums statement.BalanceFigures
	sumMinor := int64(0)
	for _, line := range x.Lines {
		*BalanceFigure(&sums, line.Item) += line.AmountMinor
		sumMinor += line.AmountMinor
	}
	require.Equal(t, x.BalanceFigures, sums, "lines")
	require.Equal(t, x.ClosingMinor, x.OpeningMinor+sumMinor)
}

// BalanceFigure returns the figure of an item that has one, and fails for any other.
func BalanceFigure(of *statement.BalanceFigures, item statement.Item) *int64 {
	return map[statement.Item]*int64{
		statement.Deposited: &of.DepositedMinor, statement.ToCampaigns: &of.ToCampaignsMinor, statement.FromCampaigns: &of.FromCampaignsMinor,
		statement.Withdrawn: &of.WithdrawnMinor, statement.WithdrawalsReturned: &of.WithdrawalsReturnedMinor, statement.RefundedDirectly: &of.RefundedDirectlyMinor,
		statement.ChargedBack: &of.ChargedBackMinor, statement.SettledOutside: &of.SettledOutsideMinor, statement.Adjusted: &of.AdjustmentsMinor,
	}[item]
}
