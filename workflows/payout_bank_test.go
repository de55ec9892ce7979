package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/workflows"
)

const days = 24 * time.Hour

func TestBankPayoutFails(t *testing.T) {
	t.Parallel()

	t.Run("parks with the money on the connected account, and a retry pays to the new bank account once", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, noAccount)
		h := p.begin(t)
		parked := p.look(h, 2*days)
		h.at(3*days, func() { p.requireAt(t, 0, 0, earnedMinor) })
		h.at(4*days, func() { p.replaceBank(t, p.creator.account, goodBank) })
		retry := h.ask(4*days+time.Minute, workflows.UpdateRetry, operator())

		p.pay(h)

		requireParked(t, parked, payout.BankAccountRejected)
		require.Equal(t, "no_account", parked.FailureCode)
		require.NoError(t, retry.rejected)
		require.Equal(t, 2, p.effects("payout.applied"))
		p.requirePaidOnce(t)
	})

	t.Run("continues when the bank account is replaced, and for no other event", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, noAccount)
		h := p.begin(t)
		h.at(2*days, func() { h.SignalWorkflow(workflows.SignalAccountChanged, nil) })
		h.at(3*days, func() { h.SignalWorkflow(workflows.SignalStripeChanged, nil) })
		waiting := p.look(h, 4*days)
		h.at(5*days, func() {
			p.replaceBank(t, p.creator.account, goodBank)
			h.SignalWorkflow(workflows.SignalBankAccountChanged, nil)
		})

		p.pay(h)

		requireParked(t, waiting, payout.BankAccountRejected)
		require.Len(t, waiting.Attempts, 2)
		p.requirePaidOnce(t)
	})

	t.Run("after it was paid is noticed in the return window", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, returning)
		h := p.begin(t)
		paid := p.look(h, 2*days)
		h.at(4*days, func() { h.SignalWorkflow(workflows.SignalStripeChanged, nil) })
		parked := p.look(h, 5*days)
		h.at(6*days, func() {
			p.replaceBank(t, p.creator.account, goodBank)
			h.SignalWorkflow(workflows.SignalBankAccountChanged, nil)
		})

		result := p.pay(h)

		require.Equal(t, payout.Paid, paid.Status)
		requireParked(t, parked, payout.BankAccountRejected)
		require.Equal(t, payout.Paid, result.Status)
		require.Equal(t, 1, p.effects("transfer.applied"))
		require.Equal(t, 1, p.effects("payout.failed"))
		require.Equal(t, 2, p.effects("payout.paid"))
		require.Zero(t, p.stripeAvailable(t, p.creator.account))
		p.requireAt(t, 0, 0, 0)
	})

	t.Run("after it was paid is noticed at the end of the window when no webhook came", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, returning)
		h := p.begin(t)
		parked := p.look(h, 9*days)
		h.ask(10*days, workflows.UpdateCancel, operator())

		p.pay(h)

		requireParked(t, parked, payout.BankAccountRejected)
		p.requireGivenBack(t, payout.Cancelled)
	})

	t.Run("returns the money to the creator's balance after the deadline", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, noAccount)
		h := p.begin(t)
		parked := p.look(h, 30*days)

		result := p.pay(h)

		requireParked(t, parked, payout.BankAccountRejected)
		require.Equal(t, payout.Returned, result.Status)
		require.Equal(t, 1, p.effects("reversal.applied"))
		p.requireGivenBack(t, payout.Returned)
	})

	t.Run("keeps its first deadline when another bank account fails too", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, noAccount)
		h := p.begin(t)
		h.ask(20*days, workflows.UpdateRetry, operator())

		p.pay(h)

		require.Equal(t, 2, p.effects("payout.failed"))
		require.Less(t, h.Now().Sub(start), 33*days)
		p.requireGivenBack(t, payout.Returned)
	})

	t.Run("can be paid by the next run once the money is back", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, noAccount)
		p.pay(p.begin(t))
		p.replaceBank(t, p.creator.account, goodBank)
		next, err := p.store.Payouts.OpenRun(t.Context(), names.PayoutRunID("2026-W09", 1), "2026-W09", p.clock.Now())
		require.NoError(t, err)
		p.input.RunID, p.payoutID = next, names.PayoutID(next, p.creator.id, "USD")
		p.input.PayoutID = p.payoutID

		result := p.pay(p.begin(t))

		require.Equal(t, payout.Paid, result.Status)
		require.Equal(t, 1, p.effects("payout.paid"))
		p.requireAt(t, 0, 0, 0)
	})

	t.Run("waits when the money is missing on the connected account", func(t *testing.T) {
		t.Parallel()
		p := setupPayout(t, goodBank)
		h := p.begin(t)
		h.during("RecordTransferred", func() { // another schedule took the transfer
			p.control(t, "/accounts/"+p.creator.account+"/adjust", `{"amount_minor":-5000,"currency":"usd"}`)
		})
		parked := p.look(h, hour)
		h.at(2*hour, func() {
			p.control(t, "/accounts/"+p.creator.account+"/adjust", `{"amount_minor":5000,"currency":"usd"}`)
		})

		p.pay(h)

		requireParked(t, parked, payout.ConnectedBalance)
		p.requirePaidOnce(t)
	})
}
