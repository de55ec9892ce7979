package workflows

import (
	"errors"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/command"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
)

// parking is why a payout waits, and until when at the latest.
type parking struct {
	reason   payout.Reason
	code     string
	deadline time.Time // zero: no end
}

// park waits on the needs-attention list until a person says what to do, or the cause may
// have gone away. It returns nil to try again, errCancelled or errReturned.
func (p *payoutRun) park(ctx workflow.Context, parking parking) error {
	if err := p.noticeCancel(); err != nil {
		return err
	}
	if err := p.showParked(ctx, parking); err != nil {
		return err
	}
	for {
		wait, isDeadline := p.recheckIn(ctx, parking)
		timedOut := p.sleep(ctx, wait, "Until somebody helps, or the cause has gone away: "+string(parking.reason))
		switch {
		case p.noticeCancel() != nil:
			return errCancelled
		case p.asked != nil && p.asked.action == command.Cancel && !p.givingBack:
			p.takeAsked()
			return errCancelled
		case p.asked != nil:
			return nil
		case timedOut && isDeadline:
			return errReturned
		case p.curedBySignal(parking.reason), timedOut:
			return nil
		}
		if p.continueAsNew(ctx) {
			return errContinueAsNew
		}
	}
}

// showParked puts the payout on the list. The same reason again changes nothing: a payout
// may look many times before its cause goes away.
func (p *payoutRun) showParked(ctx workflow.Context, parking parking) error {
	if p.shown && p.parked == parking.reason && p.parkedCode == parking.code {
		return nil
	}
	// Parked first: whoever reads the books and asks at once must be heard.
	p.parked, p.parkedCode = parking.reason, parking.code
	err := record(ctx, "Needs attention: "+string(parking.reason), activities.ParkPayout, payout.Parking{
		PayoutID: p.PayoutID, Status: payout.NeedsAttention, Reason: parking.reason, FailureCode: parking.code,
	})
	if err != nil {
		return err
	}
	p.shown = true
	upsert(ctx, AttributePayoutStatus.ValueSet(string(payout.NeedsAttention)))
	detail := parking.reason.Explain()
	if parking.code != "" {
		detail += "\n\nStripe's code: " + parking.code
	}
	if !parking.deadline.IsZero() {
		detail += "\n\nWithout help the money goes back to the creator's balance on " + parking.deadline.UTC().Format(time.RFC1123) + "."
	}
	showAttention(ctx, attention{
		Reason: string(parking.reason), Detail: detail,
		Commands: []string{names.UpdateLine(names.Payout(p.PayoutID), UpdateRetry), names.CancelLine(names.Payout(p.PayoutID))},
	})
	return nil
}

// unpark takes the payout off the list, back to the status that it works in.
func (p *payoutRun) unpark(ctx workflow.Context) error {
	if p.parked == payout.NoReason {
		return nil
	}
	err := record(ctx, "Goes on", activities.ParkPayout, payout.Parking{PayoutID: p.PayoutID, Status: p.status})
	if err != nil {
		return err
	}
	p.parked, p.parkedCode, p.shown, p.asked = payout.NoReason, "", false, nil
	upsert(ctx, AttributePayoutStatus.ValueSet(string(p.status)))
	clearAttention(ctx)
	p.describe(ctx)
	return nil
}

// recheckIn returns how long to wait before looking again by itself, or until the deadline.
func (p *payoutRun) recheckIn(ctx workflow.Context, parking parking) (wait time.Duration, isDeadline bool) {
	wait = forever
	if parking.reason.ClearsByItself() {
		wait = p.Policy.PollInterval.Std()
	}
	if parking.deadline.IsZero() {
		return wait, false
	}
	left := max(0, parking.deadline.Sub(workflow.Now(ctx)))
	if wait == forever || left <= wait {
		return left, true
	}
	return wait, false
}

// curedBySignal reports whether something was heard that may have removed the cause. Every
// signal is taken, so that an old one does not cure the next trouble.
func (p *payoutRun) curedBySignal(reason payout.Reason) bool {
	bankAccount, account, stripe := p.consume(SignalBankAccountChanged), p.consume(SignalAccountChanged), p.consume(SignalStripeChanged)
	if reason == payout.BankAccountRejected {
		return bankAccount
	}
	return reason.ClearsByItself() && (bankAccount || account || stripe)
}

func (p *payoutRun) absencePause() time.Duration {
	if len(p.Policy.RetryIntervals) == 0 {
		return time.Minute
	}
	return p.Policy.RetryIntervals[0].Std()
}

// ask is what a person asked of a parked payout.
type ask struct {
	action   command.PayoutAction
	resolved *activities.Found
}

