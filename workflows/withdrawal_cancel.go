package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/names"
)

// cancel cancels in the books, which know whether a refund is requested.
func (w *withdrawalProcess) cancel(ctx workflow.Context, by access.OperatorAction) (funding.WithdrawalStatus, error) {
	cancelled, err := step(ctx, "Cancel the rest of the withdrawal", activities.CancelWithdrawal, activities.WithdrawalCancel{
		WithdrawalID: w.Withdrawal.ID, By: by, Now: workflow.Now(ctx),
	})
	if err == nil {
		w.onRecord, w.State.Checks, w.cancels = cancelled, 0, w.cancels+1
	}
	return cancelled.Status, err
}

// cancelInTemporal carries out a cancellation by the CLI or UI, as the update cancel does.
func (w *withdrawalProcess) cancelInTemporal(ctx workflow.Context) error {
	_, err := w.cancel(ctx, cancelledInTemporal(names.Withdrawal(w.Withdrawal.ID)))
	if fault.CodeOf(err) == withdrawalEnded {
		return nil
	}
	return err
}

// missingRefund is a refund that Stripe does not show, and since when.
type missingRefund struct {
	number int
	since  time.Time
}

// withdrawalEnded is the code with which the books refuse to cancel a withdrawal that has sent everything.
const withdrawalEnded = "withdrawal_ended"

// givenUp is the code of a refund that was not found when its withdrawal was cancelled.
const givenUp = "given_up_not_found"

// giveUp ends a refund that a cancelled withdrawal may have requested, and that Stripe does not show. Stripe may
// still be working on a request that was cut off, so it must be missing for a while. If it appears later, it is
// booked like one that a person has made.
func (w *withdrawalProcess) giveUp(ctx workflow.Context, refund funding.Refund) error {
	now := workflow.Now(ctx)
	if w.missing.number != refund.Number {
		w.missing = missingRefund{refund.Number, now}
	}
	if left := clockSkewMax - now.Sub(w.missing.since); left > 0 {
		w.sleep(ctx, left, "Until Stripe would show the refund")
		return nil
	}
	return w.endRefund(ctx, refund, funding.RefundRefused, givenUp, false)
}
