package api_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/api/client"
	"github.com/creditroll/creditroll/domain/rail"
)

func TestLedger(t *testing.T) {
	t.Parallel()

	t.Run("balances to zero and lists accounts by prefix, page by page", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		payoutID, _ := w.reserved(t)
		finance := w.as(t, w.finance())
		size, prefix, seen := int32(1), "creator/"+w.creatorID, map[string]int64{}

		trial, err := finance.GetTrialBalanceWithResponse(t.Context(), nil)
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

	t.Run("compares what is owed with the balance at Stripe, and names the gap", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		w.reserved(t)
		finance := w.as(t, w.finance())
		byBooks, err := finance.GetSolvencyWithResponse(t.Context())
		require.NoError(t, err)
		at := w.clock.Now().UTC().Truncate(time.Millisecond)
		require.NoError(t, w.store.Reconciliation.RecordBalances(t.Context(), []rail.Balance{{Currency: "USD", AvailableMinor: 600, PendingMinor: 400}}, at))

		read, err := finance.GetSolvencyWithResponse(t.Context())

		require.NoError(t, err)
		require.Nil(t, byBooks.JSON200.Currencies[0].ReadAt)
		require.False(t, read.JSON200.Covered)
		cover := read.JSON200.Currencies[0]
		require.Equal(t, int64(2500), cover.InTransitMinor)
		require.Equal(t, cover.EscrowMinor+cover.PendingMinor+cover.AvailableMinor+cover.InTransitMinor, cover.OwedMinor)
		require.Equal(t, int64(1000), cover.HeldMinor)
		require.Equal(t, cover.OwedMinor-1000, cover.GapMinor)
		require.Equal(t, int64(600), *cover.HeldAvailableMinor)
		require.True(t, at.Equal(*cover.ReadAt))
	})

	t.Run("shows balances as of a date, and as recorded at a moment", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		w.reserved(t)
		finance := w.as(t, w.finance())
		account, longAgo, today := "creator/"+w.creatorID+"/in_transit", "2020-01-31", time.Now().UTC().Format(time.DateOnly)

		for _, asOf := range []client.ListBalancesParams{{Account: &account, AsOf: &longAgo}, {Account: &account, RecordedAsOf: &longAgo}} {
			page, err := finance.ListBalancesWithResponse(t.Context(), &asOf)
			require.NoError(t, err)
			require.Zero(t, page.JSON200.Items[0].BalanceMinor)
		}
		page, err := finance.ListBalancesWithResponse(t.Context(), &client.ListBalancesParams{Account: &account, RecordedAsOf: &today})
		require.NoError(t, err)
		trial, err := finance.GetTrialBalanceWithResponse(t.Context(), &client.GetTrialBalanceParams{AsOf: &longAgo})
		require.NoError(t, err)

		require.Equal(t, int64(2500), page.JSON200.Items[0].BalanceMinor)
		require.Empty(t, trial.JSON200.Currencies)
	})

	for text, code := range map[string]string{"soon": "as_of_malformed", "2999-01-01": "as_of_in_future"} {
		t.Run("refuses the moment "+text, func(t *testing.T) {
			t.Parallel()
			w := setup(t)
			finance := w.as(t, w.finance())

			balances, err := finance.ListBalancesWithResponse(t.Context(), &client.ListBalancesParams{AsOf: &text})
			require.NoError(t, err)
			trial, err := finance.GetTrialBalanceWithResponse(t.Context(), &client.GetTrialBalanceParams{RecordedAsOf: &text})
			require.NoError(t, err)

			require.Equal(t, code, balances.ApplicationproblemJSONDefault.Code)
			require.Equal(t, code, trial.ApplicationproblemJSONDefault.Code)
		})
	}
}
