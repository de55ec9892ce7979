package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/rail"
)

// payBank moves the money from the connected account to the bank. A bank payout that fails
// leaves it on the connected balance. It is sent again when there is another bank account, and
// goes back to the creator's available balance after the deadline.
func (p *creatorPayout) payBank(ctx workflow.Context) error {
	for {
		if err := p.perform(ctx, payout.BankPayout); err != nil {
			return err
		}
		paid, err := p.awaitBank(ctx)
		if err != nil {
			return err
		}
		if paid {
			returned, err := p.returnedByBank(ctx)
			if err != nil || !returned {
				return err
			}
		}
		if err := p.bankFailed(ctx); err != nil {
			return err
		}
	}
}

// awaitBank waits for the bank's answer, by webhook or by asking, and reports whether the
// payout is paid. It cannot be cancelled before that. A bank that does not answer, or a bank
// payout that cannot be read, puts the payout on the needs-attention list. It keeps asking.
func (p *creatorPayout) awaitBank(ctx workflow.Context) (paid bool, err error) {
	p.setStatus(ctx, payout.PayingOut)
	isKnown := p.bankPayout.Status == rail.BankPayoutPending || p.bankPayout.Status == rail.BankPayoutInTransit
	for polls := 0; ; isKnown = false {
		if !isKnown { // by the answer to its creation
			p.checkBank(ctx)
		}
		switch p.bankStatus() {
		case rail.BankPayoutFailed, rail.BankPayoutCanceled:
			return false, p.unpark(ctx)
		case rail.BankPayoutPaid:
			return true, p.bankPaid(ctx)
		}
		if err := p.showWait(ctx); err != nil {
			return false, err
		}
		now := workflow.Now(ctx)
		if err := p.sleepForBank(ctx, p.Policy.NextBankPoll(p.bankPayout.ArrivalDate, now, polls)); err != nil {
			return false, err
		}
		if !p.bankPayout.ArrivalDate.After(now) {
			polls++
		}
		p.takeRequest() // a retry asks the rail now, and resolve names what is known
		p.named = rail.NamedObject{}
	}
}

// sleepForBank waits until the bank payout has to be read: because time has passed, Stripe has
// reported a change of it, or a person has asked. Events of the account say nothing about it.
func (p *creatorPayout) sleepForBank(ctx workflow.Context, wait time.Duration) error {
	until := workflow.Now(ctx).Add(wait)
	for {
		p.sleep(ctx, max(0, until.Sub(workflow.Now(ctx))), "Wait for the bank, or until Stripe is asked again")
		isNews := p.consume(SignalStripeChanged)
		p.consume(SignalAccountChanged)
		p.consume(SignalAccountEvent)
		p.consume(SignalBankAccountChanged)
		if err := p.checkSettled(ctx); err != nil {
			return err
		}
		if p.continueAsNew(ctx) {
			return errContinueAsNew
		}
		isDue := !workflow.Now(ctx).Before(until)
		if isDue && p.mode.parked != nil {
			if err := p.readSettled(ctx); err != nil && !unanswered(err) {
				return err
			}
		}
		if isNews || p.request != nil || isDue {
			return nil
		}
	}
}

func (p *creatorPayout) bankPaid(ctx workflow.Context) error {
	if err := localRecord(ctx, "Book the bank payout", activities.RecordBankPayoutPaid, p.outcome(ctx, p.bankIntent, activities.Found{ID: p.bankPayout.ID})); err != nil {
		return err
	}
	if p.frozen.PaidAt.IsZero() {
		p.frozen.PaidAt = workflow.Now(ctx)
	}
	p.setStatus(ctx, payout.Paid) // first, because a parked payout resumes with its status
	return p.unpark(ctx)
}

// showWait puts the payout on the needs-attention list if the bank payout is late or has been
// unreadable for long, and takes it off when it is neither.
func (p *creatorPayout) showWait(ctx workflow.Context) error {
	now := workflow.Now(ctx)
	var why parking
	switch {
	case !p.UnreadSince.IsZero() && now.Sub(p.UnreadSince) >= p.Policy.UnreadableAfter.Std():
		why = parking{reason: payout.BankPayoutUnread, code: fault.CodeOf(p.unread), remark: fault.RemarkOf(p.unread)}
	case p.UnreadSince.IsZero() && p.Policy.IsLate(p.bankPayout.ArrivalDate, now):
		why = parking{reason: payout.BankPayoutLate}
	case !p.UnreadSince.IsZero():
		return nil
	default:
		return p.unpark(ctx)
	}
	return p.showParked(ctx, why)
}

