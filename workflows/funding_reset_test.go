package workflows_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/workflows"
)

// A person resets a workflow to before a step that another history has gone past. Its state is that of then, it
// replays old answers, and Stripe may have forgotten the keys.

// keptFor is longer than Stripe stores a key.
const keptFor = 25 * hour

// tomorrow moves the clock on, until Stripe may have forgotten the keys.
func (w *world) tomorrow(t *testing.T) {
	t.Helper()
	next := w.clock.Now().Add(keptFor)
	w.clock.follow(func() time.Time { return next })
}

// resetBegins prepares a history that a person has reset. It ends after a month at the latest, so that a workflow
// that waits for ever fails its test. sent counts the requests that move money.
func (w *world) resetBegins(t *testing.T) (h *history, sent *int) {
	t.Helper()
	h = w.begin(t)
	h.SetWorkflowRunTimeout(30 * days)
	sent = new(int)
	h.onStarted(func(started string) {
		if started == "CreateFunding" || started == "CreateRefund" {
			*sent++
		}
	})
	return h, sent
}

// replaysRefunds has the first list of refunds be that of the day before.
func (h *history) replaysRefunds(old []rail.Refund) {
	h.OnActivity("ListRefunds", mock.Anything, mock.Anything).Return(old, nil).After(keptFor).Once()
	h.OnActivity("ListRefunds", mock.Anything, mock.Anything).Return(func(ctx context.Context, paymentIntentID string) ([]rail.Refund, error) {
		return h.world.payments.ListRefunds(ctx, paymentIntentID)
	})
}

// requireSentNothing ends a history that was reset, and requires that it has requested nothing.
func requireSentNothing[R any](h *history, sent *int, function, input any) R {
	h.t.Helper()
	h.ExecuteWorkflow(function, input)
	require.Zero(h.t, *sent, "it has requested again what another history has requested")
	require.NoError(h.t, h.GetWorkflowError(), "it has to end")
	var result R
	require.NoError(h.t, h.GetWorkflowResult(&result))
	return result
}

func TestResetDepositIsPaidOnce(t *testing.T) {
	t.Parallel()
	reset := func(input workflows.DepositInput) workflows.DepositInput {
		input.State.Recorded, input.State.Status = true, funding.DepositPending
		return input
	}

	t.Run("although its request was sent and its payment is not on record", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		input := a.newDeposit(t, 60_000, "pm_card_bypassPending")
		a.terminatedAfter(t, "CreateFunding", workflows.Deposit, input)
		a.tomorrow(t)
		h, sent := a.resetBegins(t)

		result := requireSentNothing[workflows.DepositResult](h, sent, workflows.Deposit, reset(input))

		require.Equal(t, funding.DepositReceived, result.Status)
		a.requireBalance(t, 60_000, 0)
	})

	t.Run("although it has ended", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		input := a.newDeposit(t, 60_000, "pm_card_bypassPending")
		completed[workflows.DepositResult](a.begin(t), workflows.Deposit, input)
		a.tomorrow(t)
		h, sent := a.resetBegins(t)

		result := requireSentNothing[workflows.DepositResult](h, sent, workflows.Deposit, reset(input))

		require.Equal(t, funding.DepositReceived, result.Status)
		a.requireBalance(t, 60_000, 0)
	})
}

