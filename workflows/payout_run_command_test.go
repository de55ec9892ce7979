package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/killswitch"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/workflows"
)

// byHand makes a run one that a person has started.
func (r *runnable) byHand(actor string) {
	r.input.StartedBy, r.input.Scheduled = actor, false
}

func TestPayoutRunApproval(t *testing.T) {
	t.Parallel()

	for clause, limit := range map[string]func(*workflows.PayoutRunSettings){
		"in number": func(s *workflows.PayoutRunSettings) { s.ApprovalAbove = 2 },
		"in money":  func(s *workflows.PayoutRunSettings) { s.ApprovalAboveMinor = map[money.Currency]int64{"USD": 14_999} },
	} {
		t.Run("is awaited by a weekly run that is large "+clause, func(t *testing.T) {
			t.Parallel()
			r := setupRun(t, 3)
			limit(&r.input.Settings)
			h := r.begin(t)
			waiting := r.lookAtRun(h, 5*hour)
			unnamed := h.ask(5*hour, workflows.UpdateApprove, workflows.Operator{})
			approved := h.ask(6*hour, workflows.UpdateApprove, operator())

			result := r.run(h)

			require.Equal(t, payout.RunAwaitingApproval, waiting.Status)
			require.Equal(t, "operator_unnamed", fault.CodeOf(unnamed.rejected))
			require.NoError(t, approved.failed)
			require.Equal(t, 3, result.Payouts)
			require.NotEmpty(t, r.onRecord(t).ApprovedBy)
		})
	}

	t.Run("is not needed by a weekly run at the limits", func(t *testing.T) {
		t.Parallel()
		r := setupRun(t, 2)
		r.input.Settings.ApprovalAbove = 2
		r.input.Settings.ApprovalAboveMinor = map[money.Currency]int64{"USD": 10_000}

		require.Equal(t, 2, r.run(r.begin(t)).Payouts)
		require.Empty(t, r.onRecord(t).ApprovedBy)
	})

	t.Run("of a run that a person started comes from another person, however small it is", func(t *testing.T) {
		t.Parallel()
		r := setupRun(t, 1)
		r.byHand("ann")
		h := r.begin(t)
		own := h.ask(5*hour, workflows.UpdateApprove, workflows.Operator{Actor: " Ann ", Reason: "mine"})
		waiting := r.lookAtRun(h, 6*hour)
		other := h.ask(7*hour, workflows.UpdateApprove, workflows.Operator{Actor: "bob", Reason: "checked"})

		result := r.run(h)

		require.Equal(t, "same_person", fault.CodeOf(own.rejected))
		require.Equal(t, payout.RunAwaitingApproval, waiting.Status)
		require.Equal(t, "ann", waiting.StartedBy)
		require.NoError(t, other.rejected)
		require.Equal(t, 1, result.Payouts)
		require.Equal(t, "bob", r.onRecord(t).ApprovedBy)
	})

	t.Run("of a run that no one has signed is needed too", func(t *testing.T) {
		t.Parallel()
		r := setupRun(t, 1)
		r.byHand("")
		h := r.begin(t)
		waiting := r.lookAtRun(h, 5*hour)
		h.ask(6*hour, workflows.UpdateApprove, operator())

		require.Equal(t, 1, r.run(h).Payouts)
		require.Equal(t, payout.RunAwaitingApproval, waiting.Status)
		require.Equal(t, payout.StartedByUnknown, waiting.StartedBy)
	})

	t.Run("is followed by another check of the books", func(t *testing.T) {
		t.Parallel()
		r := setupRun(t, 1)
		r.byHand("ann")
		h := r.begin(t)
		h.at(5*hour, func() { r.disturb(t, "UPDATE campaign_budgets SET spent_minor = spent_minor + 1") })
		h.ask(6*hour, workflows.UpdateApprove, operator())
		blocked := r.lookAtRun(h, 7*hour)
		h.at(8*hour, func() { r.disturb(t, "UPDATE campaign_budgets SET spent_minor = spent_minor - 1") })

		result := r.run(h)

		require.Equal(t, payout.RunBlocked, blocked.Status)
		require.Equal(t, 1, result.Payouts)
	})

	t.Run("can leave out a creator, who keeps the money for the next run", func(t *testing.T) {
		t.Parallel()
		r := setupRun(t, 2)
		r.byHand("ann")
		h := r.begin(t)
		excluded := h.ask(5*hour, workflows.UpdateExclude, workflows.RunExclusion{CreatorID: r.creators[0].id, Actor: "bob", Reason: "ticket 7"})
		nothing := h.ask(5*hour, workflows.UpdateExclude, workflows.RunExclusion{CreatorID: r.creators[1].id, Currency: "EUR", Actor: "bob", Reason: "ticket 8"})
		h.ask(6*hour, workflows.UpdateApprove, operator())

		result := r.run(h)

		require.NoError(t, excluded.failed)
		require.Equal(t, "nothing_to_exclude", fault.CodeOf(nothing.failed))
		require.Equal(t, []payout.Sum{{Reason: payout.LeftOutByPerson, Currency: "USD", Payouts: 1, AmountMinor: 5_000}}, result.LeftOut)
		require.Equal(t, 1, result.Payouts)
		require.Equal(t, "ticket 7", r.leftOut(t)[0].Detail)

		r.input.Number = 2
		next := r.begin(t)
		next.ask(5*hour, workflows.UpdateApprove, operator())
		require.Equal(t, 1, r.run(next).Payouts)
	})
}

