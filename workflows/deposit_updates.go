package workflows

import (
	"cmp"
	"errors"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/names"
)

// setUpdateHandlers registers the updates that people send to a deposit.
func (d *depositProcess) setUpdateHandlers(ctx workflow.Context) error {
	return errors.Join(
		workflow.SetUpdateHandlerWithOptions(ctx, UpdateCreated, d.onCreated,
			workflow.UpdateHandlerOptions{Description: "Returns the payment once it is created, or why it is not."}),
		workflow.SetUpdateHandlerWithOptions(ctx, UpdateCancel, d.onCancel,
			workflow.UpdateHandlerOptions{Validator: validateOperator, Description: "Cancels the payment, unless it is being processed or has succeeded."}),
	)
}

// onCreated waits until the outcome of the first request is known, and returns the payment. A payment
// whose request got no answer is searched for, and the deposit stays.
func (d *depositProcess) onCreated(ctx workflow.Context) (DepositStarted, error) {
	if err := workflow.Await(ctx, func() bool { return d.created || d.recordErr != nil }); err != nil {
		return DepositStarted{}, err
	}
	if d.recordErr != nil {
		return DepositStarted{}, activities.Failure(d.recordErr)
	}
	if d.State.Status == funding.DepositDeclined || d.State.Declined != "" {
		return DepositStarted{}, activities.Failure(funding.Declined(cmp.Or(d.State.Declined, d.State.FailureCode)))
	}
	started := DepositStarted{Status: d.State.Status, PaymentIntentID: d.State.PaymentIntentID}
	if d.State.Status == funding.DepositPending && started.PaymentIntentID != "" {
		paid, err := do(ctx, railRead, "Read the payment's status", activities.GetFunding, started.PaymentIntentID)
		if err != nil {
			return started, activities.Failure(err)
		}
		started.PaymentStatus = string(paid.Status)
	}
	return started, nil
}

func (d *depositProcess) onCancel(ctx workflow.Context, in Operator) (funding.DepositStatus, error) {
	if err := workflow.Await(ctx, func() bool { return d.created || d.recordErr != nil }); err != nil {
		return "", err
	}
	if d.recordErr != nil {
		return "", activities.Failure(d.recordErr)
	}
	err := recordForPerson(ctx, "Record the request: cancel", activities.RecordOperatorAction, access.OperatorAction{
		ID:      names.ActionID(names.Deposit(d.Deposit.ID), workflow.GetCurrentUpdateInfo(ctx).ID),
		Subject: names.Deposit(d.Deposit.ID), Action: UpdateCancel, Actor: in.Actor, Reason: in.Reason, Evidence: in.Evidence,
	})
	if err == nil {
		err = d.cancelUntilKnown(ctx)
	}
	d.wake()
	return d.State.Status, activities.Failure(err)
}
