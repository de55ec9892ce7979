package workflows_test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/workflows"
)

// twoRefunds is a withdrawal of 500.00: the first refund of 200.00 succeeds at once, and the second one takes a
// day. An older deposit can take the place of either.
func (a *account) twoRefunds(t *testing.T) workflows.WithdrawalInput {
	t.Helper()
	a.deposit(t, 60_000, "pm_card_bypassPending")
	a.deposit(t, 30_000, "pm_card_pendingRefund")
	a.deposit(t, 20_000, "pm_card_bypassPending")
	return a.newWithdrawal(50_000)
}

// requireSentAgain requires that a withdrawal of twoRefunds has sent its amount although a refund failed.
func (a *account) requireSentAgain(t *testing.T, result workflows.WithdrawalResult) {
	t.Helper()
	require.Equal(t, workflows.WithdrawalResult{Status: funding.WithdrawalCompleted, SentMinor: 50_000}, result)
	require.Equal(t, 3, a.effects("refund.applied"))
	a.requireBalance(t, 60_000, 0)
}

// A refund that a withdrawal has sent can fail while the withdrawal still runs. Its event goes to the withdrawal.
func TestSentRefundFailsWhileItsWithdrawalRuns(t *testing.T) {
	t.Parallel()

	t.Run("and is booked at once, and sent from another deposit", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		input := a.twoRefunds(t)
		h := a.begin(t)
		var before, after funding.Withdrawal
		h.at(time.Hour, func() {
			before = a.withdrawal(t, input.Withdrawal.ID)
			a.failRefund(t, 0)
			h.SignalWorkflow(workflows.SignalStripeChanged, nil)
		})
		h.at(time.Hour+time.Minute, func() { after = a.withdrawal(t, input.Withdrawal.ID) })

		result := completed[workflows.WithdrawalResult](h, workflows.Withdrawal, input)

		require.Equal(t, []int64{20_000, 0}, []int64{before.SentMinor, after.SentMinor})
		a.requireSentAgain(t, result)
		a.requireAlike(t)
	})

	t.Run("in its last step", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		older := a.deposit(t, 60_000, "pm_card_bypassPending")
		a.deposit(t, 30_000, "pm_card_bypassPending")
		input := a.newWithdrawal(30_000)
		h := a.begin(t)
		plans := 0
		h.onStarted(func(started string) {
			if started != "PlanWithdrawal" {
				return
			}
			if plans++; plans == 3 { // the first two of them send the refund, and this one finds that everything is sent
				a.failRefund(t, 0)
				h.SignalWorkflow(workflows.SignalStripeChanged, nil)
			}
		})

		result := completed[workflows.WithdrawalResult](h, workflows.Withdrawal, input)

		require.Equal(t, int64(30_000), result.SentMinor)
		require.Equal(t, int64(30_000), a.onRecord(t, older.ID).RefundedMinor)
		a.requireBalance(t, 60_000, 0)
	})

	t.Run("when Stripe does not answer for hours, and the withdrawal does not end before", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		input := a.twoRefunds(t)
		h := a.begin(t)
		h.at(25*time.Hour, func() {}) // the second refund has succeeded by then
		h.at(23*time.Hour, func() {
			a.failRefund(t, 0)
			a.script(t, faults.Rule{Method: http.MethodGet, Path: "/v1/refunds", Action: faults.ServerError, Count: faults.Forever})
			h.SignalWorkflow(workflows.SignalStripeChanged, nil)
		})
		h.at(30*time.Hour, func() { a.sim.Faults().Remove("") })

		a.requireSentAgain(t, completed[workflows.WithdrawalResult](h, workflows.Withdrawal, input))
	})

	t.Run("while no workflow runs: the next one reads it without an event", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		input := a.twoRefunds(t)
		a.mishaps.add(&mishap{activity: "CreateRefund", when: afterWork, skip: 1, times: 1, ends: true})
		h := a.begin(t)
		h.ExecuteWorkflow(workflows.Withdrawal, input)
		h.requireTerminated()
		a.failRefund(t, 0)

		a.requireSentAgain(t, completed[workflows.WithdrawalResult](a.begin(t), workflows.Withdrawal, input))
	})

	t.Run("and is read rarely, however many events come", func(t *testing.T) {
		t.Parallel()
		a := setupAccount(t)
		input := a.twoRefunds(t)
		h := a.begin(t)
		reads := 0
		h.onStarted(func(started string) {
			switch started {
			case "ListSentRefunds":
				reads++
			case "CreateRefund", "RecordDepositRefund":
				h.SignalWorkflow(workflows.SignalStripeChanged, nil)
			}
		})

		completed[workflows.WithdrawalResult](h, workflows.Withdrawal, input)

		require.Positive(t, reads)
		require.Less(t, reads, 5)
	})

	steps := []step{{"ListSentRefunds", 1}, {"ListRefunds", 4}, {"ListBookedDepositRefunds", 2}, {"RecordDepositRefundFailed", 1}, {"CreateRefund", 3}}
	for clause, rule := range misfortunesAt(steps...) {
		t.Run("and is booked once although "+clause, func(t *testing.T) {
			t.Parallel()
			a := setupAccount(t)
			input := a.twoRefunds(t)
			a.befall(t, rule)
			fail := sync.OnceFunc(func() { a.failRefund(t, 0) })
			begin := func() *history {
				h := a.begin(t)
				h.at(time.Hour, func() {
					fail()
					h.SignalWorkflow(workflows.SignalStripeChanged, nil)
				})
				return h
			}

			a.requireSentAgain(t, survive[workflows.WithdrawalResult](begin, workflows.Withdrawal, input))
		})
	}

	for clause, rule := range misfortunesAt(step{"ListRefunds", 4}, step{"EndDepositRefund", 1}, step{"CreateRefund", 3}) {
		t.Run("before it is booked, and another one is sent once although "+clause, func(t *testing.T) {
			t.Parallel()
			a := setupAccount(t)
			input := a.twoRefunds(t)
			a.befall(t, rule)
			fail := sync.OnceFunc(func() { a.failRefund(t, 1) })
			begin := func() *history {
				h := a.begin(t)
				h.at(time.Hour, func() {
					fail()
					h.SignalWorkflow(workflows.SignalStripeChanged, nil)
				})
				return h
			}

			a.requireSentAgain(t, survive[workflows.WithdrawalResult](begin, workflows.Withdrawal, input))
		})
	}

	for clause, rule := range misfortunesAt(step{"RecordOperatorAction", 1}, step{"ReopenWithdrawal", 1}) {
		t.Run("and is retried once by a person although "+clause, func(t *testing.T) {
			t.Parallel()
			a := setupAccount(t)
			a.deposit(t, 60_000, "pm_card_bypassPending")
			input := a.newWithdrawal(50_000)
			a.script(t, faults.Rule{Method: http.MethodPost, Path: "/v1/refunds", Action: faults.Refuse, Code: "charge_already_refunded"})
			a.befall(t, rule)
			begin := func() *history {
				h := a.begin(t)
				h.ask(days, workflows.UpdateRetry, by("finance"))
				h.ask(2*days, workflows.UpdateRetry, by("finance"))
				return h
			}

			result := survive[workflows.WithdrawalResult](begin, workflows.Withdrawal, input)

			require.Equal(t, int64(50_000), result.SentMinor)
			require.Equal(t, 1, a.effects("refund.applied"))
			a.requireBalance(t, 10_000, 0)
		})
	}
}
