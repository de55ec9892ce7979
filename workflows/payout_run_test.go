package workflows_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/payouts"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/workflows"
)

// runnable is a world with creators who can be paid by a run. Payouts run as real children.
type runnable struct {
	*world
	creators []creator
	input    workflows.PayoutRunInput
}

func setupRun(t *testing.T, creators int) *runnable {
	t.Helper()
	r := &runnable{world: setup(t), input: runInput("2026-W10")}
	campaignID, _ := r.liveCampaign(t, nil)
	for range creators {
		who := r.creator(t, goodBank)
		r.earns(t, campaignID, who, 10_000)
		r.creators = append(r.creators, who)
	}
	return r
}

func runInput(period string) workflows.PayoutRunInput {
	return workflows.PayoutRunInput{
		Period: period, Number: 1, StartedBy: payout.StartedBySchedule, Scheduled: true, Policy: policy(), Settings: workflows.PayoutRunSettings{PendingMax: 500, CheckInterval: duration.Text(15 * time.Minute)},
	}
}

// withoutBank leaves out how many payouts were at the bank when the run ended. Time is skipped, so
// the bank may have answered before the run has counted.
func withoutBank(result workflows.PayoutRunResult) workflows.PayoutRunResult {
	result.AtBank = 0
	return result
}

func (r *runnable) run(h *history) workflows.PayoutRunResult {
	h.t.Helper()
	return completed[workflows.PayoutRunResult](h, workflows.PayoutRun, r.input)
}

func (r *runnable) onRecord(t *testing.T) payouts.Run {
	t.Helper()
	found, err := r.store.Payouts.GetRun(t.Context(), names.PayoutRunID(r.input.Period, r.input.Number))
	require.NoError(t, err)
	return found
}

func (r *runnable) lookAtRun(h *history, d time.Duration) *payouts.Run {
	seen := &payouts.Run{}
	h.at(d, func() { *seen = r.onRecord(h.t) })
	return seen
}

func (r *runnable) payouts(t *testing.T) []payouts.Payout {
	t.Helper()
	all, err := r.store.Payouts.List(t.Context(), payouts.Filter{}, db.Page{Size: 100})
	require.NoError(t, err)
	return all
}

func TestPayoutRun(t *testing.T) {
	t.Parallel()

	t.Run("pays every creator with enough, once, and ends when all are paid", func(t *testing.T) {
		t.Parallel()
		r := setupRun(t, 3)
		poor := r.creator(t, goodBank)
		campaignID, _ := r.liveCampaign(t, nil)
		r.earns(t, campaignID, poor, 100)
		h := r.begin(t)

		result := r.run(h)

		require.Equal(t, workflows.PayoutRunResult{Status: "finished", Payouts: 3}, withoutBank(result))
		require.Equal(t, payout.RunFinished, r.onRecord(t).Status)
		require.Equal(t, 3, r.effects("payout.paid"))
		require.Len(t, r.payouts(t), 3)
		for _, paid := range r.payouts(t) {
			require.Equal(t, payout.Paid, paid.Status)
		}
		r.requireBooksInOrder(t)
	})

	t.Run("makes one payout per creator and currency", func(t *testing.T) {
		t.Parallel()
		r := setupRun(t, 1)
		campaignID, _ := r.liveCampaign(t, func(agreed *campaign.Terms) { agreed.Currency = "EUR" })
		r.earns(t, campaignID, r.creators[0], 20_000)
		second, _ := r.liveCampaign(t, nil)
		r.earns(t, second, r.creators[0], 10_000)
		h := r.begin(t)
		h.SetDetachedChildWait(false) // there is no bank account for euros: that payout waits

		result := r.run(h)

		require.Equal(t, 2, result.Payouts)
		amounts := map[money.Currency]int64{}
		for _, made := range r.payouts(t) {
			amounts[made.Currency] += made.AmountMinor
		}
		require.Equal(t, map[money.Currency]int64{"USD": 10_000, "EUR": 10_000}, amounts)
	})

	t.Run("ends when the payouts that are left wait for a person", func(t *testing.T) {
		t.Parallel()
		r := setupRun(t, 2)
		r.control(t, "/accounts/"+r.creators[0].account, `{"payouts_enabled":false,"transfers":"inactive"}`)
		h := r.begin(t)
		h.SetDetachedChildWait(false)

		result := r.run(h)

		require.Equal(t, workflows.PayoutRunResult{Status: "finished", Payouts: 2, NeedsAttention: 1}, withoutBank(result))
		require.Less(t, h.Now().Sub(start), 1*hour, "it does not wait for the bank")
	})

	t.Run("pays once although it runs twice", func(t *testing.T) {
		t.Parallel()
		r := setupRun(t, 2)
		r.run(r.begin(t))

		again := r.run(r.begin(t))

		require.Equal(t, "finished", again.Status)
		require.Equal(t, 2, r.effects("transfer.applied"))
		require.Len(t, r.payouts(t), 2)
	})

	t.Run("pays nothing while the books are in disorder, and says why", func(t *testing.T) {
		t.Parallel()
		r := setupRun(t, 1)
		r.disturb(t, "UPDATE campaign_budgets SET spent_minor = spent_minor + 1")
		h := r.begin(t)
		blocked := r.lookAtRun(h, 5*hour)
		h.at(6*hour, func() { r.disturb(t, "UPDATE campaign_budgets SET spent_minor = spent_minor - 1") })

		result := r.run(h)

		require.Equal(t, payout.RunBlocked, blocked.Status)
		require.Contains(t, blocked.BlockedReason, "budget")
		require.Equal(t, "finished", result.Status)
		require.Equal(t, 1, result.Payouts)
		require.Empty(t, r.onRecord(t).BlockedReason)
		require.Equal(t, 1, r.effects("payout.paid"))
	})

	t.Run("can be cancelled while it is blocked", func(t *testing.T) {
		t.Parallel()
		r := setupRun(t, 1)
		r.disturb(t, "UPDATE campaign_budgets SET spent_minor = spent_minor + 1")
		h := r.begin(t)
		h.at(5*hour, h.CancelWorkflow)

		result := r.run(h)

		require.Equal(t, "cancelled", result.Status)
		require.Contains(t, result.Blocked, "budget")
		require.Equal(t, payout.RunCancelled, r.onRecord(t).Status)
		require.Zero(t, r.effects("transfer.applied"))
	})

	for period, code := range map[string]string{"2026-W11": "period_in_future", "2026-W60": "unknown_period", "2026-W01": "period_too_old"} {
		t.Run("opens nothing for "+period+", however it was started", func(t *testing.T) {
			t.Parallel()
			r := setupRun(t, 1)
			r.input.Period = period
			h := r.begin(t)

			h.ExecuteWorkflow(workflows.PayoutRun, r.input)

			require.Equal(t, code, fault.CodeOf(activities.Fault(h.GetWorkflowError())))
			runs, err := r.store.Payouts.ListRuns(t.Context(), "", payouts.RunPlace{}, 10)
			require.NoError(t, err)
			require.Empty(t, runs)
		})
	}

	for clause, rule := range misfortunesAt(step{"OpenPayoutRun", 1}, step{"CheckBooks", 1}, step{"SurveyPayoutRun", 1}, step{"ListRunPage", 1}, step{"CountPayouts", 1}, step{"MovePayoutRun", 1}, step{"MovePayoutRun", 2}) {
		t.Run("pays once although "+clause, func(t *testing.T) {
			t.Parallel()
			r := setupRun(t, 2)
			r.befall(t, rule)

			survive[workflows.PayoutRunResult](func() *history { return r.begin(t) }, workflows.PayoutRun, r.input)

			require.Equal(t, payout.RunFinished, r.onRecord(t).Status)
			require.Len(t, r.payouts(t), 2)
			require.Equal(t, 2, r.effects("transfer.applied"))
			require.Equal(t, 2, r.effects("payout.applied"))
			r.requireBooksInOrder(t)
		})
	}
}

