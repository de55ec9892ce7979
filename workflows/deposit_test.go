package workflows_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/workflows"
)

func TestDeposit(t *testing.T) {
	t.Parallel()

	t.Run("is in the balance without the surcharge, which covers what Stripe keeps", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		input := a.newDeposit(t, 100_000, "pm_card_bypassPending")
		h := a.begin(t)
		created := h.ask(0, workflows.UpdateCreated)

		result := completed[workflows.DepositResult](h, workflows.Deposit, input)

		require.NoError(t, created.failed)
		require.Equal(t, funding.DepositReceived, result.Status)
		require.Equal(t, a.onRecord(t, input.Deposit.ID).PaymentIntentID, result.PaymentIntentID)
		a.requireBalance(t, 100_000, 0)
		require.Equal(t, a.balance(t, ledger.ProcessingSurcharges), a.balance(t, ledger.ProcessingFees))
	})

	t.Run("without a payment method waits for the brand's browser, ever longer", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		input := a.newDeposit(t, 100_000, "")
		h := a.begin(t)
		created := h.ask(time.Minute, workflows.UpdateCreated)
		reads := 0
		h.onStarted(func(activity string) {
			if activity == "GetFunding" {
				reads++
			}
		})
		h.at(20*days, func() {
			id := a.onRecord(t, input.Deposit.ID).PaymentIntentID
			a.post(t, "/v1/payment_intents/"+id+"/confirm", map[string][]string{"payment_method": {"pm_card_bypassPending"}, "return_url": {"https://example.test"}})
			h.SignalWorkflow(workflows.SignalStripeChanged, nil)
		})

		result := completed[workflows.DepositResult](h, workflows.Deposit, input)

		require.Equal(t, workflows.DepositStarted{Status: funding.DepositPending, PaymentIntentID: result.PaymentIntentID, PaymentStatus: "requires_payment_method"}, created.result)
		require.Equal(t, funding.DepositReceived, result.Status)
		require.Less(t, reads, 40)
		a.requireBalance(t, 100_000, 0)
	})

	t.Run("whose card needs its payer waits for the bank's page", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		input := a.newDeposit(t, 100_000, "pm_card_authenticationRequired")
		h := a.begin(t)
		created := h.ask(0, workflows.UpdateCreated)
		h.at(time.Hour, func() {
			a.control(t, "/payment_intents/"+a.onRecord(t, input.Deposit.ID).PaymentIntentID+"/succeed", `{}`)
			h.SignalWorkflow(workflows.SignalStripeChanged, nil)
		})

		result := completed[workflows.DepositResult](h, workflows.Deposit, input)

		require.Equal(t, workflows.DepositStarted{Status: funding.DepositPending, PaymentIntentID: result.PaymentIntentID, PaymentStatus: "requires_action"}, created.result)
		require.Equal(t, funding.DepositReceived, result.Status)
		require.Equal(t, int64(100_000), a.balance(t, ledger.OrganizationBalance(a.organizationID)))
	})

	t.Run("that is declined ends, and its payment is cancelled", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		input := a.newDeposit(t, 100_000, "pm_card_chargeDeclined")
		h := a.begin(t)
		created := h.ask(0, workflows.UpdateCreated)

		result := completed[workflows.DepositResult](h, workflows.Deposit, input)

		require.Equal(t, funding.DepositDeclined, result.Status)
		require.Equal(t, "card_declined", a.onRecord(t, input.Deposit.ID).FailureCode)
		require.Equal(t, "deposit_declined", fault.CodeOf(created.failed))
		paid, err := a.payments.GetFunding(t.Context(), result.PaymentIntentID)
		require.NoError(t, err)
		require.Equal(t, "canceled", string(paid.Status))
		a.requireBalance(t, 0, 0)
	})

	t.Run("is cancelled by a person while it waits", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		input := a.newDeposit(t, 100_000, "")
		h := a.begin(t)
		unnamed := h.ask(time.Hour, workflows.UpdateCancel, workflows.Operator{Actor: "brand"})
		cancelled := h.ask(2*time.Hour, workflows.UpdateCancel, by("brand"))

		result := completed[workflows.DepositResult](h, workflows.Deposit, input)

		require.Equal(t, "operator_unnamed", fault.CodeOf(unnamed.rejected))
		require.Equal(t, funding.DepositCancelled, cancelled.result)
		require.Equal(t, funding.DepositCancelled, result.Status)
		a.requireBalance(t, 0, 0)
	})

	t.Run("that is being processed cannot be cancelled, and arrives", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		input := a.newDeposit(t, 100_000, "pm_usBankAccount_success")
		h := a.begin(t)
		cancelled := h.ask(time.Hour, workflows.UpdateCancel, by("brand"))

		result := completed[workflows.DepositResult](h, workflows.Deposit, input)

		require.Equal(t, "payment_processing", fault.CodeOf(cancelled.failed))
		require.Equal(t, funding.DepositReceived, result.Status)
		require.Equal(t, int64(100_000), a.balance(t, ledger.OrganizationBalance(a.organizationID)))
		a.requireBooksInOrder(t)
	})

	t.Run("that was cancelled in Stripe's dashboard ends", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		input := a.newDeposit(t, 100_000, "")
		h := a.begin(t)
		h.at(time.Hour, func() {
			a.post(t, "/v1/payment_intents/"+a.onRecord(t, input.Deposit.ID).PaymentIntentID+"/cancel", nil)
		})

		result := completed[workflows.DepositResult](h, workflows.Deposit, input)

		require.Equal(t, funding.DepositCancelled, result.Status)
	})

	t.Run("of an unknown organization is refused", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		input := a.newDeposit(t, 100_000, "pm_card_bypassPending")
		input.Deposit.OrganizationID = input.Deposit.ID
		h := a.begin(t)
		created := h.ask(0, workflows.UpdateCreated)
		cancelled := h.ask(0, workflows.UpdateCancel, by("brand"))

		completed[workflows.DepositResult](h, workflows.Deposit, input)

		require.Equal(t, "organization_not_found", fault.CodeOf(created.failed))
		require.Equal(t, "organization_not_found", fault.CodeOf(cancelled.failed))
		require.Zero(t, a.effects("charge.succeeded"))
	})

	t.Run("is cancelled once Stripe answers, and no earlier failure stays the answer", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		input := a.newDeposit(t, 100_000, "")
		a.script(t, faults.Rule{Method: http.MethodPost, Path: "/v1/payment_intents/*/cancel", Action: faults.ServerError, Count: 40})
		h := a.begin(t)
		cancelled := h.ask(time.Hour, workflows.UpdateCancel, by("brand"))

		result := completed[workflows.DepositResult](h, workflows.Deposit, input)

		require.NoError(t, cancelled.failed)
		require.Equal(t, funding.DepositCancelled, cancelled.result)
		require.Equal(t, funding.DepositCancelled, result.Status)
	})

	t.Run("is cancelled while it is unclear whether its payment exists, and is not requested again", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		input := a.newDeposit(t, 100_000, "pm_card_bypassPending")
		a.script(t, faults.Rule{Method: http.MethodPost, Path: "/v1/payment_intents", Action: faults.ResetBefore, Count: 6})
		h := a.begin(t)
		cancelled := h.ask(3*time.Minute, workflows.UpdateCancel, by("brand"))

		result := completed[workflows.DepositResult](h, workflows.Deposit, input)

		require.NoError(t, cancelled.failed)
		require.Equal(t, funding.DepositCancelled, result.Status)
		require.Zero(t, a.effects("charge.succeeded"))
		a.requireBalance(t, 0, 0)
	})

	t.Run("whose payment Stripe refuses to create is declined with the reason", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		input := a.newDeposit(t, 10, "pm_card_bypassPending") // below Stripe's minimum
		h := a.begin(t)
		created := h.ask(0, workflows.UpdateCreated)

		result := completed[workflows.DepositResult](h, workflows.Deposit, input)

		require.Equal(t, funding.DepositDeclined, result.Status)
		require.Equal(t, "amount_too_small", a.onRecord(t, input.Deposit.ID).FailureCode)
		require.Equal(t, "deposit_declined", fault.CodeOf(created.failed))
		require.ErrorContains(t, created.failed, "a larger amount")
	})

	t.Run("that could not be requested for an hour ends, and says so while it tries", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		input := a.newDeposit(t, 100_000, "pm_card_bypassPending")
		a.script(t, faults.Rule{Method: http.MethodPost, Path: "/v1/payment_intents", Action: faults.ResetBefore, Count: faults.Forever})
		h := a.begin(t)
		shown := ""
		h.at(40*time.Minute, func() { shown = a.attentionReason() })

		result := completed[workflows.DepositResult](h, workflows.Deposit, input)

		require.Equal(t, "payment_unclear", shown)
		require.Empty(t, a.attentionReason())
		require.Equal(t, funding.DepositDeclined, result.Status)
		require.Equal(t, "payment_not_created", a.onRecord(t, input.Deposit.ID).FailureCode)
		require.Zero(t, a.effects("charge.succeeded"))
	})
}

