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

// perform performs a phase: record intent, call, record result. It repeats that until the
// phase has taken effect, once. What is unclear is looked up before anything is sent.
func (p *creatorPayout) perform(ctx workflow.Context, phase payout.Phase) error {
	p.tries, p.phase = 0, phase
	for {
		if err := p.checkCancel(); err != nil {
			return err
		}
		asked := workflow.Now(ctx)
		intent, err := step(ctx, "Record the intent: "+string(phase), activities.RecordIntent, activities.PayoutPhase{PayoutID: p.PayoutID, Phase: phase, Now: workflow.Now(ctx)})
		if err != nil {
			return err
		}
		if intent.Applied { // in an earlier history
			return p.finish(ctx, intent, intent.ExternalID)
		}
		p.generation = intent.Generation
		intent = aged(intent, workflow.Now(ctx).Sub(asked))
		if intent.Fresh && p.mode.parked != nil {
			p.mode.parked.onRecord = false // the books show the payout at work again
		}
		p.setStatus(ctx, payout.TwoPhase.Working(phase))
		made, failure := p.attempt(ctx, intent)
		if failure != nil {
			made, err = p.handle(ctx, intent, failure)
		}
		switch {
		case err != nil:
			return err
		case made.Found:
			return p.finish(ctx, intent, made.ID)
		}
	}
}

// finish books the object of a phase that took effect.
func (p *creatorPayout) finish(ctx workflow.Context, intent payout.Intent, objectID string) error {
	if err := p.book(ctx, intent, objectID); err != nil {
		return err
	}
	return p.unpark(ctx)
}

// freshFor is how long an intent counts as fresh after it was asked for. A history that is
// reset to this point replays an old answer, and another history may have sent the key since.
const freshFor = time.Minute

func aged(intent payout.Intent, since time.Duration) payout.Intent {
	intent.Age += duration.Text(since)
	intent.Fresh = intent.Fresh && since < freshFor
	return intent
}

// attempt sends a fresh intent, and looks for the object of one that may have been sent. A
// key that Stripe may have forgotten is not sent again.
func (p *creatorPayout) attempt(ctx workflow.Context, intent payout.Intent) (activities.Found, error) {
	known := payout.Intent{Fresh: intent.Fresh, LookUp: intent.LookUp, Age: intent.Age}
	if payout.NextStep(known, p.Policy, false) == payout.LookUp {
		found, err := p.find(ctx, intent)
		if err != nil || found.Found {
			return found, unclear(err)
		}
		if payout.NextStep(known, p.Policy, true) == payout.Ask {
			return found, errKeyExpired
		}
	}
	return p.send(ctx, intent)
}

// errKeyExpired: the object was not found and the key is too old, so a person decides.
var errKeyExpired = fault.New(fault.UnknownOutcome, "key_expired", "the key is too old to be sent again")

// unclear marks the failure of a look-up, which says nothing about the object.
func unclear(err error) error {
	if err == nil {
		return nil
	}
	return fault.New(fault.UnknownOutcome, "lookup_failed", "the look-up of the object at Stripe failed").Because(err)
}

// handle decides after a failed try. It ends the generation if Stripe definitely refused, waits
// if time may help, and otherwise waits for a person. It returns the object if the phase has
// taken effect after all.
func (p *creatorPayout) handle(ctx workflow.Context, intent payout.Intent, failure error) (activities.Found, error) {
	verdict := payout.Classify(intent.Phase, fault.KindOf(failure), rail.MeaningOf(failure))
	if verdict.Definitive {
		// Stripe makes some refusals before it looks at keys, so an earlier try under the same
		// key may have made the object. The generation is over only if there is none. One look is
		// enough: Stripe has answered the last request.
		found, err := p.find(ctx, intent)
		if err == nil && found.Found {
			return found, nil
		}
		if err == nil {
			if err := p.endGeneration(ctx, intent, fault.CodeOf(failure)); err != nil {
				return activities.Found{}, err
			}
		}
	}
	if verdict.Curable && fault.CodeOf(failure) != errKeyExpired.Code && p.tries < len(p.Policy.RetryIntervals) {
		wait := p.Policy.RetryIntervals[p.tries]
		p.tries++
		p.sleep(ctx, wait.Std(), "Wait before the next try: "+fault.CodeOf(failure))
		return activities.Found{}, p.checkCancel()
	}
	why := parking{reason: verdict.Reason, code: fault.CodeOf(failure)}
	if verdict.Reason == payout.BankAccountRejected {
		why.deadline = p.returnBy(ctx)
	}
	if err := p.park(ctx, why); err != nil {
		return activities.Found{}, err
	}
	return p.settleByOperator(ctx, intent, failure)
}

// settleByOperator acts on a person's request about an unclear outcome. Resolve named the
// object, which is returned. Retry ends a generation whose key is too old and whose object is
// not found.
func (p *creatorPayout) settleByOperator(ctx workflow.Context, intent payout.Intent, failure error) (activities.Found, error) {
	var found activities.Found
	asked := p.takeRequest()
	if asked == nil {
		return found, nil // if the cause is still there, the payout parks again without further tries
	}
	p.tries = 0
	switch {
	case asked.objectID != "":
		return activities.Found{Found: true, ID: asked.objectID}, nil
	case fault.CodeOf(failure) != errKeyExpired.Code:
		return found, nil
	}
	found, err := p.find(ctx, intent)
	switch {
	case err != nil:
		return activities.Found{}, nil // the next round looks it up again
	case found.Found:
		return found, nil
	}
	return found, p.endGeneration(ctx, intent, errKeyExpired.Code)
}

func (p *creatorPayout) endGeneration(ctx workflow.Context, intent payout.Intent, code string) error {
	return record(ctx, "End generation "+strconv.Itoa(intent.Generation)+" of the "+string(intent.Phase)+": "+code, activities.RecordRefused, payout.Outcome{
		PayoutID: p.PayoutID, Phase: intent.Phase, Generation: intent.Generation, FailureCode: code, Now: workflow.Now(ctx),
	})
}