func TestPayoutRunTrigger(t *testing.T) {
	t.Parallel()

	t.Run("names the run by the scheduled time, however late it is", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		h := w.begin(t)
		var started workflows.PayoutRunInput
		h.OnWorkflow("PayoutRun", mock.Anything, mock.Anything).Run(func(args mock.Arguments) {
			started = args.Get(1).(workflows.PayoutRunInput)
		}).Return(workflows.PayoutRunResult{}, nil)
		scheduled := temporal.NewSearchAttributeKeyTime("TemporalScheduledStartTime")
		require.NoError(t, h.SetTypedSearchAttributesOnStart(temporal.NewSearchAttributes(scheduled.ValueSet(start.Add(-9*days)))))

		h.ExecuteWorkflow(workflows.PayoutRunTrigger, workflows.PayoutRunInput{Policy: policy(), Settings: workflows.PayoutRunSettings{PendingMax: 7}})

		require.NoError(t, h.GetWorkflowError())
		require.Equal(t, payout.Period(start.Add(-9*days)), started.Period)
		require.Equal(t, int64(7), started.Settings.PendingMax)
	})

	t.Run("names the run by now when no Schedule started it", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		h := w.begin(t)
		var started workflows.PayoutRunInput
		h.OnWorkflow("PayoutRun", mock.Anything, mock.Anything).Run(func(args mock.Arguments) {
			started = args.Get(1).(workflows.PayoutRunInput)
		}).Return(workflows.PayoutRunResult{}, nil)

		h.ExecuteWorkflow(workflows.PayoutRunTrigger, workflows.PayoutRunInput{Policy: policy()})

		require.NoError(t, h.GetWorkflowError())
		require.Equal(t, "2026-W10", started.Period)
		require.Equal(t, 1, started.Number)
		require.Equal(t, payout.StartedBySchedule, started.StartedBy)
		require.True(t, started.Scheduled)
		var triggered workflows.PayoutRunTriggered
		require.NoError(t, h.GetWorkflowResult(&triggered))
		require.Equal(t, workflows.PayoutRunTriggered{Period: "2026-W10", WorkflowID: "payout-run/2026-W10.1"}, triggered)
	})

	t.Run("says that a week was run before", func(t *testing.T) {
		t.Parallel()
		h := setup(t).begin(t)
		h.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: names.PayoutRun("2026-W10", 1), TaskQueue: workflows.QueueCampaigns}) // the name is taken

		triggered := completed[workflows.PayoutRunTriggered](h, workflows.PayoutRunTrigger, workflows.PayoutRunInput{Policy: policy()})

		require.Equal(t, workflows.PayoutRunTriggered{Period: "2026-W10", WorkflowID: "payout-run/2026-W10.1", AlreadyRun: true}, triggered)
	})
}

func TestIDs(t *testing.T) {
	t.Parallel()

	t.Run("differ between payouts", func(t *testing.T) {
		t.Parallel()
		run, who := names.PayoutRunID("2026-W10", 1), uuid.NewString()

		require.NotEqual(t, names.PayoutID(run, who, "USD"), names.PayoutID(run, who, "EUR"))
		require.NotEqual(t, names.PayoutID(run, who, "USD"), names.PayoutID(names.PayoutRunID("2026-W10", 2), who, "USD"))
	})
}
