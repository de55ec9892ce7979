package api_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/api/client"
)

func TestLedger(t *testing.T) {
	t.Parallel()

	t.Run("balances to zero and lists accounts by prefix, page by page", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		payoutID, _ := w.reserved(t)
		finance := w.as(t, w.finance())
		size, prefix, seen := int32(1), "creator/"+w.creatorID, map[string]int64{}

		trial, err := finance.GetTrialBalanceWithResponse(t.Context())
		require.NoError(t, err)
		params := &client.ListBalancesParams{Limit: &size, Account: &prefix}
		for range 10 {
			page, err := finance.ListBalancesWithResponse(t.Context(), params)
			require.NoError(t, err)
			for _, balance := range page.JSON200.Items {
				seen[balance.Account] = balance.BalanceMinor
			}
			if params.Cursor = page.JSON200.NextCursor; params.Cursor == nil {
				break
			}
		}

		require.NotEmpty(t, payoutID)
		require.True(t, trial.JSON200.Balanced)
		require.Zero(t, trial.JSON200.Currencies[0].DifferenceMinor)
		require.Positive(t, trial.JSON200.Currencies[0].DebitMinor)
		require.Nil(t, params.Cursor)
		require.Equal(t, map[string]int64{prefix + "/pending": 0, prefix + "/available": 0, prefix + "/in_transit": 2500}, seen)
	})
}
