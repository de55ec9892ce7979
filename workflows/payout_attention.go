package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/command"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
)

// park waits on the needs-attention list until a person decides, or until the cause may be
// gone. It returns nil to try again, and otherwise errCancelled or errReturned.
func (p *creatorPayout) park(ctx workflow.Context, why parking) error {
	if err := p.checkCancel(); err != nil {
		return err
	}
	if err := p.showParked(ctx, why); err != nil {
		return err
	}
	if p.waitsFor != why.reason {
		p.waitsFor, p.looks = why.reason, 0
	}
	for ; ; p.looks++ {
		wait, isDeadline := p.nextCheck(ctx, p.mode.parked)
		timedOut := p.sleep(ctx, wait, "Wait for a person, or until the cause is gone: "+string(p.mode.parked.reason))
		switch {
		case p.checkCancel() != nil:
			return errCancelled
		case p.request != nil && p.request.action == command.Cancel && p.mode.kind != returning:
			p.takeRequest()
			return errCancelled
		case p.request != nil:
			return nil
		case timedOut && isDeadline:
			return errReturned
		}
		if err := p.checkSettled(ctx); err != nil {
			return err
		}
		hasNews, isSolved := p.takeSignals(p.mode.parked.reason)
		if isSolved {
			return nil
		}
		if timedOut || hasNews {
			why := *p.mode.parked
			if gone, err := p.isGone(ctx, &why); err != nil || gone {
				p.looks++
				return err
			}
		}
		if p.continueAsNew(ctx) {
			return errContinueAsNew
		}
	}
}

// checkSettled returns the fault that ends this history if a person has settled the payout in
// the books.
func (p *creatorPayout) checkSettled(ctx workflow.Context) error {
	if !p.consume(SignalBooksChanged) {
		return nil
	}
	reservation, err := p.readReservation(ctx)
	if err == nil && reservation.Payout.Status.Ended() {
		return fault.New(fault.Conflict, payoutEnded, "the payout is %s", reservation.Payout.Status)
	}
	return err
}

// showParked puts the payout on the list. The same reason again changes nothing, because a
// payout may try many times before the cause is gone.
func (p *creatorPayout) showParked(ctx workflow.Context, why parking) error {
	shown := p.mode.parked
	if shown != nil && shown.onRecord && shown.reason == why.reason && shown.code == why.code {
		return nil
	}
	// The mode changes first: a person may read the books and send an update at once.
	p.mode.parked = &why
	p.mode.parked.onRecord = false
	err := record(ctx, "Needs attention: "+string(why.reason), activities.ParkPayout, payout.Parking{
		PayoutID: p.PayoutID, Status: payout.NeedsAttention, Reason: why.reason, FailureCode: why.code,
	})
	if err != nil {
		return err
	}
	p.mode.parked.onRecord = true
	p.showStatus(ctx, payout.NeedsAttention)
	detail := why.reason.Advice()
	if why.code != "" {
		detail += "\n\nCode: " + why.code
	}
	if said := why.remark.String(); said != "" {
		detail += "\n\nThe payment processor said: " + said
	}
	if !why.deadline.IsZero() {
		detail += "\n\nIf nothing is done, the money returns to the creator's balance on " + why.deadline.UTC().Format(time.RFC1123) + "."
	}
	showAttention(ctx, attention{
		Reason: string(why.reason), Detail: detail,
		Commands: []string{names.UpdateLine(names.Payout(p.PayoutID), UpdateRetry), names.UpdateLine(names.Payout(p.PayoutID), UpdateCancel)},
	})
	return nil
}

// unpark takes the payout off the list, back to the status that it works in.
func (p *creatorPayout) unpark(ctx workflow.Context) error {
	if p.mode.parked == nil {
		return nil
	}
	err := record(ctx, "Resume", activities.ParkPayout, payout.Parking{PayoutID: p.PayoutID, Status: p.status})
	if err != nil {
		return err
	}
	p.mode.parked, p.request = nil, nil
	p.showStatus(ctx, p.status)
	clearAttention(ctx)
	p.describe(ctx)
	return nil
}

// nextCheck returns how long to wait until the cause may be gone or the deadline is over. The
// wait grows. It is the longest one at once where a person has acted on purpose.
func (p *creatorPayout) nextCheck(ctx workflow.Context, why *parking) (wait time.Duration, isDeadline bool) {
	switch {
	case why.reason == payout.BankPayoutCanceled:
		wait = max(p.Policy.PollInterval, p.Policy.PollIntervalMax).Std()
	case why.reason.ClearsByItself() || p.transferID != "":
		wait = p.Policy.NextPoll(p.looks)
	default:
		wait = forever
	}
	if why.deadline.IsZero() {
		return wait, false
	}
	left := max(0, why.deadline.Sub(workflow.Now(ctx)))
	if wait == forever || left <= wait {
		return left, true
	}
	return wait, false
}

// takeSignals reports whether a signal says that the rail must be read again, and whether one
// says that the cause is gone. It takes every signal, so that an old one does not end a later
// wait.
func (p *creatorPayout) takeSignals(reason payout.Reason) (hasNews, isSolved bool) {
	bankAccount, account, stripe := p.consume(SignalBankAccountChanged), p.consume(SignalAccountChanged), p.consume(SignalStripeChanged)
	if reason == payout.BankAccountRejected || reason == payout.BankAccountMissing && p.transferID != "" {
		return stripe, bankAccount
	}
	return bankAccount || account || stripe, false
}
