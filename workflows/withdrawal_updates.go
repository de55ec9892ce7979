package workflows

import (
	"errors"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/names"
)

// setUpdateHandlers registers the updates that people send to a withdrawal.
func (w *withdrawalProcess) setUpdateHandlers(ctx workflow.Context) error {
	return errors.Join(
		workflow.SetUpdateHandlerWithOptions(ctx, UpdateReserved, w.onReserved,
			workflow.UpdateHandlerOptions{Description: "Returns once the amount is reserved, or why it is not."}),
		workflow.SetUpdateHandlerWithOptions(ctx, UpdateCancel, w.onCancel,
			workflow.UpdateHandlerOptions{Validator: validateOperator, Description: "Returns to the balance what is not sent yet."}),
		workflow.SetUpdateHandlerWithOptions(ctx, UpdateRetry, w.onRetry,
			workflow.UpdateHandlerOptions{Validator: validateOperator, Description: "Tries all deposits again, at once."}),
	)
}

func (w *withdrawalProcess) onReserved(ctx workflow.Context) (funding.WithdrawalStatus, error) {
	if err := w.awaitReserved(ctx); err != nil {
		return "", err
	}
	return w.status(), nil
}

// awaitReserved waits until the amount is reserved, and returns why it was not.
func (w *withdrawalProcess) awaitReserved(ctx workflow.Context) error {
	if err := workflow.Await(ctx, func() bool { return w.State.Reserved || w.reserveErr != nil }); err != nil {
		return err
	}
	return activities.Failure(w.reserveErr)
}

// status is sending in a history that has not read the withdrawal yet.
func (w *withdrawalProcess) status() funding.WithdrawalStatus {
	if w.onRecord.Status == "" {
		return funding.WithdrawalSending
	}
	return w.onRecord.Status
}

func (w *withdrawalProcess) onCancel(ctx workflow.Context, in Operator) (funding.WithdrawalStatus, error) {
	if err := w.awaitReserved(ctx); err != nil {
		return "", err
	}
	var status funding.WithdrawalStatus
	by := w.action(ctx, UpdateCancel, in)
	err := untilAnswered(ctx, "Cancel the rest of the withdrawal", func() (err error) {
		status, err = w.cancel(ctx, by)
		return err
	})
	w.wake()
	return status, activities.Failure(err)
}

func (w *withdrawalProcess) onRetry(ctx workflow.Context, in Operator) (funding.WithdrawalStatus, error) {
	if err := w.awaitReserved(ctx); err != nil {
		return "", err
	}
	err := recordForPerson(ctx, "Record the request: retry", activities.RecordOperatorAction, w.action(ctx, UpdateRetry, in))
	if err == nil {
		err = recordForPerson(ctx, "Try all deposits again", activities.ReopenWithdrawal, w.Withdrawal.ID)
	}
	w.State.Checks, w.State.Cover.Waits = 0, 0
	w.wake()
	return w.status(), activities.Failure(err)
}

func (w *withdrawalProcess) action(ctx workflow.Context, action string, in Operator) access.OperatorAction {
	subject := names.Withdrawal(w.Withdrawal.ID)
	return access.OperatorAction{
		ID: names.ActionID(subject, workflow.GetCurrentUpdateInfo(ctx).ID), Subject: subject, Action: action,
		Actor: in.Actor, Reason: in.Reason, Evidence: in.Evidence,
	}
}
