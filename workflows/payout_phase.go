package workflows

import (
	"strconv"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/rail"
)

// perform performs a phase: record intent, call, record result. It repeats that until the
// phase has taken effect, once. What is unclear is looked up before anything is sent.
func (p *creatorPayout) perform(ctx workflow.Context, phase payout.Phase) error {
	p.tries, p.phase, p.refused = 0, phase, false
	if err := p.waitAgain(ctx, phase); err != nil {
		return err
	}
	for {
		if err := p.checkCancel(); err != nil {
			return err
		}
		if phase == payout.Transfer && p.refused { // much may have changed since the gate
			p.refused = false
			if err := p.awaitAccount(ctx); err != nil {
				return err
			}
		}
		left := p.leftToReverse(ctx, phase)
		intent, err := p.recordIntent(ctx, phase, p.amountToReverse(phase, left))
		if reason := payout.Reason(fault.CodeOf(err)); reason.BeforeTransfer() { // since the gate, such as another payout that began
			if err := p.park(ctx, parking{reason: reason}); err != nil {
				return err
			}
			p.takeRequest()
			p.refused = true // the account may have changed as well
			continue
		}
		if err != nil {
			return err
		}
		if phase == payout.Transfer {
			p.frozen.Account, p.frozen.ConvertsInto = intent.Account, intent.ConvertsInto
		}
		if intent.Applied { // in an earlier history
			return p.finish(ctx, intent, activities.Found{Found: true, ID: intent.ExternalID})
		}
		if intent.Fresh && p.mode.parked != nil {
			p.mode.parked.onRecord = false // the books show the payout at work again
		}
		p.setStatus(ctx, payout.TwoPhase.Working(phase))
		made, failure := p.attempt(ctx, intent, left)
		if failure != nil {
			made, err = p.handle(ctx, intent, failure)
		}
		switch {
		case err != nil:
			return err
		case made.Found:
			return p.finish(ctx, intent, made)
		}
	}
}

// recordIntent begins a generation of a phase, or returns the one that is alive. The booking of
// the transfer has begun the first bank payout.
func (p *creatorPayout) recordIntent(ctx workflow.Context, phase payout.Phase, amountMinor int64) (payout.Intent, error) {
	next := aged(p.next, workflow.Now(ctx).Sub(p.nextAsked))
	p.next = payout.Intent{}
	if next.Phase == phase && next.Fresh { // after a reset an old answer is not: the books decide
		return next, nil
	}
	asked, into := workflow.Now(ctx), money.Currency("")
	if phase == payout.Transfer {
		into = p.frozen.ConvertsInto
	}
	intent, err := localStep(ctx, "Record the intent: "+string(phase), activities.RecordIntent, activities.PayoutPhase{
		PayoutID: p.PayoutID, Phase: phase, AmountMinor: amountMinor, Into: into, Now: asked,
	})
	return aged(intent, workflow.Now(ctx).Sub(asked)), err
}

// waitAgain waits where an earlier history waited, so that a new history does not send again
// what was refused. What may have been sent is looked up first, so it does not wait here.
func (p *creatorPayout) waitAgain(ctx workflow.Context, phase payout.Phase) error {
	if p.resumed || p.frozen.Status != payout.NeedsAttention || !p.frozen.Reason.HoldsBack() {
		return nil
	}
	last, err := p.lastIntent(ctx, phase)
	if err != nil || last.Found || last.Intent.Generation == 0 {
		return err
	}
	p.resumed = true
	why := parking{reason: p.frozen.Reason, code: p.frozen.FailureCode}
	if phase == payout.BankPayout {
		why.deadline = p.returnBy(ctx, why.reason)
	}
	if err := p.park(ctx, why); err != nil {
		return err
	}
	p.takeRequest()
	return nil
}

// leftToReverse reads how much of the transfer a reversal still has to take back. A person may
// have reversed it in the processor's dashboard, as a whole or in part. It is empty for another
// phase, and if the transfer cannot be read: the reversal is then for the whole amount.
func (p *creatorPayout) leftToReverse(ctx workflow.Context, phase payout.Phase) activities.TransferState {
	if phase != payout.Reversal {
		return activities.TransferState{}
	}
	transfer, err := do(ctx, railRead, "Check how much of the transfer is left to take back", activities.ReadTransfer, p.transferID)
	if err != nil {
		workflow.GetLogger(ctx).Warn("the transfer cannot be read", "error", err)
		return activities.TransferState{}
	}
	return transfer
}

