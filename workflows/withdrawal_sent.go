package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/rail"
)

// readSent reads what became of the refunds that were sent, and books at most one that has failed. An event
// does not say which refund it is about, so all of them are read: once in a history, and again after a signal.
// A signal that comes at work is noticed at the next wait or at the end, so that many events cause one reading.
//
// If Stripe does not answer, the withdrawal goes on, and does not end before it has read them.
func (w *withdrawalProcess) readSent(ctx workflow.Context) (booked bool, err error) {
	sent, err := step(ctx, "List the deposits that were refunded", activities.ListSentRefunds, w.Withdrawal.ID)
	if err != nil {
		return false, err
	}
	for _, refund := range sent {
		made, err := w.listRefunds(ctx, refund)
		if err != nil {
			w.unread = &unreadRefunds{refund.PaymentIntentID, err}
			return false, nil
		}
		news, err := bookDepositRefunds(ctx, refund.DepositID, refund.Currency, made)
		if err != nil {
			return false, err
		}
		if news == refundsBookedOne {
			w.onRecord, w.State.Checks = funding.Withdrawal{}, 0
			return true, nil
		}
	}
	w.sentRead, w.unread = true, nil
	w.State.Unreadable.succeeded(ctx)
	return false, nil
}

// unreadRefunds are those of a payment that Stripe has not shown, and why.
type unreadRefunds struct {
	paymentIntentID string
	why             error
}

// listRefunds lists the refunds of a deposit's payment. One that waits for something reads less often.
func (w *withdrawalProcess) listRefunds(ctx workflow.Context, refund funding.Refund) ([]rail.Refund, error) {
	if w.State.Checks > 0 {
		return listRefundsBy(ctx, railLook, refund.PaymentIntentID, refund.CampaignID)
	}
	return listRefundsOf(ctx, refund.PaymentIntentID, refund.CampaignID)
}

// end ends the workflow of a withdrawal that has ended, unless a signal has come that may be about a refund.
func (w *withdrawalProcess) end(ctx workflow.Context) (err error) {
	w.hide(ctx)
	if !w.sentRead {
		if w.unread != nil {
			w.State.Unreadable.failed(ctx, "the refunds of the payment "+w.unread.paymentIntentID, w.unread.why, w.retryLine())
		}
		w.wait(ctx, "Until Stripe is read again")
		return nil
	}
	w.ended, err = w.isQuiet(ctx)
	return err
}
