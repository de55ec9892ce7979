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
)

// request is what a person asked of a parked payout.
type request struct {
	action command.PayoutAction
	// objectID is the object that Resolve names.
	objectID string
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
			workflow.UpdateHandlerOptions{Validator: p.validateResolve, Description: "Names the Stripe object that an unclear step made."}),
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
	case p.mode.parked == nil && (p.status == payout.PayingOut || p.status == payout.Paid):
		return activities.Failure(fault.New(fault.Conflict, "bank_payout_alive", "the bank payout is under way: it cannot be cancelled any more"))
	}
	return nil
}

func (p *creatorPayout) onCancel(ctx workflow.Context, in Operator) (payout.Status, error) {
	p.cancellation.asked = true // before the request is recorded, so that no further step begins
	status, err := p.accept(ctx, in, request{action: command.Cancel})
	if err != nil {
		p.cancellation.asked = false
	}
	return status, err
}

// accept records who made a request, wakes the payout, and answers with its status.
func (p *creatorPayout) accept(ctx workflow.Context, in Operator, accepted request) (payout.Status, error) {
	id := names.ActionID(names.Payout(p.PayoutID), workflow.GetCurrentUpdateInfo(ctx).ID)
	err := record(ctx, "Record the request: "+string(accepted.action), activities.RecordOperatorAction, access.OperatorAction{
		ID: id, Subject: names.Payout(p.PayoutID), Action: string(accepted.action), Actor: in.Actor, Reason: in.Reason, Evidence: in.Evidence,
	})
	if err != nil {
		return p.status, activities.Failure(err)
	}
	if p.mode.parked != nil {
		p.request = &accepted
	}
	p.wake()
	return p.status, nil
}

func (p *creatorPayout) validateResolve(in Operator) error {
	if err := p.validateParked(in); err != nil {
		return err
	}
	if p.phase == payout.Reversal {
		return activities.Failure(fault.New(fault.Conflict, "not_resolvable", "a reversal cannot be resolved manually: retry it"))
	}
	if p.mode.parked.reason != payout.OutcomeUnknown {
		return activities.Failure(fault.New(fault.Conflict, "outcome_clear", "only an unclear outcome can be resolved: retry or cancel instead"))
	}
	if in.Evidence == "" {
		return activities.Failure(fault.Field("evidence", "evidence_missing", "give the id of the transfer or bank payout at Stripe (tr_… or po_…)"))
	}
	return nil
}

// onResolve reads the named object from Stripe, and accepts it only if it is this payout's.
func (p *creatorPayout) onResolve(ctx workflow.Context, in Operator) (payout.Status, error) {
	named, err := do(ctx, railRead, "Read the object that the operator named", activities.ReadNamedObject, activities.ObjectOfPhase{
		Phase: p.phase, Account: p.frozen.Account, ID: in.Evidence,
	})
	if err != nil {
		return p.status, activities.Failure(err)
	}
	ofGeneration := named.Generation == p.generation || named.Generation == 0 // 0: made by hand
	if named.PayoutID != p.PayoutID || named.AmountMinor != p.frozen.AmountMinor || !ofGeneration {
		return p.status, activities.Failure(fault.Field("evidence", "foreign_object", "%s does not belong to this payout and generation %d of its %s", in.Evidence, p.generation, p.phase))
	}
	return p.accept(ctx, in, request{action: command.Resolve, objectID: named.ID})
}
