package workflows

import (
	"strconv"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/rail"
)

// requestFor is how long the payment is requested. No one is surprised by a payment that is made much
// later.
const requestFor = time.Hour

// lookedFor is how long what was read at Stripe allows a request. A history that is reset replays old
// answers, and another history may have sent the request since. Stripe keeps keys for a day, so slow answers
// may take their time.
const lookedFor = 20 * time.Minute

// createPayment creates the payment, with a generation and a moment that are stored before. A request
// without an answer is looked up. If it has made no payment, its generation ends, and the next one is
// requested.
func (d *depositProcess) createPayment(ctx workflow.Context) error {
	if err := d.moving.Lock(ctx); err != nil {
		return err
	}
	known, err := d.createLocked(ctx)
	d.moving.Unlock()
	if err != nil || known {
		return err
	}
	if d.shown != "payment_unclear" {
		showAttention(ctx, attention{
			Reason:   "payment_unclear",
			Detail:   "Stripe did not answer whether the payment of the deposit was created (" + fault.CodeOf(d.createErr) + "). The workflow searches for it. If it does not exist, the workflow requests it again, for an hour. Act only if this reason stays.",
			Commands: []string{d.checkLine()},
		})
		d.shown, d.State.Shown = "payment_unclear", true
	}
	d.sleep(ctx, min(d.CheckInterval.Std(), clockSkewMax), "Until the workflow searches for the payment again")
	return nil
}

// createLocked reports whether it is known that the payment exists or never will. The caller must hold
// the lock.
func (d *depositProcess) createLocked(ctx workflow.Context) (known bool, err error) {
	defer func() { d.created = true }()
	if d.State.Status.Ended() || d.State.PaymentIntentID != "" {
		return true, nil
	}
	if d.State.Generation > 0 {
		if known, err := d.findPayment(ctx); err != nil || known {
			return known, err
		}
		if d.cancelling > 0 || workflow.Now(ctx).Sub(d.State.TriedAt) <= clockSkewMax {
			return false, nil
		}
		if workflow.Now(ctx).Sub(d.Deposit.Now) > requestFor {
			return true, d.end(ctx, funding.DepositDeclined, funding.PaymentNotCreated)
		}
	}
	asked := workflow.Now(ctx)
	frozen, err := step(ctx, "Freeze the request of the payment", activities.FreezeDepositPayment, activities.PaymentAsked{
		DepositID: d.Deposit.ID, Previous: d.State.Generation, At: asked,
	})
	if err != nil {
		return false, err
	}
	d.State.Generation, d.State.AskedAt = frozen.Generation, askedAt(frozen)
	switch {
	case frozen.PaymentIntentID != "" || frozen.Status.Ended(): // by another history, before this one was reset
		d.State.Status, d.State.PaymentIntentID, d.State.FailureCode = frozen.Status, frozen.PaymentIntentID, frozen.FailureCode
		return true, nil
	case workflow.Now(ctx).Sub(asked) >= lookedFor || asked.Sub(d.State.AskedAt) >= lookedFor:
		d.State.TriedAt = workflow.Now(ctx) // another history may have sent this request
		return false, nil
	}
	d.tries++
	paid, err := moveMoney(ctx, "deposit-g"+strconv.Itoa(d.State.Generation)+"-"+strconv.Itoa(d.tries), "Create the payment of the deposit", activities.CreateFunding, rail.FundingRequest{
		DepositID: d.Deposit.ID, AmountMinor: d.Deposit.PaymentMinor(), Currency: d.Deposit.Currency, PaymentMethod: d.PaymentMethod,
		Generation: d.State.Generation, IdempotencyKey: names.DepositKey(d.Deposit.ID, d.State.Generation),
	})
	d.createErr, d.State.TriedAt = err, workflow.Now(ctx)
	switch {
	case err == nil && paid.DeclinedBecause != "":
		return true, d.decline(ctx, paid)
	case err == nil:
		return true, d.adopt(ctx, paid.ID)
	case rail.Classify(rail.OperationFund, fault.KindOf(err), rail.MeaningOf(err)).Definitive && paid.ID == "":
		return true, d.end(ctx, funding.DepositDeclined, fault.CodeOf(err))
	}
	return false, nil
}

// findPayment looks a request without an answer up. It reports whether its outcome is known.
func (d *depositProcess) findPayment(ctx workflow.Context) (known bool, err error) {
	found, err := do(ctx, railRead, "Check whether the payment was created", activities.FindFunding, activities.FundingGeneration{
		DepositID: d.Deposit.ID, Generation: d.State.Generation, Since: d.State.AskedAt.Add(-clockSkewMax),
	})
	if err != nil {
		d.createErr, d.State.TriedAt = err, workflow.Now(ctx) // unknown until it can be read
		return false, nil
	}
	if found.Found {
		return true, d.adopt(ctx, found.ID)
	}
	return false, nil
}

func (d *depositProcess) adopt(ctx workflow.Context, paymentIntentID string) error {
	err := record(ctx, "Record the payment", activities.RecordDepositPayment, activities.DepositPayment{DepositID: d.Deposit.ID, PaymentIntentID: paymentIntentID})
	if err != nil {
		return err
	}
	d.State.PaymentIntentID, d.createErr = paymentIntentID, nil
	d.hide(ctx)
	return nil
}

// decline cancels a payment whose method was declined, so that no money can arrive through it.
func (d *depositProcess) decline(ctx workflow.Context, paid rail.Funding) error {
	if err := d.adopt(ctx, paid.ID); err != nil {
		return err
	}
	d.State.Declined = paid.DeclinedBecause
	if _, err := do(ctx, railMoney, "Cancel the declined payment", activities.CancelFunding, paid.ID); err != nil {
		return nil //nolint:nilerr // the next check cancels it
	}
	return d.end(ctx, funding.DepositDeclined, paid.DeclinedBecause)
}
