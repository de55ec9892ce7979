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

// differences returns the ids of what a pass has found, by class.
func (w *world) differences(t *testing.T) map[string]string {
	t.Helper()
	w.compared(t)
	open := true
	listed, err := w.as(t, w.finance()).ListDifferencesWithResponse(t.Context(), &client.ListDifferencesParams{Open: &open})
	require.NoError(t, err)
	ids := map[string]string{}
	for _, each := range listed.JSON200.Items {
		ids[each.Class] = each.Id
	}
	return ids
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

	t.Run("is acknowledged by two people, who say how it is booked or why it needs no booking", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		ids := w.differences(t)
		finance, approver, open := w.as(t, w.finance()), w.as(t, w.approver()), true
		at := func(step string) string { return path("/reconciliation/differences/%s/"+step, ids["unknown"]) }

		w.send(t, w.approver(), "POST", at("approve"), `{"reason":"r"}`, nil).requireProblem(t, 409, "acknowledgement_missing")
		proposed, err := finance.AcknowledgeDifferenceWithResponse(t.Context(), ids["unknown"], nil, client.NewAcknowledgement{Reason: "our own top-up", Booking: "none_needed"})
		require.NoError(t, err)
		require.Equal(t, 200, proposed.StatusCode(), string(proposed.Body))
		w.send(t, w.finance(), "POST", at("approve"), `{"reason":"looks fine to me"}`, nil).requireProblem(t, 403, "same_person")
		w.send(t, w.approver(), "POST", at("acknowledge"), `{"reason":"mine","booking":"none_needed"}`, nil).requireProblem(t, 409, "acknowledgement_proposed")
		approved, err := approver.ApproveAcknowledgementWithResponse(t.Context(), ids["unknown"], nil, client.RequiredReason{Reason: "seen it"})
		require.NoError(t, err)
		again, err := approver.ApproveAcknowledgementWithResponse(t.Context(), ids["unknown"], nil, client.RequiredReason{Reason: "seen it"})
		require.NoError(t, err)
		left, err := finance.ListDifferencesWithResponse(t.Context(), &client.ListDifferencesParams{Open: &open})

		require.NoError(t, err)
		require.True(t, proposed.JSON200.Open)
		require.Nil(t, proposed.JSON200.AcknowledgedBy)
		require.False(t, approved.JSON200.Open)
		require.Equal(t, []string{"user-finance", "user-approver", "our own top-up", "none_needed"},
			[]string{*approved.JSON200.ProposedBy, *approved.JSON200.AcknowledgedBy, *approved.JSON200.Reason, *approved.JSON200.Booking})
		require.Equal(t, 200, again.StatusCode())
		require.Len(t, left.JSON200.Items, 1)
		w.send(t, w.finance(), "POST", at("reject"), `{"reason":"r"}`, nil).requireProblem(t, 409, "difference_acknowledged")
	})

	t.Run("is not acknowledged away where the books count money that Stripe does not have", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		id := w.differences(t)["missing_here"]
		at := path("/reconciliation/differences/%s/acknowledge", id)

		w.send(t, w.finance(), "POST", at, `{"reason":"looks fine","booking":"none_needed"}`, nil).requireProblem(t, 409, "booking_missing")
		w.send(t, w.finance(), "POST", at, `{"reason":"looks fine","booking":"`+uuid.NewString()+`"}`, nil).requireProblem(t, 409, "booking_missing")
		fee := w.propose(t, fee())
		w.send(t, w.finance(), "POST", at, `{"reason":"looks fine","booking":"`+fee.Id+`"}`, nil).requireProblem(t, 409, "booking_missing")
		_, err := w.as(t, w.approver()).ApproveCorrectionWithResponse(t.Context(), fee.Id, nil, client.RequiredReason{Reason: "r"})
		require.NoError(t, err)
		w.send(t, w.finance(), "POST", at, `{"reason":"looks fine","booking":"`+fee.Id+`"}`, nil).requireProblem(t, 409, "booking_differs")
	})

	t.Run("is proposed again after a rejection", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		id := w.differences(t)["unknown"]
		finance := w.as(t, w.finance())
		first, err := finance.AcknowledgeDifferenceWithResponse(t.Context(), id, nil, client.NewAcknowledgement{Reason: "a top-up?", Booking: "none_needed"})
		require.NoError(t, err)
		require.Equal(t, 200, first.StatusCode())

		rejected, err := w.as(t, w.approver()).RejectAcknowledgementWithResponse(t.Context(), id, nil, client.RequiredReason{Reason: "find out"})
		require.NoError(t, err)
		second, err := finance.AcknowledgeDifferenceWithResponse(t.Context(), id, nil, client.NewAcknowledgement{Reason: "a top-up", Booking: "none_needed"})

		require.NoError(t, err)
		require.Nil(t, rejected.JSON200.ProposedBy)
		require.Equal(t, "a top-up", *second.JSON200.Reason)
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
			acknowledged, err := asker.AcknowledgeDifferenceWithResponse(t.Context(), uuid.NewString(), nil, client.NewAcknowledgement{Reason: "mine", Booking: "none_needed"})
			require.NoError(t, err)
			require.Equal(t, 403, acknowledged.StatusCode())
			approved, err := asker.ApproveAcknowledgementWithResponse(t.Context(), uuid.NewString(), nil, client.RequiredReason{Reason: "mine"})
			require.NoError(t, err)
			require.Equal(t, 403, approved.StatusCode())
			rejected, err := asker.RejectAcknowledgementWithResponse(t.Context(), uuid.NewString(), nil, client.RequiredReason{Reason: "mine"})
			require.NoError(t, err)
			require.Equal(t, 403, rejected.StatusCode())
			passes, err := asker.ListReconciliationPassesWithResponse(t.Context(), nil)
			require.NoError(t, err)
			require.Equal(t, 403, passes.StatusCode())
		}
	})
}
