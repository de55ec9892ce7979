package workflows_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/devstack/simulators/stripe"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/workflows"
)

// What a withdrawal can wait for during a quarter of a year.
var lastingObstacles = map[string]struct {
	before func(t *testing.T, a *account)
	reason string
	// callsMax is how often it may call Stripe. A request without an answer is tried six times.
	callsMax int
}{
	"its balance at Stripe is too low": {func(t *testing.T, a *account) {
		t.Helper()
		a.control(t, "/accounts/"+stripe.PlatformID+"/adjust", `{"amount_minor":-50000,"currency":"usd"}`)
	}, "balance_not_covered", callsMax},
	"no deposit can be refunded": {func(t *testing.T, a *account) {
		t.Helper()
		a.tooOld(t)
	}, "withdrawal_exhausted", callsMax},
	"Stripe does not answer": {func(t *testing.T, a *account) {
		t.Helper()
		a.script(t, faults.Rule{Path: "/v1/**", Action: faults.ServerError, Status: http.StatusServiceUnavailable, Count: faults.Forever})
	}, "balance_unreadable", callsMax},
	"requests get no answer": {func(t *testing.T, a *account) {
		t.Helper()
		a.script(t, faults.Rule{Method: http.MethodPost, Path: "/v1/refunds", Action: faults.ResetBefore, Count: faults.Forever})
	}, "refund_refused", 3 * callsMax / 2},
}

func TestWithdrawalThatWaitsForAQuarter(t *testing.T) {
	t.Parallel()
	for name, obstacle := range lastingObstacles {
		t.Run("because "+name+" calls Stripe rarely", func(t *testing.T) {
			t.Parallel()
			a := setupAccount(t)
			a.deposit(t, 60_000, "pm_card_bypassPending")
			input := a.newWithdrawal(50_000)
			obstacle.before(t, a)
			h := a.begin(t)
			h.SetWorkflowRunTimeout(longWait)
			counted := h.tally()
			before := a.requests("/v1/")

			h.ExecuteWorkflow(workflows.Withdrawal, input)

			calls := a.requests("/v1/") - before
			t.Logf("%d calls to Stripe, %d activities, %d timers: %d events", calls, counted.activities, counted.timers, counted.events())
			require.ErrorContains(t, h.GetWorkflowError(), "deadline exceeded", "it waits")
			require.Equal(t, obstacle.reason, a.attentionReason())
			require.Equal(t, funding.WithdrawalSending, a.withdrawal(t, input.Withdrawal.ID).Status)
			require.LessOrEqual(t, calls, obstacle.callsMax)
			require.Less(t, counted.events(), eventsOfOne)
		})
	}

	t.Run("and is asked to retry tries again soon after it, as at its beginning", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		a.deposit(t, 60_000, "pm_card_bypassPending")
		adjust := func(amount string) {
			a.control(t, "/accounts/"+stripe.PlatformID+"/adjust", `{"amount_minor":`+amount+`,"currency":"usd"}`)
		}
		adjust("-50000")
		h := a.begin(t)
		began := a.clock.Now()
		h.ask(80*days, workflows.UpdateRetry, by("finance"))
		h.at(80*days+time.Minute, func() { adjust("50000") })

		completed[workflows.WithdrawalResult](h, workflows.Withdrawal, a.newWithdrawal(50_000))

		require.Less(t, h.Now().Sub(began), 80*days+time.Duration(2*checkInterval))
		a.requireBalance(t, 10_000, 0)
	})
}
