package workflows_test

import (
	"github.com/creditroll/creditroll/devstack/simulators/stripe"
	"github.com/creditroll/creditroll/domain/correction"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/workflows"
)

// attend is the person on duty. Every half day it reads the needs-attention list, and does what
// the runbook says at the reason.
func (d *driver) attend() {
	seen := d.onRecordNow()
	if seen.Status != payout.NeedsAttention {
		return
	}
	d.played = append(d.played, "attended to "+seen.AttentionReason+" "+seen.FailureCode)
	if d.settlesOutside(payout.Reason(seen.AttentionReason)) {
		return
	}
	switch payout.Reason(seen.AttentionReason) {
	case payout.AccountNotVerified, payout.PayoutsDisabled, payout.AccountDisabled:
		d.verify(d.t)
	case payout.AccountDisconnected, payout.BankPayoutUnread, payout.AccountUnreadable:
		d.reconnect()
	case payout.PlatformBalance:
		d.refill(stripe.PlatformID)
	case payout.ConnectedBalance, payout.ReversalRefused, payout.BalanceNegative:
		d.refill(d.creator.account)
	case payout.BankAccountRejected, payout.BankAccountMissing:
		d.bank(goodBank)
		d.signal(workflows.SignalBankAccountChanged)
		return
	case payout.BankPayoutLate:
		d.force("pay") // as Stripe's support does
	case payout.BankPayoutCanceled:
		return // continues by itself
	case payout.PartlyReversed, payout.AboveBankMaximum:
		d.sim.Faults().Remove("")
		d.h.update(&answer{}, workflows.UpdateCancel, operator())
		return
	}
	d.sim.Faults().Remove("")
	d.h.update(&answer{}, workflows.UpdateRetry, operator())
}

// settlesOutside has two people settle the payout outside, now and then where the creator may have
// the money although Stripe does not say so.
func (d *driver) settlesOutside(reason payout.Reason) bool {
	isSwept := reason == payout.ConnectedBalance && (d.outside || d.drained[d.creator.account] >= d.sentMinor()) && d.connected() == 0
	if !isSwept || !d.outside && d.random.IntN(2) == 0 {
		return false
	}
	d.note(settledOutside)
	d.outside = true
	d.drained[d.creator.account] = 0 // the creator has it
	d.settle(d.t, correction.PaidToCreator)
	d.signal(workflows.SignalBooksChanged)
	return true
}

func (d *driver) reconnect() {
	d.simulate("/accounts/"+d.creator.account+"/reconnect", "{}")
}

// calm ends everything that was done to the outside, as time and people do.
func (d *driver) calm() {
	d.sim.Faults().Remove("")
	d.simulate("/lists", `{"lag":"0s"}`)
	d.verify(d.t)
	d.reconnect()
	d.refill(stripe.PlatformID)
	d.refill(d.creator.account)
}
