package workflows

import (
	"errors"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
)

func (r *payoutRun) setUpdateHandlers(ctx workflow.Context) error {
	return errors.Join(
		workflow.SetUpdateHandlerWithOptions(ctx, UpdateApprove, r.onApprove,
			workflow.UpdateHandlerOptions{Validator: r.validateApprove, Description: "Approves a run. Who started it cannot approve it."}),
		workflow.SetUpdateHandlerWithOptions(ctx, UpdateCancel, r.onCancel,
			workflow.UpdateHandlerOptions{Validator: r.validateCancel, Description: "Stops the run before its next payout. Payouts that have started continue."}),
		workflow.SetUpdateHandlerWithOptions(ctx, UpdateExclude, r.onExclude,
			workflow.UpdateHandlerOptions{Validator: r.validateExclude, Description: "Leaves a creator out of a run that waits for its approval."}),
	)
}

func (r *payoutRun) validateApprove(in Operator) error {
	if err := validateOperator(in); err != nil {
		return err
	}
	if access.SamePerson(in.Actor, r.StartedBy) {
		return activities.Failure(fault.New(fault.Denied, "same_person", "the person who started a payout run cannot approve it: ask another person"))
	}
	return r.requireAwaiting()
}

func (r *payoutRun) requireAwaiting() error {
	if !r.awaitsApproval || r.State.ApprovedBy != "" || r.State.Cancel != nil {
		return activities.Failure(conflict("not_awaiting_approval", "the run does not wait for an approval"))
	}
	return nil
}

func (r *payoutRun) onApprove(ctx workflow.Context, in Operator) error {
	if err := r.recordAction(ctx, UpdateApprove, in); err != nil {
		return activities.Failure(err)
	}
	if r.State.ApprovedBy == "" {
		r.State.ApprovedBy = in.Actor
	}
	r.wake()
	return nil
}

func (r *payoutRun) validateCancel(in Operator) error {
	if err := validateOperator(in); err != nil {
		return err
	}
	if r.State.Cancel != nil {
		return activities.Failure(conflict("run_cancelled", "the run is being cancelled already"))
	}
	return nil
}

// onCancel stops the run before the request is recorded, so that no further payout starts.
func (r *payoutRun) onCancel(ctx workflow.Context, in Operator) error {
	r.State.Cancel = &in
	r.wake()
	return activities.Failure(r.recordAction(ctx, UpdateCancel, in))
}

func (r *payoutRun) recordAction(ctx workflow.Context, action string, in Operator) error {
	return recordForPerson(ctx, "Record the request: "+action, activities.RecordOperatorAction, r.action(ctx, action, in))
}

func (r *payoutRun) action(ctx workflow.Context, action string, in Operator) access.OperatorAction {
	return access.OperatorAction{
		ID:      names.ActionID(r.workflowID(), workflow.GetCurrentUpdateInfo(ctx).ID),
		Subject: r.workflowID(), Action: action, Actor: in.Actor, Reason: in.Reason, Evidence: in.Evidence,
	}
}

func (r *payoutRun) validateExclude(in RunExclusion) error {
	if err := validateOperator(Operator{Actor: in.Actor, Reason: in.Reason}); err != nil {
		return err
	}
	return r.requireAwaiting()
}

// onExclude wakes the run, so that it shows the new sums.
func (r *payoutRun) onExclude(ctx workflow.Context, in RunExclusion) error {
	evidence := "creator " + in.CreatorID
	if in.Currency != "" {
		evidence += " " + string(in.Currency)
	}
	err := recordForPerson(ctx, "Exclude a creator from the run", activities.ExcludeFromPayoutRun, activities.RunExclusion{
		Exclusion: payout.Exclusion{RunID: r.State.RunID, CreatorID: in.CreatorID, Currency: in.Currency, Reason: in.Reason},
		Action:    r.action(ctx, UpdateExclude, Operator{Actor: in.Actor, Reason: in.Reason, Evidence: evidence}),
	})
	if err != nil {
		return activities.Failure(err)
	}
	r.wake()
	return nil
}
