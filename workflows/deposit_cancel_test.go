package workflows_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/workflows"
)

// A cancellation from the CLI does what the update cancel does, and is not given up when Stripe does not answer.
func TestDepositCancelledInTemporal(t *testing.T) {
	t.Parallel()
	record := cancellers["from the CLI"].record

	t.Run("ends while it waits for the brand", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		input := a.newDeposit(t, 100_000, "")
		h := a.begin(t)
		h.at(time.Hour, h.CancelWorkflow)

		result := completed[workflows.DepositResult](h, workflows.Deposit, input)

		require.Equal(t, funding.DepositCancelled, result.Status)
		a.requireOnRecord(t, names.Deposit(input.Deposit.ID), record)
		a.requireBalance(t, 0, 0)
	})

	t.Run("ends before its payment is requested", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		input := a.newDeposit(t, 100_000, "pm_card_bypassPending")
		h := a.begin(t)
		h.during("CreateDeposit", h.CancelWorkflow)

		require.Equal(t, funding.DepositCancelled, completed[workflows.DepositResult](h, workflows.Deposit, input).Status)
		require.Zero(t, a.effects("charge.succeeded"))
	})

	t.Run("ends once Stripe answers, and shows that until then", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		input := a.newDeposit(t, 100_000, "")
		a.script(t, faults.Rule{Method: http.MethodPost, Path: "/v1/payment_intents/*/cancel", Action: faults.ServerError, Count: faults.Forever})
		h := a.begin(t)
		h.at(time.Hour, h.CancelWorkflow)
		shown := ""
		h.at(10*time.Hour, func() {
			shown = a.attentionReason()
			a.sim.Faults().Remove("")
		})

		result := completed[workflows.DepositResult](h, workflows.Deposit, input)

		require.Equal(t, "payment_unclear", shown)
		require.Empty(t, a.attentionReason())
		require.Equal(t, funding.DepositCancelled, result.Status)
		a.requireOnRecord(t, names.Deposit(input.Deposit.ID), record)
	})

	t.Run("requests no payment again while it is unclear whether there is one", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		input := a.newDeposit(t, 100_000, "pm_card_bypassPending")
		a.script(t, faults.Rule{Method: http.MethodPost, Path: "/v1/payment_intents", Action: faults.ResetBefore, Count: 6})
		h := a.begin(t)
		h.at(3*time.Minute, h.CancelWorkflow)

		require.Equal(t, funding.DepositCancelled, completed[workflows.DepositResult](h, workflows.Deposit, input).Status)
		require.Zero(t, a.effects("charge.succeeded"))
		a.requireBalance(t, 0, 0)
	})

	t.Run("needs attention if Stripe refuses although nothing is processed", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		input := a.newDeposit(t, 100_000, "")
		a.script(t, faults.Rule{Method: http.MethodPost, Path: "/v1/payment_intents/*/cancel", Action: faults.ServerError, Status: http.StatusBadRequest, Type: "invalid_request_error", Count: faults.Forever})
		h := a.begin(t)
		refused := h.ask(time.Minute, workflows.UpdateCancel, by("brand"))
		h.at(time.Hour, h.CancelWorkflow)
		shown := ""
		h.at(10*time.Hour, func() {
			shown = a.attentionReason()
			a.sim.Faults().Remove("")
		})

		result := completed[workflows.DepositResult](h, workflows.Deposit, input)

		require.Error(t, refused.failed)
		require.NotEqual(t, "payment_processing", fault.CodeOf(refused.failed))
		require.Equal(t, "unforeseen_refusal", shown)
		require.Equal(t, funding.DepositCancelled, result.Status)
		a.requireBalance(t, 0, 0)
	})

	t.Run("arrives if its payment is being processed", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		input := a.newDeposit(t, 100_000, "pm_usBankAccount_success")
		h := a.begin(t)
		h.at(time.Hour, h.CancelWorkflow)

		result := completed[workflows.DepositResult](h, workflows.Deposit, input)

		require.Equal(t, funding.DepositReceived, result.Status)
		require.Equal(t, int64(100_000), a.balance(t, ledger.OrganizationBalance(a.organizationID)))
		a.requireOnRecord(t, names.Deposit(input.Deposit.ID), record)
		a.requireBooksInOrder(t)
	})

	t.Run("ends once the payment that was being processed has failed, also in the next history", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		input := a.newDeposit(t, 100_000, "pm_usBankAccount_insufficientFunds")
		h := a.begin(t)
		h.at(time.Hour, func() {
			h.CancelWorkflow()
			h.SetContinueAsNewSuggested(true)
		})
		h.ExecuteWorkflow(workflows.Deposit, input)
		var next *workflow.ContinueAsNewError
		require.ErrorAs(t, h.GetWorkflowError(), &next)
		carryOver(t, next, &input)

		h = a.begin(t)
		h.SetWorkflowRunTimeout(30 * days)
		result := completed[workflows.DepositResult](h, workflows.Deposit, input)

		require.Equal(t, funding.DepositCancelled, result.Status)
		a.requireBalance(t, 0, 0)
	})

	for clause, rule := range misfortunesAt(step{"RecordOperatorAction", 1}, step{"CancelFunding", 1}, step{"EndDeposit", 1}) {
		t.Run("ends once although "+clause, func(t *testing.T) {
			t.Parallel()
			a := setupAccount(t)
			input := a.newDeposit(t, 100_000, "")
			a.befall(t, rule)
			begin := func() *history {
				h := a.begin(t)
				h.at(time.Hour, h.CancelWorkflow)
				return h
			}

			result := survive[workflows.DepositResult](begin, workflows.Deposit, input)

			require.Equal(t, funding.DepositCancelled, result.Status)
			a.requireOnRecord(t, names.Deposit(input.Deposit.ID), record)
		})
	}
}
