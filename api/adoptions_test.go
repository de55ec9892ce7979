package api_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/api/client"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/adoption"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/reconcile"
)

// lost has Stripe report the transfer of a payout that the books do not have, and one that cannot be
// adopted.
func (w *world) lost(t *testing.T) (payoutID string) {
	t.Helper()
	w.accepted(t, w.live(t), w.creatorID)
	creator, err := w.store.Clips.GetCreator(t.Context(), w.creatorID)
	require.NoError(t, err)
	now := w.clock.Now()
	period := payout.Period(now)
	payoutID = names.PayoutID(names.PayoutRunID(period, 1), w.creatorID, "USD")
	transfer := reconcile.Object{
		Type: reconcile.Transfer, ID: "tr_1", Account: creator.PayoutAccount, AmountMinor: 2500, Currency: "USD", PayoutID: payoutID, Generation: 1, CreatedAt: now.Add(-time.Hour),
	}
	stranger := transfer
	stranger.ID, stranger.Account, stranger.PayoutID = "tr_2", "acct_stranger", names.PayoutID("run", "stranger", "USD")
	require.NoError(t, w.store.Reconciliation.RecordObjects(t.Context(), []reconcile.Object{transfer, stranger}, now))
	return payoutID
}

func (w *world) proposeAdoption(t *testing.T) client.Adoption {
	t.Helper()
	got, err := w.as(t, w.finance()).ProposeAdoptionWithResponse(t.Context(), nil, client.RequiredReason{Reason: "restored from Sunday"})
	require.NoError(t, err)
	require.Equal(t, 201, got.StatusCode(), string(got.Body))
	return *got.JSON201
}

