package workflows

import (
	"slices"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/rail"
)

// refundNews is what the books lacked of the refunds of a payment.
type refundNews int

const (
	refundsUpToDate  refundNews = iota // nothing
	refundsPending                     // nothing yet: one is under way
	refundsBookedOne                   // one that is booked now; there may be more
)

// refundBooks are the steps that book the refunds of a campaign or of a deposit. A converted payment has rules of
// its own: each of its refunds moves two currencies, and is booked also if it has failed.
type refundBooks struct {
	known     activities.Activity[[]string, campaign.BookedRefunds]
	succeeded func(rail.Refund) error
	failed    func(rail.Refund) error // after it was booked
}

// bookOneRefund books at most one refund that has succeeded, or that failed after it was booked. Stripe's list
// decides what is booked, so any workflow may call it at any time.
func bookOneRefund(ctx workflow.Context, made []rail.Refund, books refundBooks) (refundNews, error) {
	if len(made) == 0 {
		return refundsUpToDate, nil
	}
	ids := make([]string, len(made))
	for i, refund := range made {
		ids[i] = refund.ID
	}
	known, err := step(ctx, "List which refunds are booked", books.known, ids)
	if err != nil {
		return refundsUpToDate, err
	}
	news := refundsUpToDate
	for _, refund := range made {
		booked, undone := slices.Contains(known.Booked, refund.ID), slices.Contains(known.Failed, refund.ID)
		switch {
		case refundFailed(refund) && booked && !undone:
			return refundsBookedOne, books.failed(refund)
		case refundFailed(refund) || booked:
		case refund.Status == rail.RefundSucceeded:
			return refundsBookedOne, books.succeeded(refund)
		default:
			news = refundsPending
		}
	}
	return news, nil
}

func refundFailed(refund rail.Refund) bool {
	return refund.Status == rail.RefundFailed || refund.Status == rail.RefundCanceled
}
