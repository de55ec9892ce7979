package workflows_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/devstack/simulators/faults"
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

// later begins a history when what was planted is old enough to count as a difference.
func (r *runnable) later(t *testing.T) *history {
	t.Helper()
	now := r.clock.Now().Add(time.Hour)
	r.clock.follow(func() time.Time { return now })
	return r.begin(t)
}

func TestPayoutRunThatDiffersFromStripe(t *testing.T) {
	t.Parallel()

	t.Run("pays nothing until the difference is gone, says which it is, and then continues", func(t *testing.T) {
		t.Parallel()
		r := setupRun(t, 1)
		stray := r.strayTransfer(t)
		h := r.later(t)
		blocked := r.lookAtRun(h, 5*hour)
		h.at(6*hour, func() {
			_, err := r.payments.ReverseTransfer(t.Context(), rail.ReversalRequest{
				TransferID: stray.ID, AmountMinor: 500, Currency: "USD", PayoutID: stray.PayoutID, Generation: 1, IdempotencyKey: "undo",
			})
			require.NoError(t, err)
		})

		result := r.run(h)

		require.EqualValues(t, payout.RunBlocked, blocked.Status)
		require.Contains(t, blocked.BlockedReason, "missing_here")
		require.Contains(t, blocked.BlockedReason, stray.ID)
		require.Equal(t, workflows.PayoutRunResult{Status: "finished", Payouts: 1}, result)
		require.Empty(t, r.onRecord(t).BlockedReason)
		require.Equal(t, 1, r.effects("payout.paid"))
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

		require.EqualValues(t, payout.RunBlocked, blocked.Status)
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

		require.EqualValues(t, payout.RunBlocked, blocked.Status)
		require.Contains(t, blocked.BlockedReason, "step_timed_out")
		require.Equal(t, "finished", result.Status)
		require.Equal(t, 1, r.effects("payout.paid"))
	})
}