func (p *payoutRun) takeAsked() *ask {
	asked := p.asked
	p.asked = nil
	return asked
}

func (p *payoutRun) listen(ctx workflow.Context) error {
	return errors.Join(
		workflow.SetUpdateHandlerWithOptions(ctx, UpdateRetry, p.onRetry,
			workflow.UpdateHandlerOptions{Validator: p.validateParked, Description: "Tries again what needs attention."}),
		workflow.SetUpdateHandlerWithOptions(ctx, UpdateCancel, p.onCancel,
			workflow.UpdateHandlerOptions{Validator: p.validateCancel, Description: "Gives the money back to the creator's balance."}),
		workflow.SetUpdateHandlerWithOptions(ctx, UpdateResolve, p.onResolve,
			workflow.UpdateHandlerOptions{Validator: p.validateResolve, Description: "Names the Stripe object that an unclear step made."}),
	)
}

func (p *payoutRun) validateParked(in Operator) error {
	if err := validateOperator(in); err != nil {
		return err
	}
	if p.parked == payout.NoReason || p.asked != nil || p.ended {
		return activities.Failure(fault.New(fault.Conflict, "not_parked", "the payout is %s and does not need attention: there is nothing to retry", p.status))
	}
	return nil
}

func (p *payoutRun) onRetry(ctx workflow.Context, in Operator) (payout.Status, error) {
	return p.accept(ctx, in, ask{action: command.Retry})
}

func (p *payoutRun) validateCancel(in Operator) error {
	if err := validateOperator(in); err != nil {
		return err
	}
	switch {
	case p.ended || p.asked != nil || p.cancelAsked:
		return activities.Failure(fault.New(fault.Conflict, "payout_ended", "the payout has ended or is being worked on"))
	case p.parked == payout.NoReason && (p.status == payout.PayingOut || p.status == payout.Paid):
		return activities.Failure(fault.New(fault.Conflict, "bank_payout_alive", "the bank payout is under way: it cannot be cancelled any more"))
	}
	return nil
}

func (p *payoutRun) onCancel(ctx workflow.Context, in Operator) (payout.Status, error) {
	p.cancelAsked = true // before it is written down: no further step begins meanwhile
	return p.accept(ctx, in, ask{action: command.Cancel})
}

// accept keeps who asked beside the books, wakes the payout, and answers with its status.
func (p *payoutRun) accept(ctx workflow.Context, in Operator, asked ask) (payout.Status, error) {
	id := names.ActionID(names.Payout(p.PayoutID), workflow.GetCurrentUpdateInfo(ctx).ID)
	err := record(ctx, "Keep who asked: "+string(asked.action), activities.RecordOperatorAction, access.OperatorAction{
		ID: id, Subject: names.Payout(p.PayoutID), Action: string(asked.action), Actor: in.Actor, Reason: in.Reason, Evidence: in.Evidence,
	})
	if err != nil {
		return p.status, activities.Failure(err)
	}
	if p.parked != payout.NoReason {
		p.asked = &asked
	}
	p.wake()
	return p.status, nil
}

func (p *payoutRun) validateResolve(in Operator) error {
	if err := p.validateParked(in); err != nil {
		return err
	}
	if p.parked != payout.OutcomeUnknown {
		return activities.Failure(fault.New(fault.Conflict, "outcome_clear", "only an unclear outcome can be resolved: retry or cancel instead"))
	}
	if in.Evidence == "" {
		return activities.Failure(fault.Field("evidence", "evidence_missing", "give the id of the Stripe object that was made (tr_…, po_… or trr_…)"))
	}
	return nil
}

// onResolve believes no word: the named object is read from Stripe and must be this
// payout's.
func (p *payoutRun) onResolve(ctx workflow.Context, in Operator) (payout.Status, error) {
	named, err := do(ctx, stripeRead, "Look at the object that the operator named", activities.ReadNamedObject, activities.ObjectOfPhase{
		Phase: p.working, Account: p.frozen.Account, TransferID: p.transferID, ID: in.Evidence,
	})
	if err != nil {
		return p.status, activities.Failure(err)
	}
	ofGeneration := named.Generation == p.generation || named.Generation == 0 // 0: made by hand
	if named.PayoutID != p.PayoutID || named.AmountMinor != p.frozen.AmountMinor || !ofGeneration {
		return p.status, activities.Failure(fault.Field("evidence", "foreign_object", "%s does not belong to this payout and generation %d of its %s", in.Evidence, p.generation, p.working))
	}
	return p.accept(ctx, in, ask{action: command.Resolve, resolved: &activities.Found{Found: true, ID: named.ID}})
}