func TestResetWithdrawalIsSentOnce(t *testing.T) {
	t.Parallel()
	reset := func(input workflows.WithdrawalInput) workflows.WithdrawalInput {
		input.State.Reserved = true
		return input
	}
	requireSent := func(t *testing.T, a *account, result workflows.WithdrawalResult) {
		t.Helper()
		require.Equal(t, workflows.WithdrawalResult{Status: funding.WithdrawalCompleted, SentMinor: 50_000}, result)
		require.Equal(t, 1, a.effects("refund.applied"))
		a.requireBalance(t, 10_000, 0)
	}

	t.Run("although its request was sent and is not booked", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		a.deposit(t, 60_000, "pm_card_bypassPending")
		input := a.newWithdrawal(50_000)
		a.terminatedAfter(t, "CreateRefund", workflows.Withdrawal, input)
		a.tomorrow(t)
		h, sent := a.resetBegins(t)

		requireSent(t, a, requireSentNothing[workflows.WithdrawalResult](h, sent, workflows.Withdrawal, reset(input)))
	})

	t.Run("although it replays a list of refunds from before its request", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		a.deposit(t, 60_000, "pm_card_bypassPending")
		input := a.newWithdrawal(50_000)
		a.terminatedAfter(t, "CreateRefund", workflows.Withdrawal, input)
		h, sent := a.resetBegins(t)
		h.replaysRefunds(nil)

		requireSent(t, a, requireSentNothing[workflows.WithdrawalResult](h, sent, workflows.Withdrawal, reset(input)))
	})

	t.Run("although it has ended", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		a.deposit(t, 60_000, "pm_card_bypassPending")
		input := a.newWithdrawal(50_000)
		completed[workflows.WithdrawalResult](a.begin(t), workflows.Withdrawal, input)
		a.tomorrow(t)
		h, sent := a.resetBegins(t)

		requireSent(t, a, requireSentNothing[workflows.WithdrawalResult](h, sent, workflows.Withdrawal, reset(input)))
	})

	t.Run("although it is reset to before its reservation", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		a.deposit(t, 60_000, "pm_card_bypassPending")
		input := a.newWithdrawal(50_000)
		completed[workflows.WithdrawalResult](a.begin(t), workflows.Withdrawal, input)
		a.tomorrow(t)
		h, sent := a.resetBegins(t)

		requireSent(t, a, requireSentNothing[workflows.WithdrawalResult](h, sent, workflows.Withdrawal, input))
	})

	t.Run("although it was cancelled after the point that it is reset to", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		a.deposit(t, 60_000, "pm_card_bypassPending")
		input := a.newWithdrawal(50_000)
		h := a.begin(t)
		h.during("PlanWithdrawal", h.CancelWorkflow)
		completed[workflows.WithdrawalResult](h, workflows.Withdrawal, input)
		a.tomorrow(t)
		h, sent := a.resetBegins(t)

		result := requireSentNothing[workflows.WithdrawalResult](h, sent, workflows.Withdrawal, reset(input))

		require.Equal(t, funding.WithdrawalCancelled, result.Status)
		a.requireBalance(t, 60_000, 0)
	})
}

func TestResetConvertedPaymentIsRefundedOnce(t *testing.T) {
	t.Parallel()
	requireReturned := func(t *testing.T, a *abroad, result workflows.ConvertedPaymentResult) {
		t.Helper()
		require.Equal(t, int64(10_000), result.ReturnedMinor)
		require.Equal(t, 1, a.effects("refund.applied"))
		a.requireExplained(t, 0, 0)
	}
	terminated := func(t *testing.T, a *abroad) workflows.ConvertedPaymentInput {
		t.Helper()
		input := a.converted(t, "pm_card_bypassPending")
		a.befall(t, mishap{activity: "CreateRefund", when: afterWork, times: 1, ends: true})
		h := a.begin(t)
		h.ExecuteWorkflow(workflows.ConvertedPayment, input)
		h.requireTerminated()
		return input
	}

	t.Run("although its request was sent and is not booked", func(t *testing.T) {
		t.Parallel()
		a := setupAbroad(t)
		input := terminated(t, a)
		a.tomorrow(t)
		h, sent := a.resetBegins(t)

		requireReturned(t, a, requireSentNothing[workflows.ConvertedPaymentResult](h, sent, workflows.ConvertedPayment, input))
	})

	t.Run("although it replays a list of refunds from before its request", func(t *testing.T) {
		t.Parallel()
		a := setupAbroad(t)
		input := terminated(t, a)
		h, sent := a.resetBegins(t)
		h.replaysRefunds(nil)

		requireReturned(t, a, requireSentNothing[workflows.ConvertedPaymentResult](h, sent, workflows.ConvertedPayment, input))
	})

	t.Run("although it has ended", func(t *testing.T) {
		t.Parallel()
		a := setupAbroad(t)
		input := a.converted(t, "pm_card_bypassPending")
		completed[workflows.ConvertedPaymentResult](a.begin(t), workflows.ConvertedPayment, input)
		a.tomorrow(t)
		h, sent := a.resetBegins(t)

		requireReturned(t, a, requireSentNothing[workflows.ConvertedPaymentResult](h, sent, workflows.ConvertedPayment, input))
	})
}