func TestPayoutRunCancellation(t *testing.T) {
	t.Parallel()

	cancel := workflows.Operator{Actor: "bob", Reason: "wrong week"}
	stopped := map[string]func(h *history){
		"by command":          func(h *history) { h.update(&answer{}, workflows.UpdateCancel, cancel) },
		"in the Temporal CLI": func(h *history) { h.CancelWorkflow() },
	}
	for clause, stop := range stopped {
		t.Run("ends a run that waits for its approval, "+clause, func(t *testing.T) {
			t.Parallel()
			r := setupRun(t, 3)
			r.byHand("ann")
			h := r.begin(t)
			h.at(5*hour, func() { stop(h) })

			result := r.run(h)

			require.Equal(t, workflows.PayoutRunResult{Status: "cancelled"}, result)
			require.Empty(t, r.payouts(t))
			require.Equal(t, payout.RunCancelled, r.onRecord(t).Status)
			require.NotEmpty(t, r.onRecord(t).CancelledBy)
			require.NotEmpty(t, r.onRecord(t).CancelReason)
		})

		t.Run("lets started payouts continue and starts no other, "+clause, func(t *testing.T) {
			t.Parallel()
			r := setupRun(t, 6)
			outage, err := r.sim.Faults().Add(faults.Rule{Method: "POST", Path: "/v1/transfers", Action: faults.ServerError, Count: faults.Forever})
			require.NoError(t, err)
			r.input.Settings.PendingMax = 1
			h := r.begin(t)
			h.at(20*time.Second, func() { stop(h) })
			h.at(25*time.Second, func() { r.sim.Faults().Remove(outage.ID) })

			result := r.run(h)

			require.Equal(t, "cancelled", result.Status)
			// One or two have started by then: time is skipped, so the first may have ended.
			require.Contains(t, []int{1, 2, 3}, len(r.payouts(t)), "of six")
			for _, started := range r.payouts(t) {
				require.Equal(t, payout.Paid, started.Status)
			}
			require.Equal(t, payout.RunCancelled, r.onRecord(t).Status)
		})
	}

	t.Run("names who cancelled, and the run pays nothing even if it is started again", func(t *testing.T) {
		t.Parallel()
		r := setupRun(t, 1)
		r.byHand("ann")
		h := r.begin(t)
		unnamed := h.ask(4*hour, workflows.UpdateCancel, workflows.Operator{})
		h.ask(5*hour, workflows.UpdateCancel, cancel)
		require.Equal(t, "cancelled", r.run(h).Status)
		require.Equal(t, "operator_unnamed", fault.CodeOf(unnamed.rejected))
		require.Equal(t, "bob", r.onRecord(t).CancelledBy)
		require.Equal(t, "wrong week", r.onRecord(t).CancelReason)

		r.input.Scheduled = true
		require.Equal(t, workflows.PayoutRunResult{Status: "cancelled"}, r.run(r.begin(t)))
		require.Empty(t, r.payouts(t))

		r.input.Number = 2
		require.Equal(t, 1, r.run(r.begin(t)).Payouts)
	})
}

func TestPayoutRunWhilePayoutsAreSwitchedOff(t *testing.T) {
	t.Parallel()

	t.Run("starts none, says who paused them and why, and continues by itself", func(t *testing.T) {
		t.Parallel()
		r := setupRun(t, 2)
		set := func(off bool) {
			require.NoError(t, r.store.Edge.SetSwitch(t.Context(), killswitch.Switch{Name: killswitch.Payouts, Off: off, Actor: "eve", Reason: "an incident"}, time.Now()))
		}
		set(true)
		h := r.begin(t)
		paused := r.lookAtRun(h, 5*hour)
		h.at(6*hour, func() {
			require.Empty(t, r.payouts(t))
			set(false)
		})

		result := r.run(h)

		require.Equal(t, payout.RunBlocked, paused.Status)
		require.Contains(t, paused.BlockedReason, "eve: an incident")
		require.Equal(t, 2, result.Payouts)
		require.Empty(t, r.onRecord(t).BlockedReason)
	})

	t.Run("can be cancelled", func(t *testing.T) {
		t.Parallel()
		r := setupRun(t, 1)
		require.NoError(t, r.store.Edge.SetSwitch(t.Context(), killswitch.Switch{Name: killswitch.Payouts, Off: true, Actor: "eve", Reason: "an incident"}, time.Now()))
		h := r.begin(t)
		h.ask(5*hour, workflows.UpdateCancel, workflows.Operator{Actor: "bob", Reason: "next week"})

		require.Equal(t, "cancelled", r.run(h).Status)
		require.Empty(t, r.payouts(t))
		require.Equal(t, names.PayoutRunID("2026-W10", 1), r.onRecord(t).ID)
	})
}
