package workflows

import (
	"errors"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/command"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/rail"
)

// request is what a person asked of a parked payout.
type request struct {
	action command.PayoutAction
}

func (p *creatorPayout) takeRequest() *request {
	taken := p.request
	p.request = nil
	return taken
}

func (p *creatorPayout) setUpdateHandlers(ctx workflow.Context) error {
	return errors.Join(
		workflow.SetUpdateHandlerWithOptions(ctx, UpdateRetry, p.onRetry,
			workflow.UpdateHandlerOptions{Validator: p.validateParked, Description: "Tries the step that needs attention again."}),
		workflow.SetUpdateHandlerWithOptions(ctx, UpdateCancel, p.onCancel,
			workflow.UpdateHandlerOptions{Validator: p.validateCancel, Description: "Returns the money to the creator's balance."}),
		workflow.SetUpdateHandlerWithOptions(ctx, UpdateResolve, p.onResolve,
			workflow.UpdateHandlerOptions{Validator: p.validateResolve, Description: "Names an object of the payout at Stripe."}),
		workflow.SetUpdateHandlerWithOptions(ctx, UpdateReserved, p.onReserved,
			workflow.UpdateHandlerOptions{Description: "Waits until the payout is reserved, or refused."}),
	)
}

func (p *creatorPayout) validateParked(in Operator) error {
	if err := validateOperator(in); err != nil {
		return err
	}
	if p.mode.parked == nil || p.request != nil {
		return activities.Failure(fault.New(fault.Conflict, "not_parked", "the payout is %s and does not need attention: there is nothing to retry or resolve", p.status))
	}
	return nil
}

func (p *creatorPayout) onRetry(ctx workflow.Context, in Operator) (payout.Status, error) {
	return p.accept(ctx, in, request{action: command.Retry})
}

func (p *creatorPayout) validateCancel(in Operator) error {
	if err := validateOperator(in); err != nil {
		return err
	}
	switch {
	case p.mode.kind == ended:
		return activities.Failure(fault.New(fault.Conflict, payoutEnded, "the payout has ended"))
	case p.request != nil || p.cancellation.asked:
		return activities.Failure(fault.New(fault.Conflict, "request_pending", "the payout still acts on an earlier request: wait for it"))
	case p.bankIsAsked():
		return activities.Failure(fault.New(fault.Conflict, "bank_payout_alive", "the bank payout is under way: it cannot be cancelled any more. If it will never arrive, settle the payout outside"))
	}
	return nil
}

// bankIsAsked reports whether a bank payout is under way, or has arrived.
func (p *creatorPayout) bankIsAsked() bool {
	if p.mode.parked != nil {
		return p.mode.parked.reason == payout.BankPayoutLate || p.mode.parked.reason == payout.BankPayoutUnread
	}
	return p.status == payout.PayingOut || p.status == payout.Paid
}

func (p *creatorPayout) onCancel(ctx workflow.Context, in Operator) (payout.Status, error) {
	p.cancellation.asked = true // before the request is recorded, so that no further step begins
	status, err := p.accept(ctx, in, request{action: command.Cancel})
	if err != nil {
		p.cancellation.asked = false
	}
	return status, err
}

// accept records who made a request, wakes the payout, and answers with its status. A request that is no
// cancellation is about the reason for which the payout needed attention, and not about another one.
func (p *creatorPayout) accept(ctx workflow.Context, in Operator, accepted request) (payout.Status, error) {
	about := p.parkedFor()
	if err := p.recordAction(ctx, in, accepted.action); err != nil {
		return p.status, activities.Failure(err)
	}
	if now := p.parkedFor(); now != "" && now != about && accepted.action != command.Cancel {
		return p.status, activities.Failure(fault.New(fault.Conflict, "reason_changed", "the payout needs attention for another reason by now (%s): look at it, and decide again", now))
	}
	if p.mode.parked != nil {
		p.request = &accepted
	}
	p.wake()
	return p.status, nil
}

// parkedFor returns why the payout needs attention, or nothing.
func (p *creatorPayout) parkedFor() payout.Reason {
	if p.mode.parked == nil {
		return ""
	}
	return p.mode.parked.reason
}

func (p *creatorPayout) recordAction(ctx workflow.Context, in Operator, action command.PayoutAction) error {
	id := names.ActionID(names.Payout(p.PayoutID), workflow.GetCurrentUpdateInfo(ctx).ID)
	return recordForPerson(ctx, "Record the request: "+string(action), activities.RecordOperatorAction, access.OperatorAction{
		ID: id, Subject: names.Payout(p.PayoutID), Action: string(action), Actor: in.Actor, Reason: in.Reason, Evidence: in.Evidence,
	})
}

func (p *creatorPayout) validateResolve(in Operator) error {
	if err := p.validateParked(in); err != nil {
		return err
	}
	if in.Evidence == "" {
		return activities.Failure(fault.Field("evidence", "evidence_missing", "give the id of the transfer, reversal or bank payout at Stripe (tr_…, trr_… or po_…)"))
	}
	return nil
}

// onResolve reads the named object from Stripe, and accepts it only if it is this payout's. A
// transfer or bank payout belongs to it by its metadata, a reversal by its transfer. If the object cannot be
// read, that is no temporary failure, because an update's id keeps its first answer: the next try is another
// request.
func (p *creatorPayout) onResolve(ctx workflow.Context, in Operator) (payout.Status, error) {
	named, err := do(ctx, railRead, "Read the object that the operator named", activities.ReadNamedObject, rail.NamedRequest{
		ID: in.Evidence, Account: p.frozen.Account, TransferID: p.transferID,
	})
	if changes(err) {
		err = fault.New(fault.Conflict, "object_unreadable", "%s cannot be read at Stripe now (%s): send a new request in a few minutes", in.Evidence, fault.CodeOf(err)).Because(err)
	}
	if err != nil {
		return p.status, activities.Failure(err)
	}
	if named.Operation == rail.OperationReverse {
		// The payout reads its transfer, which shows how much was taken back.
		if err := p.recordAction(ctx, in, command.Resolve); err != nil {
			return p.status, activities.Failure(err)
		}
		p.received[SignalStripeChanged] = true
		p.wake()
		return p.status, nil
	}
	agreed := p.frozen.AmountMinor
	if named.Operation == rail.OperationBankPayout {
		agreed = p.onAccount().Minor
	}
	if named.PayoutID != p.PayoutID || named.AmountMinor != agreed {
		return p.status, activities.Failure(fault.Field("evidence", "foreign_object", "%s does not belong to this payout. If the creator has the money, settle the payout outside", in.Evidence))
	}
	if named.Operation != p.phase.Operation() {
		return p.status, activities.Failure(fault.New(fault.Conflict, "other_phase", "the payout waits for its %s, and %s is not one", p.phase, in.Evidence))
	}
	p.named = named
	status, err := p.accept(ctx, in, request{action: command.Resolve})
	if err != nil {
		p.named = rail.NamedObject{}
	}
	return status, err
}
