package api_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/api/client"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/reconcile"
)

// compared runs a pass that finds a missing transfer and an unknown top-up.
func (w *world) compared(t *testing.T) (passID string) {
	t.Helper()
	now := w.clock.Now()
	pass := reconcile.Pass{ID: uuid.NewString(), StartedAt: now, Since: now.Add(-8 * 24 * time.Hour)}
	require.NoError(t, w.store.Reconciliation.OpenPass(t.Context(), pass))
	require.NoError(t, w.store.Reconciliation.RecordObjects(t.Context(), []reconcile.Object{
		{Type: reconcile.Transfer, ID: "tr_1", Account: "acct_1", AmountMinor: 2500, Currency: "USD", PayoutID: "018f-payout", Generation: 1, CreatedAt: now.Add(-time.Hour)},
		{Type: reconcile.BalanceTransaction, ID: "txn_1", Status: "topup", AmountMinor: 100_000, Currency: "USD", CreatedAt: now.Add(-time.Hour)},
	}, now))
	_, more, err := w.store.Reconciliation.Compare(t.Context(), reconcile.Comparison{Pass: pass, Limit: 10, Now: now, Grace: duration.Text(time.Minute)})
	require.NoError(t, err)
	require.False(t, more)
	_, err = w.store.Reconciliation.FinishPass(t.Context(), pass.ID, 0, now)
	require.NoError(t, err)
	return pass.ID
}

func TestReconciliation(t *testing.T) {
	t.Parallel()

	t.Run("shows finance the differences, by class and page", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		passID := w.compared(t)
		finance, open, one, class := w.as(t, w.finance()), true, int32(1), "missing_here"

		first, err := finance.ListDifferencesWithResponse(t.Context(), &client.ListDifferencesParams{Open: &open, Limit: &one})
		require.NoError(t, err)
		second, err := finance.ListDifferencesWithResponse(t.Context(), &client.ListDifferencesParams{Open: &open, Limit: &one, Cursor: first.JSON200.NextCursor})
		require.NoError(t, err)
		missing, err := finance.ListDifferencesWithResponse(t.Context(), &client.ListDifferencesParams{Class: &class})
		require.NoError(t, err)
		passes, err := finance.ListReconciliationPassesWithResponse(t.Context(), nil)

		require.NoError(t, err)
		require.Len(t, first.JSON200.Items, 1)
		require.Len(t, second.JSON200.Items, 1)
		require.Nil(t, second.JSON200.NextCursor)
		require.Len(t, missing.JSON200.Items, 1)
		found := missing.JSON200.Items[0]
		require.Equal(t, "tr_1", found.ObjectId)
		require.Equal(t, "payout/018f-payout", *found.Subject)
		require.True(t, found.Blocking)
		require.True(t, found.Open)
		require.Len(t, passes.JSON200.Items, 1)
		require.Equal(t, passID, passes.JSON200.Items[0].Id)
		require.Equal(t, int64(2), passes.JSON200.Items[0].Open)
		require.Equal(t, int64(1), passes.JSON200.Items[0].Blocking)
	})

	t.Run("lets finance acknowledge unknown objects, and no other difference", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		w.compared(t)
		finance, open := w.as(t, w.finance()), true
		listed, err := finance.ListDifferencesWithResponse(t.Context(), &client.ListDifferencesParams{Open: &open})
		require.NoError(t, err)
		ids := map[string]string{}
		for _, each := range listed.JSON200.Items {
			ids[each.Class] = each.Id
		}

		refused, err := finance.AcknowledgeDifferenceWithResponse(t.Context(), ids["missing_here"], nil, client.RequiredReason{Reason: "looks fine"})
		require.NoError(t, err)
		done, err := finance.AcknowledgeDifferenceWithResponse(t.Context(), ids["unknown"], nil, client.RequiredReason{Reason: "our own top-up"})
		require.NoError(t, err)
		again, err := finance.AcknowledgeDifferenceWithResponse(t.Context(), ids["unknown"], nil, client.RequiredReason{Reason: "our own top-up"})
		require.NoError(t, err)
		left, err := finance.ListDifferencesWithResponse(t.Context(), &client.ListDifferencesParams{Open: &open})

		require.NoError(t, err)
		require.Equal(t, "not_acknowledgeable", refused.ApplicationproblemJSONDefault.Code)
		require.False(t, done.JSON200.Open)
		require.Equal(t, "user-finance", *done.JSON200.AcknowledgedBy)
		require.Equal(t, 200, again.StatusCode())
		require.Len(t, left.JSON200.Items, 1)
	})

	t.Run("is refused to other roles", func(t *testing.T) {
		t.Parallel()
		w := setup(t)

		for _, who := range []string{"brand", "creator"} {
			asker := w.as(t, w.brand())
			if who == "creator" {
				asker = w.as(t, w.creatorUser())
			}
			listed, err := asker.ListDifferencesWithResponse(t.Context(), nil)
			require.NoError(t, err)
			require.Equal(t, 403, listed.StatusCode())
			acknowledged, err := asker.AcknowledgeDifferenceWithResponse(t.Context(), uuid.NewString(), nil, client.RequiredReason{Reason: "mine"})
			require.NoError(t, err)
			require.Equal(t, 403, acknowledged.StatusCode())
			passes, err := asker.ListReconciliationPassesWithResponse(t.Context(), nil)
			require.NoError(t, err)
			require.Equal(t, 403, passes.StatusCode())
		}
	})
}
