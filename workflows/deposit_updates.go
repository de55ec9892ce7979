package workflows

import (
	"errors"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/rail"
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
		return DepositStarted{}, activities.Failure(fault.New(fault.Conflict, "deposit_declined", "the payment was declined: deposit again with another payment method"))
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
	err := record(ctx, "Record the request: cancel", activities.RecordOperatorAction, access.OperatorAction{
		ID:      names.ActionID(names.Deposit(d.Deposit.ID), workflow.GetCurrentUpdateInfo(ctx).ID),
		Subject: names.Deposit(d.Deposit.ID), Action: UpdateCancel, Actor: in.Actor, Reason: in.Reason, Evidence: in.Evidence,
	})
	if err == nil {
		err = d.cancelLocked(ctx)
	}
	d.wake()
	return d.State.Status, activities.Failure(err)
}

// cancelLocked makes sure that no money can arrive through the payment, with the lock held. It returns
// fault.Conflict "deposit_ended" for a deposit that has ended otherwise, and "payment_processing" for a
// payment that cannot be cancelled now.
func (d *depositProcess) cancelLocked(ctx workflow.Context) error {
	if err := d.moving.Lock(ctx); err != nil {
		return err
	}
	defer d.moving.Unlock()
	if d.State.PaymentIntentID == "" && !d.State.Status.Ended() {
		if d.State.Generation == 0 {
			return d.end(ctx, funding.DepositCancelled, "")
		}
		if known, err := d.findPayment(ctx); err != nil || !known {
			return errors.Join(err, fault.New(fault.Unavailable, "payment_unclear", "it is not yet known whether the payment was created: cancel again in a few minutes"))
		}
	}
	if err := d.requirePending(); err != nil {
		return err
	}
	stopped := cancelPayment(ctx, d.State.PaymentIntentID)
	switch stopped.outcome {
	case paymentCancelled:
		return d.end(ctx, funding.DepositCancelled, "")
	case paymentSucceeded:
		return errors.Join(d.book(ctx, stopped.paid), d.requirePending())
	}
	refused := stopped.refused
	if rail.Classify(rail.OperationFund, fault.KindOf(refused), rail.MeaningOf(refused)).Definitive {
		return fault.New(fault.Conflict, "payment_processing", "the payment is being processed and cannot be cancelled: withdraw the amount when it has arrived")
	}
	return refused
}

// requirePending returns nil for a deposit that is pending or cancelled.
func (d *depositProcess) requirePending() error {
	switch d.State.Status {
	case funding.DepositPending, funding.DepositCancelled:
		return nil
	}
	return fault.New(fault.Conflict, "deposit_ended", "the deposit has ended already: it is %s", d.State.Status)
}
