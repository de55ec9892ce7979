package workflows

import (
	"cmp"
	"errors"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/duration"
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

// cancelUntilKnown cancels until the outcome is known, and the payment is not requested again in that time.
// A temporary failure would be the answer to every repeated request with the same key, because an update's
// id keeps its first answer. A caller that does not wait so long repeats the request and waits again.
func (d *depositProcess) cancelUntilKnown(ctx workflow.Context) error {
	d.cancelling++
	defer func() { d.cancelling-- }()
	for tries := 0; ; tries++ {
		err := d.cancelLocked(ctx)
		if !changes(err) {
			return err
		}
		paymentIntentID := d.State.PaymentIntentID
		_, err = workflow.AwaitWithOptions(ctx, workflow.AwaitOptions{
			Timeout:      growing(duration.Text(min(d.CheckInterval.Std(), clockSkewMax)), tries),
			TimerOptions: workflow.TimerOptions{Summary: "Until the payment is cancelled again"},
		}, func() bool { return d.State.Status.Ended() || d.State.PaymentIntentID != paymentIntentID })
		if err != nil {
			return err
		}
	}
}

// changes reports whether the same request can succeed later, or when a person has fixed our settings.
func changes(failure error) bool {
	switch fault.KindOf(failure) {
	case fault.Unavailable, fault.UnknownOutcome, fault.RateLimited, fault.Denied, fault.Internal:
		return failure != nil
	}
	return false
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
		known, err := d.findPayment(ctx)
		switch {
		case err != nil:
			return err
		case !known && workflow.Now(ctx).Sub(d.State.TriedAt) > clockSkewMax:
			return d.end(ctx, funding.DepositCancelled, "") // Stripe would show the payment by now
		case !known:
			return fault.New(fault.Unavailable, "payment_unclear", "it is not yet known whether the payment was created: cancel again in a few minutes")
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
	return funding.Deposit{Status: d.State.Status}.RequireCancellable()
}
