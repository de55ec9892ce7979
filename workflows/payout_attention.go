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
		p.waitsFor, p.looks, p.heeded, p.failedLooks, p.hasNews = why.reason, 0, 0, 0, false
	}
	p.lookedAt = workflow.Now(ctx)
	for {
		wait, isDeadline := p.nextCheck(ctx, p.mode.parked)
		p.sleep(ctx, wait, "Wait for a person, or until the cause is gone: "+string(p.mode.parked.reason))
		now := workflow.Now(ctx)
		switch {
		case p.checkCancel() != nil:
			return errCancelled
		case p.request != nil && p.request.action == command.Cancel && p.mode.kind != returning:
			p.takeRequest()
			return errCancelled
		case p.request != nil:
			p.waitsFor = payout.NoReason // a person has acted, so the waits begin again
			return nil
		case isDeadline && !now.Before(p.mode.parked.deadline):
			return errReturned
		}
		if err := p.checkSettled(ctx); err != nil {
			return err
		}
		said := p.takeSignals(p.mode.parked.reason)
		if said == solved {
			return nil
		}
		p.hasNews = p.hasNews || said != noNews
		isDue := p.isDue(now, p.lookInterval(p.mode.parked.reason))
		if isDue {
			if err := p.readSettled(ctx); err != nil && !unanswered(err) {
				return err
			}
		}
		if isDue || said == matters || p.hasNews && p.isDue(now, p.newsInterval()) {
			if gone, err := p.look(ctx, isDue); err != nil || gone {
				return err
			}
		}
		if p.continueAsNew(ctx) {
			return errContinueAsNew
		}
	}
}

// look reads whether the cause is gone.
func (p *creatorPayout) look(ctx workflow.Context, isDue bool) (gone bool, err error) {
	p.looks++
	if p.hasNews {
		p.heeded++
	}
	why := *p.mode.parked
	p.lookFailed = false
	gone, err = p.isGone(ctx, &why, isDue)
	p.lookedAt = workflow.Now(ctx)
	if p.lookFailed { // what was reported is not read yet
		p.failedLooks++
	} else {
		p.failedLooks, p.hasNews = 0, false
	}
	return gone, err
}

// isDue reports whether an interval has passed since the last look.
func (p *creatorPayout) isDue(now time.Time, interval time.Duration) bool {
	return now.Sub(p.lookedAt) >= interval
}

// lookInterval returns how long after the last look the next one comes, without an event. It
// grows. It is the longest one at once where a person has acted on purpose. Where only a person can help,
// the look reads whether people have settled the payout.
func (p *creatorPayout) lookInterval(reason payout.Reason) time.Duration {
	switch {
	case reason == payout.ConnectedBalance && p.availableIn(p.lookedAt) > 0:
		return p.availableIn(p.lookedAt)
	case reason == payout.BankPayoutCanceled:
		return max(p.Policy.PollInterval, p.Policy.PollIntervalMax).Std()
	case reason == payout.PayoutsPaused, reason == payout.CreatorFrozen, reason == payout.AccountBusy:
		return min(p.Policy.NextPoll(p.looks), booksIntervalMax) // only the books are read
	case reason == payout.PlatformBalance:
		return p.Policy.NextPoll(p.looks) // no event says that it was filled up
	}
	return p.Policy.NextLook(p.looks)
}

// newsInterval returns how long after the last look an event that may matter causes another one. The
// first event does at once. If Stripe did not answer that look, another one follows soon. An account
// has events every day that change nothing for the payout, so later events wait as looks do.
func (p *creatorPayout) newsInterval() time.Duration {
	switch {
	case p.failedLooks > 0:
		return p.Policy.NextLook(p.failedLooks - 1)
	case p.heeded == 0:
		return 0
	}
	return p.Policy.NextLook(p.heeded - 1)
}

// checkSettled returns the fault that ends this history if a person has settled the payout in
// the books.
func (p *creatorPayout) checkSettled(ctx workflow.Context) error {
	if !p.consume(SignalBooksChanged) {
		return nil
	}
	return p.readSettled(ctx)
}

// readSettled is checkSettled without a signal, which may be lost.
func (p *creatorPayout) readSettled(ctx workflow.Context) error {
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

// nextCheck returns how long to wait until the cause may be gone or the deadline is over.
func (p *creatorPayout) nextCheck(ctx workflow.Context, why *parking) (wait time.Duration, isDeadline bool) {
	now, interval := workflow.Now(ctx), p.lookInterval(why.reason)
	if p.hasNews {
		interval = min(interval, p.newsInterval())
	}
	wait = max(0, interval-now.Sub(p.lookedAt))
	if why.deadline.IsZero() {
		return wait, false
	}
	if left := max(0, why.deadline.Sub(now)); left <= wait {
		return left, true
	}
	return wait, false
}

// booksIntervalMax bounds the wait for something that only the books say.
const booksIntervalMax = time.Hour

// news is what the signals since the last look mean for a payout that needs attention.
type news int

const (
	noNews    news = iota
	mayMatter      // such events come often, and most change nothing
	matters        // an object of the payout, or what the account can do, has changed: it is read at once
	solved         // the cause is gone
)

// takeSignals returns the most that a signal says. It takes every signal, so that an old one does
// not end a later wait.
func (p *creatorPayout) takeSignals(reason payout.Reason) news {
	bankAccount, account := p.consume(SignalBankAccountChanged), p.consume(SignalAccountChanged)
	accountEvent, stripe := p.consume(SignalAccountEvent), p.consume(SignalStripeChanged)
	waitsForBank := reason == payout.BankAccountRejected || reason == payout.BankAccountMissing && p.transferID != ""
	switch {
	case bankAccount && waitsForBank:
		return solved
	case stripe, account && !waitsForBank:
		return matters
	case (bankAccount || accountEvent) && !waitsForBank:
		return mayMatter
	}
	return noNews
}
