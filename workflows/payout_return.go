package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/payout"
)

// returnMoney ends a payout whose money has not reached the bank: it takes the transfer back,
// then releases the reservation. If a bank payout turns out to be alive, the money cannot be
// taken back, and the payout pays again.
func (p *creatorPayout) returnMoney(ctx workflow.Context) error {
	p.cancellation = cancellation{honoured: p.isCancelled(), postponed: p.cancellation.postponed}
	p.takeRequest()
	transferred, err := p.settleUnclear(ctx, payout.Transfer)
	if err != nil {
		return err
	}
	if transferred.Applied {
		p.transferID = transferred.ExternalID
		banking, err := p.settleUnclear(ctx, payout.BankPayout)
		if err != nil {
			return err
		}
		if banking.Applied {
			p.mode.kind, p.mode.final, p.cancellation.postponed = paying, "", p.mode.final == payout.Cancelled
			return nil
		}
		if p.frozen.Conversion == nil && p.mayBeConverted() {
			// A failure is no obstacle: what is not booked as arrived is not booked as taken either. A
			// reversal that is refused reads it again.
			if _, err := p.becameOther(ctx); err != nil {
				return err
			}
		}
		if err := p.perform(ctx, payout.Reversal); err != nil {
			return err
		}
	}
	final := p.mode.final
	if err := record(ctx, "Return the money to the creator's balance", activities.CancelPayout, payout.Ending{PayoutID: p.PayoutID, Final: final, Now: workflow.Now(ctx), FailureCode: p.gaveUp}); err != nil {
		return err
	}
	clearAttention(ctx)
	p.end()
	p.setStatus(ctx, final)
	return nil
}

// lastIntent reads the last generation of a phase, without beginning one.
func (p *creatorPayout) lastIntent(ctx workflow.Context, phase payout.Phase) (activities.LastIntent, error) {
	return step(ctx, "Read what is on record: "+string(phase), activities.ReadLastIntent, activities.PayoutPhase{PayoutID: p.PayoutID, Phase: phase, Now: workflow.Now(ctx)})
}

const (
	// absentLooksMin is how often an object must be missing before it counts as not made: Stripe
	// may still be working on a request that was cut off.
	absentLooksMin = 2
	// failedLooksMax is how many look-ups may fail before a person is asked.
	failedLooksMax = 4
)

// errGivenUp ends a generation whose object was not found when the money is returned.
var errGivenUp = fault.New(fault.Conflict, "given_up_not_found", "the object was not found, and the payout is given up")

// settleUnclear finds out whether a phase that may have been sent took effect. It books an
// object that it finds, and ends a generation whose object is missing. Books that were restored from
// an older copy may lack a generation that took effect: it is looked for as well, and begun again in
// the books. Otherwise money that is at the bank would be taken back, or paid a second time.
func (p *creatorPayout) settleUnclear(ctx workflow.Context, phase payout.Phase) (payout.Intent, error) {
	last, err := p.lastIntent(ctx, phase)
	intent := last.Intent
	if err != nil || intent.Applied || !last.Found && !intent.LookUp {
		return intent, err
	}
	found, err := p.findForCertain(ctx, intent)
	if err == nil && found.Found && !last.Found {
		intent, err = p.recordIntent(ctx, phase, 0)
	}
	switch {
	case err != nil:
		return intent, err
	case found.Found:
		intent.Applied, intent.ExternalID = true, found.ID
		return intent, p.book(ctx, intent, found)
	case !last.Found:
		return payout.Intent{}, nil
	}
	return payout.Intent{}, p.endGeneration(ctx, intent, errGivenUp)
}

// findForCertain looks for the object of an intent until it is found, or was missing often enough.
func (p *creatorPayout) findForCertain(ctx workflow.Context, intent payout.Intent) (activities.Found, error) {
	for absent, failed := 0, 0; ; {
		found, err := p.find(ctx, intent)
		switch {
		case err != nil && failed == failedLooksMax, err == nil && found.Found:
			return found, err
		case err == nil:
			absent++
		default:
			failed++
		}
		if absent == absentLooksMin {
			return activities.Found{}, nil
		}
		if err := workflow.Sleep(ctx, p.lookPause()); err != nil {
			return activities.Found{}, err
		}
	}
}

// lookPause is the wait between two look-ups.
func (p *creatorPayout) lookPause() time.Duration {
	if len(p.Policy.RetryIntervals) == 0 {
		return time.Minute
	}
	return p.Policy.RetryIntervals[0].Std()
}
