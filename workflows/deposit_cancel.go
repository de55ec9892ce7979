package workflows

import (
	"errors"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/names"
)

// cancelInTemporal carries out a cancellation by the CLI or UI. Without an answer of Stripe it is carried out at
// a later check. A payment that is being processed arrives, or is cancelled once it has failed. In that time no
// payment is requested.
func (d *depositProcess) cancelInTemporal(ctx workflow.Context) error {
	if !d.cancelNoted {
		if err := record(ctx, "Record the request: cancel", activities.RecordOperatorAction, cancelledInTemporal(names.Deposit(d.Deposit.ID))); err != nil {
			return err
		}
		d.cancelNoted = true
	}
	err := d.cancelLocked(ctx)
	switch {
	case err == nil || d.State.Status.Ended():
	case fault.CodeOf(err) == codeProcessing:
		d.hide(ctx)
		d.wait(ctx, "Until the payment has succeeded or failed")
	case !changes(err):
		return err
	default:
		d.showUncancelled(ctx, err)
		d.wait(ctx, "Until the payment is cancelled again")
	}
	return nil
}

func (d *depositProcess) showUncancelled(ctx workflow.Context, cause error) {
	if d.shown == "payment_unclear" {
		return
	}
	showAttention(ctx, attention{
		Reason:   "payment_unclear",
		Detail:   "The deposit was cancelled in Temporal, and it is not known yet whether its payment is cancelled (" + fault.CodeOf(cause) + "). The workflow cancels it again at every check, and requests no other one. Act only if this reason stays.",
		Commands: []string{d.checkLine()},
	})
	d.shown, d.State.Shown = "payment_unclear", true
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
	case paymentProcessing:
		return fault.New(fault.Conflict, codeProcessing, "the payment is being processed and cannot be cancelled: withdraw the amount when it has arrived")
	}
	return stopped.refused
}

// codeProcessing is the code of a refusal to cancel a payment that is being processed.
const codeProcessing = "payment_processing"

// requirePending returns nil for a deposit that is pending or cancelled.
func (d *depositProcess) requirePending() error {
	return funding.Deposit{Status: d.State.Status}.RequireCancellable()
}
