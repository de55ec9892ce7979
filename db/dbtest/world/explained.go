package world

import (
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/audit"
	"github.com/creditroll/creditroll/db/dbtest"
)

// RequireAddsUp adds a payout up by hand, and requires that its explanation says the same.
func RequireAddsUp(t dbtest.T, x audit.PayoutExplanation) {
	byCampaign, wholeMinor := map[string]int64{}, int64(0)
	for _, item := range x.Items {
		byCampaign[item.CampaignID] += item.AmountMinor
		wholeMinor += item.AmountMinor
	}
	require.Equal(t, x.Payout.AmountMinor, wholeMinor)
	require.Len(t, byCampaign, len(x.Lines))
	for _, line := range x.Lines {
		require.Equal(t, line.AmountMinor, byCampaign[line.CampaignID])
		require.Zero(t, line.DifferenceMinor)
		clipsMinor := line.OtherMinor
		for _, clip := range line.Clips {
			clipsMinor += clip.TotalMinor()
		}
		require.Equal(t, line.AmountMinor, clipsMinor)
	}
	require.Zero(t, x.DifferenceMinor)
	RequireChecks(t, x.Checks)
}

// RequireChecks requires that an explanation made checks, and that all of them hold.
func RequireChecks(t dbtest.T, checks audit.Checks) {
	require.NotEmpty(t, checks)
	broken, found := checks.Broken()
	require.False(t, found, "%+v", broken)
}