func TestAdoptions(t *testing.T) {
	t.Parallel()

	t.Run("are previewed, proposed by one person and approved by another", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		payoutID := w.lost(t)
		preview, err := w.as(t, w.finance()).PreviewAdoptionWithResponse(t.Context())
		require.NoError(t, err)
		proposed := w.proposeAdoption(t)

		approved, err := w.as(t, w.approver()).ApproveAdoptionWithResponse(t.Context(), proposed.Id, nil, client.RequiredReason{Reason: "compared with the statement"})
		require.NoError(t, err)
		read, err := w.as(t, w.finance()).GetAdoptionWithResponse(t.Context(), proposed.Id)
		require.NoError(t, err)
		listed, err := w.as(t, w.finance()).ListAdoptionPayoutsWithResponse(t.Context(), proposed.Id, nil)
		require.NoError(t, err)

		items := map[string]client.AdoptablePayout{}
		for _, item := range preview.JSON200.Items {
			items[item.TransferId] = item
		}
		require.Len(t, items, 2)
		require.Nil(t, items["tr_1"].Obstacle)
		require.Equal(t, []int64{0, 2500}, []int64{items["tr_1"].CoveredMinor, items["tr_1"].AdvancedMinor})
		require.True(t, items["tr_1"].PeriodKnown)
		require.Equal(t, "creator_unknown", *items["tr_2"].Obstacle)
		require.NotEmpty(t, *items["tr_2"].ObstacleDetail)
		require.Equal(t, "proposed", proposed.Status)
		require.Equal(t, []client.CurrencyAmount{{Currency: "USD", AmountMinor: 2500}}, proposed.Sums)
		require.Equal(t, []string{names.UpdateLine(names.Adoption(proposed.Id), "approve"), names.UpdateLine(names.Adoption(proposed.Id), "reject")}, proposed.ShellLines)
		require.Equal(t, 200, approved.StatusCode(), string(approved.Body))
		require.Equal(t, "approved", read.JSON200.Status)
		require.Equal(t, "user-approver", *read.JSON200.DecidedBy)
		require.Empty(t, read.JSON200.ShellLines)
		require.Len(t, listed.JSON200.Items, 1)
		require.Equal(t, payoutID, listed.JSON200.Items[0].PayoutId)
		require.Equal(t, "waiting", listed.JSON200.Items[0].Outcome)
	})

	t.Run("show what failed and what was left, with the lines that help", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		payoutID := w.lost(t)
		proposed := w.proposeAdoption(t)
		_, err := w.as(t, w.approver()).ApproveAdoptionWithResponse(t.Context(), proposed.Id, nil, client.RequiredReason{Reason: "checked"})
		require.NoError(t, err)
		require.NoError(t, w.store.Payouts.SetAsideAdopted(t.Context(), proposed.Id, []adoption.SetAside{{PayoutID: payoutID, Failure: adoption.Failure{Code: "processor_error", Detail: "Stripe has failed"}}}, w.clock.Now()))

		failed, err := w.as(t, w.finance()).GetAdoptionWithResponse(t.Context(), proposed.Id)
		require.NoError(t, err)
		listed, err := w.as(t, w.finance()).ListAdoptionPayoutsWithResponse(t.Context(), proposed.Id, nil)
		require.NoError(t, err)
		_, err = w.store.Payouts.StopAdoption(t.Context(), proposed.Id)
		require.NoError(t, err)
		left, err := w.as(t, w.finance()).GetAdoptionWithResponse(t.Context(), proposed.Id)
		require.NoError(t, err)

		require.Equal(t, []int64{1, 1, 0}, []int64{failed.JSON200.Waiting, failed.JSON200.Failed, failed.JSON200.Left})
		require.Equal(t, []string{names.UpdateLine(names.Adoption(proposed.Id), "retry"), names.UpdateLine(names.Adoption(proposed.Id), "cancel")}, failed.JSON200.ShellLines)
		require.Equal(t, "processor_error", *listed.JSON200.Items[0].Failure)
		require.Equal(t, "Stripe has failed", *listed.JSON200.Items[0].FailureDetail)
		require.Equal(t, []int64{0, 0, 1}, []int64{left.JSON200.Waiting, left.JSON200.Failed, left.JSON200.Left})
		require.Empty(t, left.JSON200.ShellLines)
	})

	t.Run("are refused to the proposer, and decided once", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		w.lost(t)
		proposed := w.proposeAdoption(t)

		w.send(t, w.finance(), "POST", path("/reconciliation/adoptions/%s/approve", proposed.Id), `{"reason":"r"}`, nil).requireProblem(t, 403, "same_person")
		rejected, err := w.as(t, w.approver()).RejectAdoptionWithResponse(t.Context(), proposed.Id, nil, client.RequiredReason{Reason: "not ours"})
		require.NoError(t, err)
		again, err := w.as(t, w.approver()).RejectAdoptionWithResponse(t.Context(), proposed.Id, nil, client.RequiredReason{Reason: "not ours"})
		require.NoError(t, err)

		require.Equal(t, "rejected", rejected.JSON200.Status)
		require.Equal(t, rejected.JSON200, again.JSON200)
		w.send(t, w.approver(), "POST", path("/reconciliation/adoptions/%s/approve", proposed.Id), `{"reason":"r"}`, nil).requireProblem(t, 409, "adoption_decided")
	})

	t.Run("are proposed once under a key", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		w.lost(t)
		key := header{"Idempotency-Key": "restore-1"}

		first := w.send(t, w.finance(), "POST", path("/reconciliation/adoptions"), `{"reason":"restored"}`, key)
		again := w.send(t, w.finance(), "POST", path("/reconciliation/adoptions"), `{"reason":"restored"}`, key)

		require.Equal(t, 201, first.status, string(first.body))
		require.Equal(t, string(first.body), string(again.body))
	})

	t.Run("are refused when there is nothing to adopt", func(t *testing.T) {
		t.Parallel()
		w := setup(t)

		w.send(t, w.finance(), "POST", path("/reconciliation/adoptions"), `{"reason":"r"}`, nil).requireProblem(t, 409, "nothing_to_adopt")
	})

	t.Run("are for finance only", func(t *testing.T) {
		t.Parallel()
		w := setup(t)

		for _, principal := range []access.Principal{w.brand(), w.creatorUser(), w.reviewer()} {
			w.send(t, principal, "GET", path("/reconciliation/adoptable"), "", nil).requireProblem(t, 403, "wrong_role")
			w.send(t, principal, "POST", path("/reconciliation/adoptions"), `{"reason":"r"}`, nil).requireProblem(t, 403, "wrong_role")
			w.send(t, principal, "POST", path("/reconciliation/adoptions/%s/approve", uuid.NewString()), `{"reason":"r"}`, nil).requireProblem(t, 403, "wrong_role")
			w.send(t, principal, "GET", path("/reconciliation/adoptions/%s", uuid.NewString()), "", nil).requireProblem(t, 403, "wrong_role")
			w.send(t, principal, "GET", path("/reconciliation/adoptions/%s/payouts", uuid.NewString()), "", nil).requireProblem(t, 403, "wrong_role")
		}
	})
}
