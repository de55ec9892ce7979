package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/workflows"
)

func TestBankPayoutCancelledByHand(t *testing.T) {
	t.Parallel()

	t.Run("is no refusal of the bank, and is sent again after a day", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, goodBank)
		h := p.begin(t)
		h.at(time.Minute, func() {
			p.call(t, "POST", "/v1/payouts/"+p.onRecord(t).BankPayoutID+"/cancel", p.creator.account, "application/x-www-form-urlencoded", "")
			h.SignalWorkflow(workflows.SignalStripeChanged, nil)
		})
		parked := p.look(h, hour)

		p.pay(h)

		requireParked(t, parked, payout.BankPayoutCanceled)
		require.Equal(t, "canceled", parked.FailureCode)
		require.Equal(t, 2, p.effects("payout.applied"))
		p.requirePaidOnce(t)
	})

	t.Run("is sent again at once when a person retries", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, goodBank)
		h := p.begin(t)
		h.at(time.Minute, func() {
			p.call(t, "POST", "/v1/payouts/"+p.onRecord(t).BankPayoutID+"/cancel", p.creator.account, "application/x-www-form-urlencoded", "")
			h.SignalWorkflow(workflows.SignalStripeChanged, nil)
		})
		retry := h.ask(hour, workflows.UpdateRetry, operator())
		sent := p.look(h, hour+time.Minute)

		p.pay(h)

		require.NoError(t, retry.rejected)
		require.Equal(t, payout.PayingOut, sent.Status)
		p.requirePaidOnce(t)
	})
}

func TestAccountLeaves(t *testing.T) {
	t.Parallel()

	t.Run("after the bank payout needs attention within two days, and refuses a cancellation with the way out", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, goodBank)
		h := p.begin(t)
		h.at(hour, func() { p.control(t, "/accounts/"+p.creator.account+"/deauthorize", "{}") })
		parked := p.look(h, 3*days)
		cancel := h.ask(3*days, workflows.UpdateCancel, operator())
		retry := h.ask(4*days, workflows.UpdateRetry, operator())
		h.at(20*days, func() { h.CancelWorkflow() })
		h.SetWorkflowRunTimeout(40 * days)

		h.ExecuteWorkflow(workflows.CreatorPayout, p.input)

		requireParked(t, parked, payout.BankPayoutUnread)
		require.Equal(t, "bank_payout_alive", fault.CodeOf(cancel.rejected))
		require.Contains(t, cancel.rejected.Error(), "settle the payout outside")
		require.NoError(t, retry.rejected)
		p.requireBooksInOrder(t)
	})

	t.Run("after it was paid ends the payout when the return window is over", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, goodBank)
		h := p.begin(t)
		h.at(3*days, func() { p.control(t, "/accounts/"+p.creator.account+"/deauthorize", "{}") })

		result := p.pay(h)

		require.Equal(t, payout.Paid, result.Status)
		require.Less(t, h.Now().Sub(start), 12*days)
		require.Equal(t, payout.Paid, p.onRecord(t).Status)
	})

	t.Run("before the bank payout is its own reason, and the money comes back after the deadline", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, goodBank)
		h := p.begin(t)
		p.script(t, faults.Rule{Path: "/v1/payouts", Method: "POST", Count: faults.Forever, Action: faults.Refuse, Status: 403, Code: "account_invalid"})
		parked := p.look(h, 2*days)
		counts := h.countActivities()

		result := p.pay(h)

		require.Less(t, counts["CreateBankPayout"], 50) // the account looks fine, and every try is refused
		requireParked(t, parked, payout.AccountDisconnected)
		require.Equal(t, payout.Returned, result.Status)
		p.requireGivenBack(t, payout.Returned)
	})
}

func TestEndedPayout(t *testing.T) {
	t.Parallel()

	t.Run("begins again when the bank returns the money after the window, and pays to another bank account", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, goodBank)
		first := p.pay(p.begin(t))
		p.control(t, "/payouts/"+first.BankPayoutID+"/fail", `{"failure_code":"account_closed"}`)
		h := p.begin(t)
		parked := p.look(h, hour)
		h.at(days, func() {
			p.replaceBank(t, p.creator.account, goodBank)
			h.SignalWorkflow(workflows.SignalBankAccountChanged, nil)
		})

		second := p.pay(h)

		requireParked(t, parked, payout.BankAccountRejected)
		require.Equal(t, payout.Paid, second.Status)
		require.NotEqual(t, first.BankPayoutID, second.BankPayoutID)
		require.Equal(t, 1, p.effects("transfer.applied"))
		p.requireAt(t, 0, 0, 0)
	})

	t.Run("begins again in vain without waiting for the window once more", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, goodBank)
		p.pay(p.begin(t))
		h := p.begin(t)
		began := h.Now()

		p.pay(h)

		require.Less(t, h.Now().Sub(began), hour)
		p.requirePaidOnce(t)
	})
}

func TestRefusalsOfABankPayout(t *testing.T) {
	t.Parallel()

	t.Run("because it is too small gives the money back for the next run", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, goodBank)
		h := p.begin(t)
		p.script(t, faults.Rule{Path: "/v1/payouts", Method: "POST", Count: faults.Forever, Action: faults.Refuse, Status: 400, Code: "amount_too_small"})

		result := p.pay(h)

		require.Equal(t, payout.Cancelled, result.Status)
		require.Less(t, h.Now().Sub(start), hour)
		p.requireGivenBack(t, payout.Cancelled)
	})

	t.Run("keep what Stripe said with the attempt", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, goodBank)
		h := p.begin(t)
		p.script(t, faults.Rule{Path: "/v1/transfers", Method: "POST", Action: faults.Refuse, Status: 400, Code: "parameter_unknown"})
		parked := p.look(h, hour)
		h.ask(2*hour, workflows.UpdateRetry, operator())

		p.pay(h)

		requireParked(t, parked, payout.RefusedByStripe)
		require.Equal(t, "parameter_unknown", parked.Attempts[0].Remark.Code)
		require.NotEmpty(t, parked.Attempts[0].Remark.Type)
		p.requirePaidOnce(t)
	})
}
