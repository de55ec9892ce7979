package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/workflows"
)

// terminatedAfter runs a workflow until a person terminates it after a step.
func (a *account) terminatedAfter(t *testing.T, activity string, workflow, input any) {
	t.Helper()
	a.befall(t, mishap{activity: activity, when: afterWork, times: 1, ends: true})
	h := a.begin(t)
	h.ExecuteWorkflow(workflow, input)
	h.requireTerminated()
}

func TestUnfinishedFundingStartsAgain(t *testing.T) {
	t.Parallel()

	t.Run("a deposit whose workflow was terminated before it was paid, by a whole comparison", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		input := a.newDeposit(t, 60_000, "pm_card_bypassPending")
		a.terminatedAfter(t, "RecordDepositPayment", workflows.Deposit, input)
		require.Equal(t, funding.DepositPending, a.onRecord(t, input.Deposit.ID).Status)

		a.pass(t, names.Deposit(input.Deposit.ID))

		require.Equal(t, funding.DepositReceived, a.onRecord(t, input.Deposit.ID).Status)
		a.requireBalance(t, 60_000, 0)
	})

	t.Run("a deposit whose workflow was terminated before it was paid, by its event", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		input := a.newDeposit(t, 60_000, "pm_card_bypassPending")
		a.terminatedAfter(t, "RecordDepositPayment", workflows.Deposit, input)
		a.receive(t, rail.Event{ID: "evt_1", Type: "payment_intent.succeeded", ObjectID: a.onRecord(t, input.Deposit.ID).PaymentIntentID, DepositID: input.Deposit.ID})
		h := a.begin(t)
		h.gone[names.Deposit(input.Deposit.ID)] = true

		completed[int](h, workflows.InboxSweep, workflows.InboxInput{Campaign: restarts})

		require.Empty(t, a.pending(t))
		a.requireBalance(t, 60_000, 0)
	})

	t.Run("a withdrawal whose workflow was terminated, by a whole comparison", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		a.deposit(t, 60_000, "pm_card_bypassPending")
		input := a.newWithdrawal(50_000)
		a.terminatedAfter(t, "ReserveWithdrawal", workflows.Withdrawal, input)
		require.Zero(t, a.effects("refund.applied"))

		now := a.clock.Now().Add(10 * time.Minute)
		a.clock.follow(func() time.Time { return now })
		h := a.begin(t)
		var started workflows.WithdrawalInput
		h.OnWorkflow("Withdrawal", mock.Anything, mock.Anything).Run(func(args mock.Arguments) {
			started = args.Get(1).(workflows.WithdrawalInput)
		}).Return(workflows.WithdrawalResult{}, nil).Once()
		completed[workflows.ReconcileResult](h, workflows.Reconcile, workflows.ReconcileInput{Settings: workflows.DefaultReconcileSettings()})
		completed[workflows.WithdrawalResult](a.begin(t), workflows.Withdrawal, started)

		require.Equal(t, funding.WithdrawalCompleted, a.withdrawal(t, input.Withdrawal.ID).Status)
		a.requireBalance(t, 10_000, 0)
	})
}

func TestFundingLeavesTheListInALaterHistory(t *testing.T) {
	t.Parallel()
	a := setupAccount(t)
	a.deposit(t, 60_000, "pm_card_bypassPending")
	a.tooOld(t)
	h := a.begin(t)
	h.at(hour, func() {
		require.Equal(t, "withdrawal_exhausted", a.attentionReason())
		h.SetContinueAsNewSuggested(true)
		h.SignalWorkflow(workflows.SignalStripeChanged, nil)
	})
	h.ExecuteWorkflow(workflows.Withdrawal, a.newWithdrawal(50_000))
	var continued *workflow.ContinueAsNewError
	require.ErrorAs(t, h.GetWorkflowError(), &continued)
	var next workflows.WithdrawalInput
	require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(continued.Input, &next))
	a.control(t, "/refund_windows", `{"card":"4320h"}`)
	h = a.begin(t)
	h.ask(hour, workflows.UpdateRetry, by("finance"))

	completed[workflows.WithdrawalResult](h, workflows.Withdrawal, next)

	require.True(t, next.State.Shown)
	require.Empty(t, a.attentionReason())
	a.requireBalance(t, 10_000, 0)
}
