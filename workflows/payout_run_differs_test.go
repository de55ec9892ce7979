package workflows_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/payouts"
	"github.com/creditroll/creditroll/db/reconciliation"
	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/workflows"
)

// strayTransfer is one of ours by its metadata, but not in the books.
func (r *runnable) strayTransfer(t *testing.T) rail.Transfer {
	t.Helper()
	made, err := r.payments.CreateTransfer(t.Context(), rail.TransferRequest{
		PayoutID: uuid.NewString(), AmountMinor: 500, Currency: "USD", Account: r.creators[0].account, Generation: 1, IdempotencyKey: "stray",
	})
	require.NoError(t, err)
	return made
}

// plant stores an open difference that blocks whom it concerns.
func (r *runnable) plant(t *testing.T, subject, account string) {
	t.Helper()
	passID, objectID := uuid.NewString(), uuid.NewString()
	r.disturb(t, "INSERT INTO reconciliation_passes (id, started_at, since, whole) VALUES ('"+passID+"', now(), now(), false)")
	r.disturb(t, `INSERT INTO reconciliation_differences (id, class, object_type, object_id, account, subject, ours, theirs, currency, detail, blocking, found_at, found_by, last_seen_at)
		VALUES ('`+uuid.NewString()+`', 'missing_here', 'transfer', '`+objectID+`', '`+account+`', '`+subject+`', '', '', 'USD', 'planted', true, now(), '`+passID+`', now())`)
}

func (r *runnable) leftOut(t *testing.T) []payouts.LeftOut {
	t.Helper()
	left, err := r.store.Payouts.ListLeftOut(t.Context(), names.PayoutRunID(r.input.Period, r.input.Number), payout.EligibleAfter{}, 100)
	require.NoError(t, err)
	return left
}

func (r *runnable) difference(t *testing.T, id string) reconciliation.Difference {
	t.Helper()
	all, err := r.store.Reconciliation.ListDifferences(t.Context(), reconciliation.DifferenceFilter{}, db.Page{Size: 100})
	require.NoError(t, err)
	for _, each := range all {
		if each.ID == id {
			return each
		}
	}
	require.Fail(t, "no such difference", id)
	return reconciliation.Difference{}
}

// later begins a history when what was planted is old enough to count as a difference.
func (r *runnable) later(t *testing.T) *history {
	t.Helper()
	now := r.clock.Now().Add(time.Hour)
	r.clock.follow(func() time.Time { return now })
	return r.begin(t)
}

func TestPayoutRunThatDiffersFromStripe(t *testing.T) {
	t.Parallel()

	t.Run("pays everyone but the creator of the account, and records who was left out and why", func(t *testing.T) {
		t.Parallel()
		r := setupRun(t, 3)
		stray := r.strayTransfer(t)
		h := r.later(t)

		result := r.run(h)

		left := []payout.Sum{{Reason: payout.LeftOutDiffers, Currency: "USD", Payouts: 1, AmountMinor: 5_000}}
		require.Equal(t, workflows.PayoutRunResult{Status: "finished", Payouts: 2, LeftOut: left}, withoutBank(result))
		require.Empty(t, r.onRecord(t).BlockedReason)
		require.Zero(t, r.onRecord(t).UnassignedDifferences)
		require.Equal(t, 2, r.effects("payout.paid"))
		listed := r.leftOut(t)
		require.Len(t, listed, 1)
		require.Equal(t, r.creators[0].id, listed[0].CreatorID)
		require.Equal(t, stray.ID, r.difference(t, listed[0].Detail).ObjectID)
		for _, paid := range r.payouts(t) {
			require.NotEqual(t, r.creators[0].id, paid.CreatorID)
		}
	})

	t.Run("pays the creator with the next run, once the difference is gone", func(t *testing.T) {
		t.Parallel()
		r := setupRun(t, 1)
		stray := r.strayTransfer(t)
		require.Zero(t, r.run(r.later(t)).Payouts)
		_, err := r.payments.ReverseTransfer(t.Context(), rail.ReversalRequest{
			TransferID: stray.ID, AmountMinor: 500, Currency: "USD", PayoutID: stray.PayoutID, Generation: 1, IdempotencyKey: "undo",
		})
		require.NoError(t, err)
		r.input.Number = 2

		result := r.run(r.later(t))

		require.Equal(t, workflows.PayoutRunResult{Status: "finished", Payouts: 1}, withoutBank(result))
		require.Empty(t, r.leftOut(t))
		require.Equal(t, 1, r.effects("payout.paid"))
	})

	t.Run("leaves out those who would be paid from a campaign that differs", func(t *testing.T) {
		t.Parallel()
		r := setupRun(t, 2)
		campaignID, _ := r.liveCampaign(t, nil)
		r.earns(t, campaignID, r.creators[1], 10_000)
		r.plant(t, names.Campaign(campaignID), "")

		result := r.run(r.begin(t))

		require.Equal(t, []payout.Sum{{Reason: payout.LeftOutDiffers, Currency: "USD", Payouts: 1, AmountMinor: 10_000}}, result.LeftOut)
		require.Len(t, r.payouts(t), 1)
		require.Equal(t, r.creators[0].id, r.payouts(t)[0].CreatorID)
	})

	t.Run("stops no one for a difference that concerns no one, and counts it", func(t *testing.T) {
		t.Parallel()
		r := setupRun(t, 2)
		r.plant(t, "", "acct_of_no_one")
		r.plant(t, names.Payout("not an id"), "")

		result := r.run(r.begin(t))

		require.Equal(t, workflows.PayoutRunResult{Status: "finished", Payouts: 2}, withoutBank(result))
		require.EqualValues(t, 2, r.onRecord(t).UnassignedDifferences)
	})

	t.Run("pays although money moved that no payout explains", func(t *testing.T) {
		t.Parallel()
		r := setupRun(t, 1)
		r.control(t, "/accounts/"+platform+"/adjust", `{"amount_minor":4200}`)
		passed := r.later(t)

		require.Equal(t, 1, r.run(passed).Payouts)
		require.Equal(t, 1, r.effects("payout.paid"))
	})

	t.Run("pays nothing while Stripe cannot be compared", func(t *testing.T) {
		t.Parallel()
		r := setupRun(t, 1)
		outage, err := r.sim.Faults().Add(faults.Rule{Method: "GET", Path: "/v1/balance_transactions", Action: faults.ServerError, Count: faults.Forever})
		require.NoError(t, err)
		h := r.begin(t)
		blocked := r.lookAtRun(h, 5*hour)
		h.at(6*hour, func() { r.sim.Faults().Remove(outage.ID) })

		result := r.run(h)

		require.Equal(t, payout.RunBlocked, blocked.Status)
		require.Contains(t, blocked.BlockedReason, "could not be compared")
		require.Equal(t, "finished", result.Status)
		require.Equal(t, 1, r.effects("payout.paid"))
	})

	t.Run("says so when no worker compares, and continues when one does", func(t *testing.T) {
		t.Parallel()
		r := setupRun(t, 1)
		r.mishaps.leave(workflows.QueueReconcile)
		h := r.begin(t)
		blocked := r.lookAtRun(h, 5*hour)
		h.at(6*hour, func() { r.mishaps.leave("") })

		result := r.run(h)

		require.Equal(t, payout.RunBlocked, blocked.Status)
		require.Contains(t, blocked.BlockedReason, "step_timed_out")
		require.Equal(t, "finished", result.Status)
		require.Equal(t, 1, r.effects("payout.paid"))
	})
}
