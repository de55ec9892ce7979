package workflows_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/devstack/simulators/faults"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/workflows"
)

// The event that says that a bank account was replaced is lost in all of these.
func TestBankAccountReplacedWithoutAnEvent(t *testing.T) {
	t.Parallel()

	t.Run("is noticed, and the payout continues once", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, noAccount)
		h := p.begin(t)
		waiting := p.look(h, 5*days)
		h.at(5*days, func() { p.replaceBank(t, p.creator.account, goodBank) })
		sent := p.look(h, 7*days)

		result := p.pay(h)

		requireParked(t, waiting, payout.BankAccountRejected)
		require.Len(t, waiting.Attempts, 2)
		require.NotEqual(t, payout.NeedsAttention, sent.Status)
		require.Equal(t, payout.Paid, result.Status)
		require.Equal(t, 2, p.effects("payout.applied"))
		p.requirePaidOnce(t)
	})

	t.Run("by the same one with a new id is tried as well, once", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, noAccount)
		h := p.begin(t)
		h.at(5*days, func() { p.replaceBank(t, p.creator.account, noAccount) })
		parked := p.look(h, 29*days)

		p.pay(h)

		requireParked(t, parked, payout.BankAccountRejected)
		require.Equal(t, 2, p.effects("payout.failed"))
		p.requireGivenBack(t, payout.Returned)
	})

	t.Run("is none if another one was added that is not the default", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, noAccount)
		h := p.begin(t)
		h.at(5*days, func() { p.post(t, "/v1/accounts/"+p.creator.account+"/external_accounts", bankForm(goodBank)) })

		p.pay(h)

		require.Equal(t, 1, p.effects("payout.applied"))
		p.requireGivenBack(t, payout.Returned)
	})

	t.Run("is noticed by a later history, which has the rejected one from the books", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, noAccount)
		p.continueAt(t, 5*hour+2*days)

		h := p.begin(t)
		waiting := p.look(h, 3*days)
		h.at(3*days, func() { p.replaceBank(t, p.creator.account, goodBank) })
		p.pay(h)

		requireParked(t, waiting, payout.BankAccountRejected)
		require.Len(t, waiting.Attempts, 2)
		require.Equal(t, 2, p.effects("payout.applied"))
		p.requirePaidOnce(t)
	})

	t.Run("is noticed although Stripe does not answer for a while", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, noAccount)
		h := p.begin(t)
		h.at(5*days, func() {
			p.replaceBank(t, p.creator.account, goodBank)
			p.script(t, faults.Rule{Method: http.MethodGet, Path: "/v1/accounts/*", Action: faults.ServerError, Count: 6})
		})

		p.pay(h)

		p.requirePaidOnce(t)
	})

	t.Run("waits for the event or a person if the rejected one is not known", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, noAccount)
		p.continueAt(t, 5*hour+2*days)
		p.disturb(t, "UPDATE payout_attempts SET bank_account = NULL WHERE payout_id = $1", p.payoutID)

		h := p.begin(t)
		h.at(days, func() { p.replaceBank(t, p.creator.account, goodBank) })
		waiting := p.look(h, 8*days)
		h.at(8*days, func() { h.SignalWorkflow(workflows.SignalBankAccountChanged, nil) })
		p.pay(h)

		requireParked(t, waiting, payout.BankAccountRejected)
		p.requirePaidOnce(t)
	})

	t.Run("is noticed after Stripe refused to send to the old one at all", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, goodBank)
		p.script(t, faults.Rule{Method: http.MethodPost, Path: "/v1/payouts", Action: faults.Refuse, Status: http.StatusBadRequest, Code: "bank_account_unusable"})
		h := p.begin(t)
		waiting := p.look(h, 5*days)
		h.at(5*days, func() { p.replaceBank(t, p.creator.account, goodBank) })

		p.pay(h)

		requireParked(t, waiting, payout.BankAccountRejected)
		require.Len(t, waiting.Attempts, 2, "it is not sent to the same one again")
		require.Equal(t, 1, p.effects("payout.applied"))
		p.requirePaidOnce(t)
	})

	t.Run("is noticed for a payout that was converted, in the currency that it became", func(t *testing.T) {
		t.Parallel()
		p := setupConverted(t, noAccount)
		h := p.begin(t)
		waiting := p.look(h, 5*days)
		h.at(5*days, func() { p.bankAbroad(t, goodBank) })

		result := p.pay(h)

		requireParked(t, waiting, payout.BankAccountRejected)
		require.Equal(t, payout.Paid, result.Status)
		require.Equal(t, 2, p.effects("payout.applied"))
	})
}

// continueAt runs a first history until it continues as new.
func (p *payable) continueAt(t *testing.T, d time.Duration) {
	t.Helper()
	h := p.begin(t)
	h.at(d, func() {
		h.SetContinueAsNewSuggested(true)
		h.SignalWorkflow(workflows.SignalStripeChanged, nil)
	})
	h.ExecuteWorkflow(workflows.CreatorPayout, p.input)
	var next *workflow.ContinueAsNewError
	require.ErrorAs(t, h.GetWorkflowError(), &next)
	carryOver(t, next, &p.input)
}