// bankStatus returns how far the bank payout has come, by the last look. One that could not be
// read counts as pending.
func (p *creatorPayout) bankStatus() rail.BankPayoutStatus {
	if !p.UnreadSince.IsZero() {
		return rail.BankPayoutPending
	}
	return p.bankPayout.Status
}

// checkBank reads the bank payout.
func (p *creatorPayout) checkBank(ctx workflow.Context) {
	seen, err := do(ctx, p.reading(), "Check the bank payout", activities.GetBankPayout, activities.BankPayoutOf{Account: p.frozen.Account, BankPayoutID: p.bankPayout.ID})
	if p.unread = err; err != nil {
		workflow.GetLogger(ctx).Warn("bank payout cannot be read", "error", err)
		if p.UnreadSince.IsZero() {
			p.UnreadSince = workflow.Now(ctx)
		}
		return
	}
	p.UnreadSince, p.bankPayout = time.Time{}, seen
}

// returnedByBank waits while the bank may still return a paid payout, and reports whether it
// did. It checks once more at the end, because a webhook may be lost. If the bank payout cannot
// be read then, the wait ends after a while without another reading: reconciliation starts the
// payout again if the bank returns it later.
func (p *creatorPayout) returnedByBank(ctx workflow.Context) (bool, error) {
	until := p.frozen.PaidAt.Add(p.Policy.ReturnWindow.Std())
	for polls := 0; ; {
		left := until.Sub(workflow.Now(ctx))
		if left > 0 {
			p.sleep(ctx, left, "Wait while the bank may still return the payout")
		}
		p.consume(SignalStripeChanged)
		if err := p.checkSettled(ctx); err != nil {
			return false, err
		}
		isOver := !workflow.Now(ctx).Before(until)
		p.checkBank(ctx)
		switch p.bankStatus() {
		case rail.BankPayoutFailed, rail.BankPayoutCanceled:
			return true, nil
		case rail.BankPayoutPaid:
			if isOver {
				return false, nil
			}
		default:
			if isOver && workflow.Now(ctx).Sub(until) >= p.Policy.UnreadableAfter.Std() {
				return false, nil
			}
			if isOver {
				p.sleep(ctx, p.Policy.NextPoll(polls), "Wait until the bank payout can be read")
				polls++
			}
		}
		if p.continueAsNew(ctx) {
			return false, errContinueAsNew
		}
	}
}

// cancelledCode is the failure code of a bank payout that a person has cancelled at the
// processor. No bank has refused it.
const cancelledCode = "canceled"

// bankFailed books the failure, and waits for another bank account or for the deadline.
func (p *creatorPayout) bankFailed(ctx workflow.Context) error {
	failed, reason := p.bankPayout, payout.BankAccountRejected
	if failed.Status == rail.BankPayoutCanceled {
		failed.FailureCode, reason = cancelledCode, payout.BankPayoutCanceled
	}
	if err := record(ctx, "Book the failed bank payout: "+failed.FailureCode, activities.RecordBankPayoutFailed, p.outcome(ctx, p.bankIntent, failed)); err != nil {
		return err
	}
	p.frozen.PaidAt, p.frozen.RejectedBank = time.Time{}, failed.BankAccount
	if p.bankIntent.Method == payout.Instant {
		p.fellBack(failed.FailureCode) // the books have returned the fee
	}
	if p.cancellation.postponed {
		return errCancelled
	}
	err := p.park(ctx, parking{reason: reason, code: failed.FailureCode, deadline: p.returnBy(ctx, reason)})
	p.takeRequest()
	return err
}

// returnBy returns when the money goes back to the creator's balance if it cannot be paid out
// for this reason. The first such reason sets that deadline; later ones keep it. Zero means
// that there is none.
func (p *creatorPayout) returnBy(ctx workflow.Context, reason payout.Reason) time.Time {
	if !reason.Returns() {
		return time.Time{}
	}
	if p.ReturnBy.IsZero() && p.Policy.ReturnDeadline > 0 {
		p.ReturnBy = workflow.Now(ctx).Add(p.Policy.ReturnDeadline.Std())
	}
	return p.ReturnBy
}
