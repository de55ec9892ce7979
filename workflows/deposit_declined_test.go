package workflows_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/workflows"
)

// requireDeclined requires that no money can arrive through a deposit.
func (a *account) requireDeclined(t *testing.T, input workflows.DepositInput, result workflows.DepositResult) {
	t.Helper()
	require.Equal(t, funding.DepositDeclined, result.Status)
	require.Equal(t, "card_declined", a.onRecord(t, input.Deposit.ID).FailureCode)
	require.Zero(t, a.effects("charge.succeeded"))
	a.requireNoOpenPayment(t)
	a.requireBalance(t, 0, 0)
}

func (a *account) requireNoOpenPayment(t *testing.T) {
	t.Helper()
	for _, each := range a.call(t, http.MethodGet, "/v1/payment_intents?limit=100", "", "", "")["data"].([]any) {
		require.Equal(t, "canceled", each.(map[string]any)["status"])
	}
}

func TestDeclinedDeposit(t *testing.T) {
	t.Parallel()

	steps := []step{{"CreateFunding", 1}, {"RecordDepositPayment", 1}, {"CancelFunding", 1}, {"EndDeposit", 1}}
	for clause, rule := range misfortunesAt(steps...) {
		t.Run("ends once although "+clause, func(t *testing.T) {
			t.Parallel()
			a := setupAccount(t)
			input := a.newDeposit(t, 100_000, "pm_card_chargeDeclined")
			a.befall(t, rule)

			result := survive[workflows.DepositResult](func() *history { return a.begin(t) }, workflows.Deposit, input)

			a.requireDeclined(t, input, result)
		})
	}

	for i, misfire := range misfires {
		for j, kill := range kills {
			if leftOut(i, j) {
				continue
			}
			t.Run("ends once although CreateFunding "+misfire.name+kill.name, func(t *testing.T) {
				t.Parallel()
				a := setupAccount(t)
				input := a.newDeposit(t, 100_000, "pm_card_chargeDeclined")
				rule := misfire.rule
				rule.Method, rule.Path = http.MethodPost, "/v1/payment_intents"
				a.script(t, rule)
				a.kill(kill.rule, "CreateFunding")

				result := survive[workflows.DepositResult](func() *history { return a.begin(t) }, workflows.Deposit, input)

				a.requireDeclined(t, input, result)
			})

			t.Run("ends once although CancelFunding "+misfire.name+kill.name, func(t *testing.T) {
				t.Parallel()
				a := setupAccount(t)
				input := a.newDeposit(t, 100_000, "pm_card_chargeDeclined")
				rule := misfire.rule
				rule.Method, rule.Path = http.MethodPost, "/v1/payment_intents/*/cancel"
				a.script(t, rule)
				a.kill(kill.rule, "CancelFunding")

				result := survive[workflows.DepositResult](func() *history { return a.begin(t) }, workflows.Deposit, input)

				a.requireDeclined(t, input, result)
			})
		}
	}
}

// The first request never reaches Stripe, so that its generation ends. The second one is declined.
func TestDepositDeclinedInItsSecondGeneration(t *testing.T) {
	t.Parallel()
	const lost = 6 // the tries of one request

	loseFirst := func(t *testing.T) (*account, workflows.DepositInput) {
		t.Helper()
		a := setupAccount(t)
		a.script(t, faults.Rule{Method: http.MethodPost, Path: "/v1/payment_intents", Action: faults.ResetBefore, Count: lost})
		return a, a.newDeposit(t, 100_000, "pm_card_chargeDeclined")
	}
	requireSecond := func(t *testing.T, a *account, input workflows.DepositInput, result workflows.DepositResult) {
		t.Helper()
		require.GreaterOrEqual(t, a.onRecord(t, input.Deposit.ID).Generation, 2)
		a.requireDeclined(t, input, result)
	}

	steps := []step{{"FindFunding", 1}, {"FreezeDepositPayment", 2}, {"RecordDepositPayment", 1}, {"CancelFunding", 1}, {"EndDeposit", 1}}
	for clause, rule := range misfortunesAt(steps...) {
		t.Run("ends once although "+clause, func(t *testing.T) {
			t.Parallel()
			a, input := loseFirst(t)
			a.befall(t, rule)

			result := survive[workflows.DepositResult](func() *history { return a.begin(t) }, workflows.Deposit, input)

			requireSecond(t, a, input, result)
		})
	}

	for _, misfire := range misfires {
		t.Run("ends once although CreateFunding "+misfire.name, func(t *testing.T) {
			t.Parallel()
			a, input := loseFirst(t)
			rule := misfire.rule
			rule.Method, rule.Path, rule.Nth = http.MethodPost, "/v1/payment_intents", lost+1
			a.script(t, rule)

			result := survive[workflows.DepositResult](func() *history { return a.begin(t) }, workflows.Deposit, input)

			if misfire.late && rule.Action == faults.ResetBefore {
				require.Equal(t, funding.PaymentNotCreated, a.onRecord(t, input.Deposit.ID).FailureCode, "an hour has passed")
				require.Zero(t, a.effects("charge.succeeded"))
				a.requireNoOpenPayment(t)
				return
			}
			requireSecond(t, a, input, result)
		})
	}

	for _, when := range []moment{beforeWork, afterWork} {
		t.Run(map[moment]string{beforeWork: "ends once although the workflow is terminated before it", afterWork: "ends once although the workflow is terminated after it"}[when], func(t *testing.T) {
			t.Parallel()
			a, input := loseFirst(t)
			a.befall(t, mishap{activity: "CreateFunding", when: when, skip: 1, times: 1, ends: true})

			result := survive[workflows.DepositResult](func() *history { return a.begin(t) }, workflows.Deposit, input)

			requireSecond(t, a, input, result)
		})
	}
}
