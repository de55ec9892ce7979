package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
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
		if paid && !p.returnedByBank(ctx) {
			return nil
		}
		if err := p.bankFailed(ctx); err != nil {
			return err
		}
	}
}

// awaitBank waits for the bank's answer, by webhook or by asking, and reports whether the
// payout is paid. It cannot be cancelled before that.
func (p *creatorPayout) awaitBank(ctx workflow.Context) (paid bool, err error) {
	p.setStatus(ctx, payout.PayingOut)
	for {
		switch p.checkBank(ctx) {
		case rail.BankPayoutFailed:
			return false, nil
		case rail.BankPayoutPaid:
			if err := record(ctx, "Book the bank payout", activities.RecordBankPayoutPaid, p.outcome(ctx, p.bankIntent, activities.Found{ID: p.bankPayout.ID})); err != nil {
				return false, err
			}
			p.setStatus(ctx, payout.Paid)
			return true, nil
		}
		p.sleep(ctx, p.Policy.PollInterval.Std(), "Wait for the bank, or until Stripe is asked again")
		if p.checkCancel() == nil && p.continueAsNew(ctx) { // a new history does not know of a cancellation
			return false, errContinueAsNew
		}
		p.consume(SignalStripeChanged)
	}
}

// checkBank returns paid, failed or pending. A cancelled bank payout counts as failed, and one
// that cannot be read as pending.
func (p *creatorPayout) checkBank(ctx workflow.Context) rail.BankPayoutStatus {
	seen, err := do(ctx, railRead, "Check the bank payout", activities.GetBankPayout, activities.BankPayoutOf{Account: p.frozen.Account, BankPayoutID: p.bankPayout.ID})
	if err != nil {
		workflow.GetLogger(ctx).Warn("bank payout cannot be read", "error", err)
		return rail.BankPayoutPending
	}
	p.bankPayout = seen
	switch seen.Status {
	case rail.BankPayoutPaid:
		return rail.BankPayoutPaid
	case rail.BankPayoutFailed, rail.BankPayoutCanceled:
		return rail.BankPayoutFailed
	}
	return rail.BankPayoutPending
}

// returnedByBank waits while the bank may still return a paid payout. It checks once more at
// the end, because a webhook may be lost.
func (p *creatorPayout) returnedByBank(ctx workflow.Context) bool {
	until := workflow.Now(ctx).Add(p.Policy.ReturnWindow.Std())
	for {
		left := until.Sub(workflow.Now(ctx))
		if left > 0 {
			p.sleep(ctx, left, "Wait while the bank may still return the payout")
		}
		p.consume(SignalStripeChanged)
		over := !workflow.Now(ctx).Before(until)
		switch p.checkBank(ctx) {
		case rail.BankPayoutFailed:
			return true
		case rail.BankPayoutPaid:
			if over {
				return false
			}
		default:
			if over {
				until = workflow.Now(ctx).Add(p.Policy.PollInterval.Std())
			}
		}
	}
}

// bankFailed books the failure, and waits for another bank account or for the deadline.
func (p *creatorPayout) bankFailed(ctx workflow.Context) error {
	failed := p.bankPayout
	if err := record(ctx, "Book the failed bank payout: "+failed.FailureCode, activities.RecordBankPayoutFailed, p.outcome(ctx, p.bankIntent, failed)); err != nil {
		return err
	}
	err := p.park(ctx, parking{reason: payout.BankAccountRejected, code: failed.FailureCode, deadline: p.returnBy(ctx)})
	p.takeRequest()
	return err
}

// returnBy returns when the money goes back to the creator's balance if no bank takes it. The
// first failure sets that deadline; later ones keep it. Zero means that there is none.
func (p *creatorPayout) returnBy(ctx workflow.Context) time.Time {
	if p.ReturnBy.IsZero() && p.Policy.ReturnDeadline > 0 {
		p.ReturnBy = workflow.Now(ctx).Add(p.Policy.ReturnDeadline.Std())
	}
	return p.ReturnBy
}
