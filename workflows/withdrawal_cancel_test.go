package workflows_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/workflows"
)

// cancellers are who cancels: a person by an update, and an operator of the engine by its command line.
var cancellers = map[string]struct {
	cancel func(h *history)
	record string
}{
	"by a person":  {func(h *history) { h.update(&answer{}, workflows.UpdateCancel, by("brand")) }, "cancel by brand: checked against the statement"},
	"from the CLI": {func(h *history) { h.CancelWorkflow() }, "cancel by operator: cancelled in Temporal"},
}

// requireOnRecord requires the one request of a person that is on record for a workflow.
func (w *world) requireOnRecord(t *testing.T, subject, want string) {
	t.Helper()
	var found []string
	rows, err := dbtest.Connect(t, w.databaseURL).Query(t.Context(), "SELECT action || ' by ' || actor || ': ' || reason FROM operator_actions WHERE subject = $1", subject)
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var line string
		require.NoError(t, rows.Scan(&line))
		found = append(found, line)
	}
	require.NoError(t, rows.Err())
	require.Equal(t, []string{want}, found)
}

func TestCancelledWithdrawal(t *testing.T) {
	t.Parallel()
	nothingSent := workflows.WithdrawalResult{Status: funding.WithdrawalCancelled, ReturnedMinor: 50_000}

	for who, canceller := range cancellers {
		t.Run("returns everything "+who+" while no deposit can be refunded", func(t *testing.T) {
			t.Parallel()
			a := setupAccount(t)
			a.deposit(t, 60_000, "pm_card_bypassPending")
			input := a.newWithdrawal(50_000)
			a.tooOld(t)
			h := a.begin(t)
			h.at(3*days, func() { canceller.cancel(h) })

			result := completed[workflows.WithdrawalResult](h, workflows.Withdrawal, input)

			require.Equal(t, nothingSent, result)
			require.Empty(t, a.attentionReason())
			a.requireOnRecord(t, names.Withdrawal(input.Withdrawal.ID), canceller.record)
			a.requireBalance(t, 60_000, 0)
		})

		t.Run("waits "+who+" for the refund that is on its way, and returns the rest", func(t *testing.T) {
			t.Parallel()
			a := setupAccount(t)
			a.deposit(t, 20_000, "pm_card_bypassPending")
			a.deposit(t, 30_000, "pm_card_pendingRefund")
			input := a.newWithdrawal(50_000)
			h := a.begin(t)
			began := a.clock.Now()
			h.at(time.Hour, func() { canceller.cancel(h) })
			var waiting funding.Withdrawal
			h.at(2*time.Hour, func() { waiting = a.withdrawal(t, input.Withdrawal.ID) })

			result := completed[workflows.WithdrawalResult](h, workflows.Withdrawal, input)

			require.Equal(t, funding.WithdrawalCancelling, waiting.Status)
			require.Equal(t, workflows.WithdrawalResult{Status: funding.WithdrawalCompleted, SentMinor: 30_000, ReturnedMinor: 20_000}, result)
			require.Less(t, h.Now().Sub(began), 2*days)
			a.requireOnRecord(t, names.Withdrawal(input.Withdrawal.ID), canceller.record)
			a.requireBalance(t, 20_000, 0)
		})

		t.Run("returns everything "+who+" when the refund that was on its way fails", func(t *testing.T) {
			t.Parallel()
			a := setupAccount(t)
			a.deposit(t, 60_000, "pm_card_bypassPending")
			a.deposit(t, 50_000, "pm_card_pendingRefund")
			input := a.newWithdrawal(50_000)
			h := a.begin(t)
			h.at(time.Hour, func() { canceller.cancel(h) })
			h.at(2*time.Hour, func() {
				a.failRefund(t, 0)
				h.SignalWorkflow(workflows.SignalStripeChanged, nil)
			})

			require.Equal(t, nothingSent, completed[workflows.WithdrawalResult](h, workflows.Withdrawal, input))
			a.requireBalance(t, 110_000, 0)
		})

		t.Run("sends nothing "+who+" while our balance is too low", func(t *testing.T) {
			t.Parallel()
			a := setupAccount(t)
			a.deposit(t, 60_000, "pm_card_bypassPending")
			a.script(t, faults.Rule{Method: http.MethodPost, Path: "/v1/refunds", Action: faults.Refuse, Code: "balance_insufficient", Count: faults.Forever})
			input := a.newWithdrawal(50_000)
			h := a.begin(t)
			began := a.clock.Now()
			h.at(10*time.Hour, func() { canceller.cancel(h) })

			require.Equal(t, nothingSent, completed[workflows.WithdrawalResult](h, workflows.Withdrawal, input))
			require.Less(t, h.Now().Sub(began), 11*time.Hour)
			require.Empty(t, a.attentionReason())
			a.requireBalance(t, 60_000, 0)
		})

		for i, misfire := range misfires {
			for j, kill := range kills {
				if leftOut(i, j) {
					continue
				}
				t.Run("has sent or returned the amount once "+who+" although CreateRefund "+misfire.name+kill.name, func(t *testing.T) {
					t.Parallel()
					a := setupAccount(t)
					a.deposit(t, 60_000, "pm_card_bypassPending")
					input := a.newWithdrawal(50_000)
					rule := misfire.rule
					rule.Method, rule.Path = http.MethodPost, "/v1/refunds"
					a.script(t, rule)
					a.kill(kill.rule, "CreateRefund")
					begin := func() *history {
						h := a.begin(t)
						h.at(days, func() { canceller.cancel(h) }) // if it was terminated before
						h.during("CreateRefund", func() {
							canceller.cancel(h)
							if misfire.late {
								a.script(t, faults.Rule{Method: http.MethodGet, Path: "/v1/refunds", Action: faults.ServerError, Count: 60})
							}
						})
						return h
					}

					result := survive[workflows.WithdrawalResult](begin, workflows.Withdrawal, input)

					sent := a.effects("refund.applied")
					require.LessOrEqual(t, sent, 1)
					require.Equal(t, []int64{int64(sent) * 50_000, int64(1-sent) * 50_000}, []int64{result.SentMinor, result.ReturnedMinor})
					a.requireBalance(t, 60_000-result.SentMinor, 0)
				})
			}
		}
	}

	for _, during := range []string{"ReserveWithdrawal", "PlanWithdrawal", "ListRefunds"} {
		t.Run("sends nothing if it was cancelled from the CLI during "+during, func(t *testing.T) {
			t.Parallel()
			a := setupAccount(t)
			a.deposit(t, 60_000, "pm_card_bypassPending")
			h := a.begin(t)
			began := a.clock.Now()
			h.during(during, h.CancelWorkflow)

			require.Equal(t, nothingSent, completed[workflows.WithdrawalResult](h, workflows.Withdrawal, a.newWithdrawal(50_000)))
			require.Less(t, h.Now().Sub(began), time.Hour)
			require.Zero(t, a.effects("refund.applied"))
			a.requireBalance(t, 60_000, 0)
		})
	}

	for clause, rule := range misfortunesAt(step{"CancelWithdrawal", 1}, step{"EndDepositRefund", 1}) {
		t.Run("returns everything once from the CLI although "+clause, func(t *testing.T) {
			t.Parallel()
			a := setupAccount(t)
			a.deposit(t, 60_000, "pm_card_bypassPending")
			input := a.newWithdrawal(50_000)
			a.befall(t, rule)
			begin := func() *history {
				h := a.begin(t)
				h.during("ListRefunds", h.CancelWorkflow)
				return h
			}

			require.Equal(t, nothingSent, survive[workflows.WithdrawalResult](begin, workflows.Withdrawal, input))
			require.Zero(t, a.effects("refund.applied"))
			a.requireBalance(t, 60_000, 0)
		})
	}

	t.Run("books a refund that appears after it was given up, out of the balance", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		deposit := a.deposit(t, 60_000, "pm_card_bypassPending")
		input := a.newWithdrawal(50_000)
		h := a.begin(t)
		h.during("ListRefunds", h.CancelWorkflow)
		completed[workflows.WithdrawalResult](h, workflows.Withdrawal, input)
		_, err := a.payments.CreateRefund(t.Context(), rail.RefundRequest{
			DepositID: deposit.ID, WithdrawalID: input.Withdrawal.ID, Number: 1, FundingID: deposit.PaymentIntentID,
			AmountMinor: 50_000, Currency: "USD", IdempotencyKey: names.WithdrawalRefundKey(input.Withdrawal.ID, 1),
		})
		require.NoError(t, err)

		a.pass(t, names.Deposit(deposit.ID), names.Withdrawal(input.Withdrawal.ID))

		require.Equal(t, funding.WithdrawalCancelled, a.withdrawal(t, input.Withdrawal.ID).Status)
		a.requireBalance(t, 10_000, 0)
	})

	t.Run("is still cancelled in the next history", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		a.deposit(t, 60_000, "pm_card_bypassPending")
		input := a.newWithdrawal(50_000)
		a.tooOld(t)
		h := a.begin(t)
		h.OnActivity("CancelWithdrawal", mock.Anything, mock.Anything).Return(funding.Withdrawal{}, temporal.NewNonRetryableApplicationError("down", string(fault.Unavailable), nil))
		h.at(days, func() {
			h.SetContinueAsNewSuggested(true)
			h.CancelWorkflow()
		})
		h.ExecuteWorkflow(workflows.Withdrawal, input)
		var next *workflow.ContinueAsNewError
		require.ErrorAs(t, h.GetWorkflowError(), &next)
		carryOver(t, next, &input)
		require.True(t, input.State.Cancel)

		require.Equal(t, nothingSent, completed[workflows.WithdrawalResult](a.begin(t), workflows.Withdrawal, input))
		a.requireBalance(t, 60_000, 0)
	})
}
