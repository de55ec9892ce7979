package workflows

import (
	"strconv"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/rail"
)

// phase is one movement of money: how to look for it at Stripe, how to send it, and how to
// book it.
type phase struct {
	name   payout.Phase
	status payout.Status
	find   func(payout.Intent) (activities.Found, error)
	send   func(intent payout.Intent, activityID string) (activities.Found, error)
	record func(payout.Intent, activities.Found) error
}

// perform carries a phase through: record intent, call, record result. It loops until the
// phase has taken effect, once; whatever is unclear is looked up before anything is sent.
func (p *payoutRun) perform(ctx workflow.Context, ph phase) error {
	p.tries, p.working = 0, ph.name
	for {
		if err := p.noticeCancel(); err != nil {
			return err
		}
		asked := workflow.Now(ctx)
		intent, err := step(ctx, "Record the intent: "+string(ph.name), activities.RecordIntent, activities.PayoutPhase{PayoutID: p.PayoutID, Phase: ph.name, Now: workflow.Now(ctx)})
		if err != nil {
			return err
		}
		if intent.Applied {
			return p.adopt(ctx, ph, intent)
		}
		p.generation = intent.Generation
		intent = aged(intent, workflow.Now(ctx).Sub(asked))
		if intent.Fresh {
			p.shown = false // a new intent puts the payout back to work in the books
		}
		p.setStatus(ctx, ph.status)
		made, failure := p.attempt(ph, intent)
		if failure == nil {
			if err := ph.record(intent, made); err != nil {
				return err
			}
			return p.unpark(ctx)
		}
		if err := p.handle(ctx, ph, intent, failure); err != nil {
			return err
		}
	}
}

// freshFor is how long after it was asked for an intent can be called fresh. A history that
// is reset to this point replays the answer of long ago, and somebody may have sent it since.
const freshFor = time.Minute

func aged(intent payout.Intent, since time.Duration) payout.Intent {
	intent.Age += duration.Text(since)
	intent.Fresh = intent.Fresh && since < freshFor
	return intent
}

// adopt goes on from a phase that took effect in an earlier history.
func (p *payoutRun) adopt(ctx workflow.Context, ph phase, intent payout.Intent) error {
	made := activities.Found{Found: true, ID: intent.ExternalID}
	if err := ph.record(intent, made); err != nil {
		return err
	}
	return p.unpark(ctx)
}

// attempt sends a fresh intent, and looks for the object of one that may have been sent. A
// key that Stripe may have forgotten is not sent again.
func (p *payoutRun) attempt(ph phase, intent payout.Intent) (activities.Found, error) {
	known := payout.Intent{Fresh: intent.Fresh, Age: intent.Age}
	if payout.NextStep(known, p.Policy, false) == payout.LookUp {
		found, err := ph.find(intent)
		if err != nil || found.Found {
			return found, unclear(err)
		}
		if payout.NextStep(known, p.Policy, true) == payout.Ask {
			return found, errKeyExpired
		}
	}
	return ph.send(intent, p.activityID(intent))
}

// errKeyExpired: looked up, not found, too old to send: a person decides.
var errKeyExpired = fault.New(fault.UnknownOutcome, "key_expired", "the key is too old to be sent again")

// unclear marks the failure of a look-up: it says nothing about the object.
func unclear(err error) error {
	if err == nil {
		return nil
	}
	return fault.New(fault.UnknownOutcome, "lookup_failed", "Stripe could not be asked whether it was done").Because(err)
}

// handle decides after a failed try: end the generation if Stripe definitely refused, wait
// for what time may cure, and otherwise wait for a person.
func (p *payoutRun) handle(ctx workflow.Context, ph phase, intent payout.Intent, failure error) error {
	verdict := payout.Classify(ph.name, fault.KindOf(failure), rail.MeaningOf(failure))
	if verdict.Definitive {
		// An earlier try under the same key may have had its effect before this answer: some
		// refusals come before Stripe looks at keys. Only what is not there is over.
		found, err := ph.find(intent)
		if err == nil && found.Found {
			return ph.record(intent, found)
		}
		if err == nil {
			err = p.endGeneration(ctx, ph.name, intent, fault.CodeOf(failure))
			if err != nil {
				return err
			}
		}
	}
	if verdict.Curable && fault.CodeOf(failure) != errKeyExpired.Code && p.tries < len(p.Policy.RetryIntervals) {
		wait := p.Policy.RetryIntervals[p.tries]
		p.tries++
		p.sleep(ctx, wait.Std(), "Until it is tried again: "+fault.CodeOf(failure))
		return p.noticeCancel()
	}
	parking := parking{reason: verdict.Reason, code: fault.CodeOf(failure)}
	if verdict.Reason == payout.BankAccountRejected {
		parking.deadline = p.returnBy(ctx)
	}
	if err := p.park(ctx, parking); err != nil {
		return err
	}
	return p.settleByOperator(ctx, ph, intent, failure)
}

// settleByOperator acts on what a person said about an unclear outcome: resolve named the
// object, and retry ends a generation whose key is too old and whose object is not found.
func (p *payoutRun) settleByOperator(ctx workflow.Context, ph phase, intent payout.Intent, failure error) error {
	asked := p.takeAsked()
	if asked == nil {
		return nil // if the cause has not gone away, it parks again without further tries
	}
	p.tries = 0
	switch {
	case asked.resolved != nil:
		return ph.record(intent, *asked.resolved)
	case fault.CodeOf(failure) != errKeyExpired.Code:
		return nil
	}
	if found, err := ph.find(intent); err != nil || found.Found {
		return nil // the next round looks again, or adopts it
	}
	return p.endGeneration(ctx, ph.name, intent, errKeyExpired.Code)
}

func (p *payoutRun) endGeneration(ctx workflow.Context, name payout.Phase, intent payout.Intent, code string) error {
	return record(ctx, "End generation "+strconv.Itoa(intent.Generation)+" of the "+string(name)+": "+code, activities.RecordRefused, payout.Outcome{
		PayoutID: p.PayoutID, Phase: name, Generation: intent.Generation, FailureCode: code, Now: workflow.Now(ctx),
	})
}

// noticeCancel turns a cancellation into the path that gives the money back, once.
func (p *payoutRun) noticeCancel() error {
	if (p.isCancelled() && !p.cancelHeard || p.cancelAsked) && !p.givingBack {
		return errCancelled
	}
	return nil
}

func transferRequest(intent payout.Intent) rail.TransferRequest {
	return rail.TransferRequest{
		PayoutID: intent.PayoutID, AmountMinor: intent.AmountMinor, Currency: intent.Currency,
		Account: intent.Account, Generation: intent.Generation, IdempotencyKey: intent.IdempotencyKey,
	}
}

func bankPayoutRequest(intent payout.Intent) rail.BankPayoutRequest {
	return rail.BankPayoutRequest{
		PayoutID: intent.PayoutID, Account: intent.Account, AmountMinor: intent.AmountMinor, Currency: intent.Currency,
		Generation: intent.Generation, IdempotencyKey: intent.IdempotencyKey,
	}
}

func reversalRequest(intent payout.Intent, transferID string) rail.ReversalRequest {
	return rail.ReversalRequest{
		TransferID: transferID, AmountMinor: intent.AmountMinor, Currency: intent.Currency,
		PayoutID: intent.PayoutID, Generation: intent.Generation, IdempotencyKey: intent.IdempotencyKey,
	}
}
