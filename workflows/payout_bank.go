package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/rail"
)

// payBank is phase two: money from the connected account to the bank. A failed bank payout
// leaves it on the connected balance; with another bank account it is sent again, and after
// the deadline it goes back to the creator's available balance.
func (p *payoutRun) payBank(ctx workflow.Context) error {
	for {
		if err := p.perform(ctx, p.bankPhase(ctx)); err != nil {
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

func (p *payoutRun) bankPhase(ctx workflow.Context) phase {
	return phase{
		name: payout.BankPayout, status: payout.PayingOut,
		find: func(intent payout.Intent) (activities.Found, error) {
			return do(ctx, stripeRead, "Look whether the bank payout was made", activities.FindBankPayout, activities.PayoutGeneration{PayoutID: p.PayoutID, Generation: intent.Generation, Account: intent.Account})
		},
		send: func(intent payout.Intent, activityID string) (activities.Found, error) {
			return moveMoney(ctx, activityID, "Pay "+p.amount()+" out to the bank", activities.CreateBankPayout, bankPayoutRequest(intent))
		},
		record: func(intent payout.Intent, made activities.Found) error {
			if err := record(ctx, "Remember the bank payout", activities.RecordBankPayoutAccepted, p.settled(ctx, intent, activities.Found{ID: made.ID})); err != nil {
				return err
			}
			p.bankIntent, p.bankPayout = intent, activities.Found{Found: true, ID: made.ID}
			return nil
		},
	}
}

// awaitBank waits for the bank's word, by webhook or by asking, and reports whether it is
// paid. There is no way back from here until the bank has spoken.
func (p *payoutRun) awaitBank(ctx workflow.Context) (paid bool, err error) {
	p.setStatus(ctx, payout.PayingOut)
	for {
		if outcome := p.lookAtBank(ctx); outcome != rail.BankPayoutPending {
			if outcome == rail.BankPayoutFailed {
				return false, nil
			}
			if err := record(ctx, "Book the bank payout", activities.RecordBankPayoutPaid, p.settled(ctx, p.bankIntent, activities.Found{ID: p.bankPayout.ID})); err != nil {
				return false, err
			}
			p.setStatus(ctx, payout.Paid)
			return true, nil
		}
		p.sleep(ctx, p.Policy.PollInterval.Std(), "Until the bank answers, or Stripe is asked again")
		if p.noticeCancel() == nil && p.continueAsNew(ctx) { // a new history would not know of it
			return false, errContinueAsNew
		}
		p.consume(SignalStripeChanged)
	}
}

// lookAtBank returns paid, failed (or cancelled, which is the same to us) or pending: also
// for now not knowing.
func (p *payoutRun) lookAtBank(ctx workflow.Context) rail.BankPayoutStatus {
	seen, err := do(ctx, stripeRead, "Look where the bank payout stands", activities.GetBankPayout, activities.BankPayoutOf{Account: p.frozen.Account, BankPayoutID: p.bankPayout.ID})
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

// returnedByBank stays with a paid payout while the bank may still send it back, and looks
// once more at the end: a webhook may never have come.
func (p *payoutRun) returnedByBank(ctx workflow.Context) bool {
	until := workflow.Now(ctx).Add(p.Policy.ReturnWindow.Std())
	for {
		left := until.Sub(workflow.Now(ctx))
		if left > 0 {
			p.sleep(ctx, left, "While the bank may still return the payout")
		}
		p.consume(SignalStripeChanged)
		over := !workflow.Now(ctx).Before(until)
		switch p.lookAtBank(ctx) {
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

// bankFailed books the failure and waits for another bank account, or for the deadline.
func (p *payoutRun) bankFailed(ctx workflow.Context) error {
	failed := p.bankPayout
	if err := record(ctx, "Book the failed bank payout: "+failed.FailureCode, activities.RecordBankPayoutFailed, p.settled(ctx, p.bankIntent, failed)); err != nil {
		return err
	}
	err := p.park(ctx, parking{reason: payout.BankAccountRejected, code: failed.FailureCode, deadline: p.returnBy(ctx)})
	p.takeAsked()
	return err
}

// returnBy is when the money goes back to the creator's balance unless a bank takes it: one
// deadline from the first failure on. Zero means that it waits without end.
func (p *payoutRun) returnBy(ctx workflow.Context) time.Time {
	if p.returnDeadline.IsZero() && p.Policy.ReturnDeadline > 0 {
		p.returnDeadline = workflow.Now(ctx).Add(p.Policy.ReturnDeadline.Std())
	}
	return p.returnDeadline
}
