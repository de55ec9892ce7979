package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/command"
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
	for {
		wait, isDeadline := p.nextCheck(ctx, why)
		timedOut := p.sleep(ctx, wait, "Wait for a person, or until the cause is gone: "+string(why.reason))
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
		case p.clearedBySignal(why.reason), timedOut:
			return nil
		}
		if p.continueAsNew(ctx) {
			return errContinueAsNew
		}
	}
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
	err := record(ctx, "Needs attention: "+string(why.reason), activities.ParkPayout, payout.Parking{
		PayoutID: p.PayoutID, Status: payout.NeedsAttention, Reason: why.reason, FailureCode: why.code,
	})
	if err != nil {
		return err
	}
	p.mode.parked.onRecord = true
	upsert(ctx, AttributePayoutStatus.ValueSet(string(payout.NeedsAttention)))
	detail := why.reason.Advice()
	if why.code != "" {
		detail += "\n\nCode: " + why.code
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
	upsert(ctx, AttributePayoutStatus.ValueSet(string(p.status)))
	clearAttention(ctx)
	p.describe(ctx)
	return nil
}

// nextCheck returns how long to wait until the cause may be gone or the deadline is over.
func (p *creatorPayout) nextCheck(ctx workflow.Context, why parking) (wait time.Duration, isDeadline bool) {
	wait = forever
	if why.reason.ClearsByItself() {
		wait = p.Policy.PollInterval.Std()
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

// clearedBySignal reports whether a signal arrived that may mean the end of the cause. It takes
// every signal, so that an old one does not end a later wait.
func (p *creatorPayout) clearedBySignal(reason payout.Reason) bool {
	bankAccount, account, stripe := p.consume(SignalBankAccountChanged), p.consume(SignalAccountChanged), p.consume(SignalStripeChanged)
	if reason == payout.BankAccountRejected {
		return bankAccount
	}
	return reason.ClearsByItself() && (bankAccount || account || stripe)
}
