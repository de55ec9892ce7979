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