// finish books the object of a phase that took effect.
func (p *creatorPayout) finish(ctx workflow.Context, intent payout.Intent, made activities.Found) error {
	p.named, p.waitsFor = rail.NamedObject{}, payout.NoReason
	if err := p.book(ctx, intent, made); err != nil {
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
// key that Stripe may have forgotten is not sent again. Nothing is sent for an object that an
// operator has named, or for a transfer that was taken back by hand.
func (p *creatorPayout) attempt(ctx workflow.Context, intent payout.Intent, transfer activities.TransferState) (activities.Found, error) {
	named := p.named
	p.named = rail.NamedObject{}
	if named.ID != "" && named.Operation == intent.Phase.Operation() && named.Generation == intent.Generation {
		return activities.Found{Found: true, ID: named.ID}, nil
	}
	if transfer.ReversedMinor > 0 && transfer.LeftMinor() == 0 {
		return activities.Found{Found: true, ID: transfer.LastReversalID}, nil
	}
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
	fallsBack := payout.FallsBack(intent.Method, verdict, fault.KindOf(failure), rail.MeaningOf(failure))
	if verdict.Definitive {
		// Stripe makes some refusals before it looks at keys, so an earlier try under the same
		// key may have made the object. The generation is over only if there is none. One look is
		// enough: Stripe has answered the last request.
		found, err := p.find(ctx, intent)
		if err == nil && found.Found {
			return found, nil
		}
		if err == nil {
			p.noteRejectedBank(ctx, verdict.Reason)
			if err := p.recordRefused(ctx, intent, failure, fallsBack); err != nil || fallsBack {
				return activities.Found{}, err // the next generation is sent by the standard method
			}
			if p.takesLess(ctx, verdict.Reason) {
				return activities.Found{}, nil
			}
		}
	}
	why := parking{reason: verdict.Reason, code: fault.CodeOf(failure), remark: fault.RemarkOf(failure)}
	if fallsBack { // only the look-up has failed
		why.reason, verdict.Curable = payout.ProcessorUnavailable, true
	}
	if why.reason == payout.BelowBankMinimum && p.mode.kind == paying {
		return activities.Found{}, errCancelled // the amount is paid together with later earnings
	}
	if why.code == errKeyExpired.Code && p.retried {
		// The object was just looked for, and a person has asked to send again.
		return activities.Found{}, p.endGeneration(ctx, intent, errKeyExpired)
	}
	if verdict.Curable && why.code != errKeyExpired.Code {
		again, err := p.waitToRetry(ctx, &why)
		if err != nil || again {
			return activities.Found{}, err
		}
	}
	if verdict.Definitive && p.waitsFor == why.reason {
		p.looks, p.heeded = p.looks+refusalInLooks, p.heeded+refusalInLooks
	}
	if intent.Phase == payout.BankPayout {
		why.deadline = p.returnBy(ctx, why.reason)
	}
	if err := p.park(ctx, why); err != nil {
		return activities.Found{}, err
	}
	return p.settleByOperator(ctx, intent, failure)
}

// refusalInLooks is how many looks in vain a try counts for that was refused for the same reason
// again. It takes several calls, and a generation.
const refusalInLooks = 3

// waitToRetry waits before the next automatic try, and reports false after the last one. A
// refusal for lack of money is not repeated before the balance has it: every try would begin
// another generation.
func (p *creatorPayout) waitToRetry(ctx workflow.Context, why *parking) (again bool, err error) {
	for p.tries < len(p.Policy.RetryIntervals) {
		wait := p.Policy.RetryIntervals[p.tries]
		p.tries++
		if p.mode.parked == nil {
			p.showStatus(ctx, p.status)
		}
		p.sleep(ctx, wait.Std(), "Wait before the next try: "+why.code)
		if err := p.checkCancel(); err != nil {
			return false, err
		}
		if !why.reason.LacksMoney() {
			return true, nil
		}
		gone, err := p.isGone(ctx, why, true)
		if err != nil || gone || !why.reason.LacksMoney() { // the look may have found another reason
			return gone, err
		}
	}
	return false, nil
}

// settleByOperator acts on a person's request about an unclear outcome. Retry ends a
// generation whose key is too old and whose object is not found. An object that resolve has
// named is taken by the next try.
func (p *creatorPayout) settleByOperator(ctx workflow.Context, intent payout.Intent, failure error) (activities.Found, error) {
	var found activities.Found
	asked := p.takeRequest()
	if asked == nil {
		return found, nil // if the cause is still there, the payout parks again without further tries
	}
	p.tries, p.waitsFor, p.retried = 0, payout.NoReason, true
	if p.named.ID != "" || fault.CodeOf(failure) != errKeyExpired.Code {
		return found, nil
	}
	found, err := p.find(ctx, intent)
	switch {
	case err != nil:
		return activities.Found{}, nil // the next round looks it up again
	case found.Found:
		return found, nil
	}
	return found, p.endGeneration(ctx, intent, errKeyExpired)
}

func (p *creatorPayout) endGeneration(ctx workflow.Context, intent payout.Intent, why error) error {
	p.frozen.RejectedBank = ""
	return p.recordRefused(ctx, intent, why, false)
}

func (p *creatorPayout) recordRefused(ctx workflow.Context, intent payout.Intent, why error, fallBack bool) error {
	p.retried, p.refused = false, true
	code, bank := fault.CodeOf(why), ""
	if intent.Phase == payout.BankPayout {
		bank = p.frozen.RejectedBank
	}
	err := record(ctx, "End generation "+strconv.Itoa(intent.Generation)+" of the "+string(intent.Phase)+": "+code, activities.RecordRefused, payout.Outcome{
		PayoutID: p.PayoutID, Phase: intent.Phase, Generation: intent.Generation, FailureCode: code, Remark: fault.RemarkOf(why), FallBack: fallBack,
		BankAccount: bank, Now: workflow.Now(ctx),
	})
	if err == nil && fallBack {
		p.fellBack(code)
	}
	return err
}