func TestDepositIsMadeOnce(t *testing.T) {
	t.Parallel()
	steps := []step{
		{"CreateDeposit", 1}, {"FreezeDepositPayment", 1}, {"CreateFunding", 1}, {"RecordDepositPayment", 1}, {"GetFunding", 1}, {"RecordDeposit", 1}, {"ListRefunds", 1},
	}
	for clause, rule := range misfortunesAt(steps...) {
		t.Run("although "+clause, func(t *testing.T) {
			t.Parallel()
			a := setupAccount(t)
			input := a.newDeposit(t, 100_000, "pm_card_bypassPending")
			a.befall(t, rule)

			result := survive[workflows.DepositResult](func() *history { return a.begin(t) }, workflows.Deposit, input)

			require.Equal(t, funding.DepositReceived, result.Status)
			require.Equal(t, 1, a.effects("charge.succeeded"))
			a.requireBalance(t, 100_000, 0)
		})
	}

	for i, misfire := range misfires {
		for j, kill := range kills {
			if leftOut(i, j) {
				continue
			}
			t.Run("although CreateFunding "+misfire.name+kill.name, func(t *testing.T) {
				t.Parallel()
				a := setupAccount(t)
				input := a.newDeposit(t, 100_000, "pm_card_bypassPending")
				rule := misfire.rule
				rule.Method, rule.Path = http.MethodPost, "/v1/payment_intents"
				a.script(t, rule)
				a.kill(kill.rule, "CreateFunding")

				if misfire.late {
					a.script(t, faults.Rule{Method: http.MethodGet, Path: "/v1/payment_intents", Action: faults.ServerError, Count: 60})
				}

				result := survive[workflows.DepositResult](func() *history { return a.begin(t) }, workflows.Deposit, input)

				if misfire.late && rule.Action == faults.ResetBefore {
					require.Equal(t, funding.DepositDeclined, result.Status, "no one is charged hours later")
					require.Zero(t, a.effects("charge.succeeded"))
					return
				}
				require.Equal(t, 1, a.effects("charge.succeeded"))
				a.requireBalance(t, 100_000, 0)
			})
		}
	}

	t.Run("and a signal during its last step is not lost", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		h := a.begin(t)
		lists := 0
		h.onStarted(func(started string) {
			if started != "ListRefunds" {
				return
			}
			if lists++; lists == 1 {
				h.SignalWorkflow(workflows.SignalStripeChanged, nil)
			}
		})

		completed[workflows.DepositResult](h, workflows.Deposit, a.newDeposit(t, 100_000, "pm_card_bypassPending"))

		require.Equal(t, 2, lists)
	})

	t.Run("although every answer is lost for an hour: the payment is found", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		input := a.newDeposit(t, 100_000, "pm_card_bypassPending")
		a.script(t, faults.Rule{Method: http.MethodPost, Path: "/v1/payment_intents", Action: faults.ResetAfter, Count: 20})

		completed[workflows.DepositResult](a.begin(t), workflows.Deposit, input)

		require.Equal(t, 1, a.effects("charge.succeeded"))
		a.requireBalance(t, 100_000, 0)
	})
}
