package workflows_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/devstack/simulators/stripe"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/workflows"
)

// A cancellation gives the creator the money back, at whatever point it is asked for.
func TestCancelledPayoutGivesTheMoneyBack(t *testing.T) {
	t.Parallel()

	// A person cancels by an update, an operator of the engine by its command line.
	person := func(h *history, d time.Duration) *answer { return h.ask(d, workflows.UpdateCancel, operator()) }
	commandLine := func(h *history, d time.Duration) *answer {
		h.at(d, h.CancelWorkflow)
		return &answer{}
	}

	for _, tc := range []struct {
		name   string
		bank   string
		parked bool // before the transfer, because the account is not verified
		cancel func(h *history, after time.Duration) *answer
		after  time.Duration
		moved  int // transfers that were made, and reversed
		within time.Duration
	}{
		{"before the transfer", goodBank, true, person, hour, 0, 2 * hour},
		{"before the transfer, from the CLI", goodBank, true, commandLine, 3 * days, 0, 4 * days},
		{"after the transfer", noAccount, false, person, 3 * days, 1, 4 * days},
		{"after the transfer, from the CLI", noAccount, false, commandLine, 3 * days, 1, 4 * days},
		{"from the CLI, once the bank payout that was under way has failed", noAccount, false, commandLine, hour, 1, 3 * days},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			p := setupPayout(t, tc.bank)
			if tc.parked {
				p.unverify(t)
			}
			h := p.begin(t)
			cancel := tc.cancel(h, tc.after)

			result := p.pay(h)

			require.NoError(t, cancel.rejected)
			require.Equal(t, payout.Cancelled, result.Status)
			require.Equal(t, tc.moved, p.effects("transfer.applied"))
			require.Equal(t, tc.moved, p.effects("reversal.applied"))
			require.Less(t, h.Now().Sub(start), tc.within)
			p.requireGivenBack(t, payout.Cancelled)
		})
	}

	for _, activity := range []string{"CheckAccount", "CreateTransfer", "RecordTransferred"} {
		t.Run("when it was accepted during "+activity, func(t *testing.T) {
			t.Parallel()
			p := setupPayout(t, goodBank)
			h, cancel := p.begin(t), &answer{}
			h.during(activity, func() { h.update(cancel, workflows.UpdateCancel, operator()) })

			p.pay(h)

			require.NoError(t, cancel.rejected)
			require.Zero(t, p.effects("payout.applied"))
			p.requireGivenBack(t, payout.Cancelled)
		})

		t.Run("from the CLI during "+activity, func(t *testing.T) {
			t.Parallel()
			p := setupPayout(t, goodBank)
			h := p.begin(t)
			h.during(activity, h.CancelWorkflow)

			p.pay(h)

			require.Zero(t, p.effects("payout.applied"))
			p.requireGivenBack(t, payout.Cancelled)
		})
	}
}

func TestCancelPayout(t *testing.T) {
	t.Parallel()

	t.Run("is refused while the bank payout is under way", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, goodBank)
		h := p.begin(t)
		underWay := h.ask(hour, workflows.UpdateCancel, operator())
		paid := h.ask(3*days, workflows.UpdateCancel, operator())
		retry := h.ask(3*days, workflows.UpdateRetry, operator())

		p.pay(h)

		require.Equal(t, "bank_payout_alive", fault.CodeOf(underWay.rejected))
		require.Equal(t, "bank_payout_alive", fault.CodeOf(paid.rejected))
		require.Equal(t, "not_parked", fault.CodeOf(retry.rejected))
		p.requirePaidOnce(t)
	})

	t.Run("from the CLI waits for a bank payout that is under way, which is paid", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, goodBank)
		h := p.begin(t)
		h.at(hour, h.CancelWorkflow)

		result := p.pay(h)

		require.Equal(t, payout.Paid, result.Status)
		p.requirePaidOnce(t)
	})

	t.Run("waits for the connected account's balance when it is gone", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, noAccount)
		h := p.begin(t)
		h.at(2*days, func() {
			p.control(t, "/accounts/"+p.creator.account+"/adjust", `{"amount_minor":-5000,"currency":"usd"}`)
		})
		h.ask(3*days, workflows.UpdateCancel, operator())
		parked := p.look(h, 4*days)
		h.at(5*days, func() {
			p.control(t, "/accounts/"+p.creator.account+"/adjust", `{"amount_minor":5000,"currency":"usd"}`)
		})
		h.ask(5*days+hour, workflows.UpdateRetry, operator())

		p.pay(h)

		requireParked(t, parked, payout.ReversalRefused)
		require.Equal(t, 1, p.effects("reversal.applied"))
		p.requireGivenBack(t, payout.Cancelled)
	})

	t.Run("is recorded with who asked and why", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, goodBank)
		p.control(t, "/accounts/"+stripe.PlatformID+"/adjust", `{"amount_minor":-100000,"currency":"usd"}`)
		h := p.begin(t)
		unnamed := h.ask(hour, workflows.UpdateCancel, workflows.Operator{Actor: "ann"})
		h.ask(2*hour, workflows.UpdateCancel, operator())

		p.pay(h)

		require.Equal(t, "operator_unnamed", fault.CodeOf(unnamed.rejected))
		p.requireAt(t, earnedMinor, 0, 0)
	})
}

// The books show nothing of a cancellation that waits for Stripe, so the workflow's input does.
func TestPayoutIsCancelledInTheNextHistory(t *testing.T) {
	t.Parallel()
	p := setupPayout(t, goodBank)
	p.script(t, faults.Rule{Method: http.MethodPost, Path: "/v1/transfers", Action: faults.ResetBefore, Count: faults.Forever})
	p.script(t, faults.Rule{Method: http.MethodGet, Path: "/v1/transfers", Action: faults.ServerError, Count: faults.Forever})
	h := p.begin(t)
	h.ask(2*hour, workflows.UpdateCancel, operator())
	h.at(3*days, func() {
		h.SetContinueAsNewSuggested(true)
		h.SignalWorkflow(workflows.SignalStripeChanged, nil)
	})

	h.ExecuteWorkflow(workflows.CreatorPayout, p.input)

	var next *workflow.ContinueAsNewError
	require.ErrorAs(t, h.GetWorkflowError(), &next)
	carryOver(t, next, &p.input)
	p.sim.Faults().Remove("")
	result := p.pay(p.begin(t))
	require.Equal(t, payout.Cancelled, result.Status)
	require.Zero(t, p.effects("transfer.applied"))
	p.requireGivenBack(t, payout.Cancelled)
}
