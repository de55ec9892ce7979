package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
)

// missedMax is how many differences one pass sends notifications for. The latest come first;
// older ones follow in later passes, when some of these are settled.
const missedMax = 200

// missedRepeatFor is how long every pass repeats the notification of a difference after it was
// found. A workflow that has not settled it by then gets the notification from whole passes
// only, once a day: twelve repetitions an hour would not help.
const missedRepeatFor = time.Hour

// notifyMissed signals the disputes, campaigns, deposits, converted payments and payouts that a difference
// concerns, so that they read Stripe: the webhook was lost, or came before the workflow ran. A dispute
// without a workflow gets one, and a payout whose workflow has ended is started again: a running one asks
// Stripe itself, and an ended one asks no more. What they book clears the difference in the next pass.
//
// A failure here does not fail the pass. Payout runs wait for the comparison, and one unreadable
// campaign must not block them. The next pass tries again.
func (r *reconcileProcess) notifyMissed(ctx workflow.Context) {
	log := workflow.GetLogger(ctx)
	page := activities.MissedPage{Limit: missedMax}
	if r.State.Pass.Recent {
		page.FoundSince = workflow.Now(ctx).Add(-missedRepeatFor)
	}
	missed, err := do(ctx, ledgerCall, "List processes with missed events", activities.ListMissedEvents, page)
	if err != nil {
		log.Warn("no workflow is notified of differences", "error", err)
		return
	}
	for _, id := range missed.DisputeIDs {
		if _, err := followDispute(ctx, DisputeInput{DisputeID: id, Campaign: r.Settings.Campaign}); err != nil {
			log.Warn("a dispute that differs is not followed", "dispute", id, "error", err)
		}
	}
	for _, id := range missed.CampaignIDs {
		if _, err := notifyCampaignOnce(ctx, id, r.Settings.Campaign); err != nil {
			log.Warn("a campaign is not notified of its refund", "campaign", id, "error", err)
		}
	}
	for _, id := range missed.DepositIDs {
		if _, err := notifyDeposit(ctx, id, r.Settings.Campaign); err != nil {
			log.Warn("a deposit is not notified of its refund", "deposit", id, "error", err)
		}
	}
	for _, id := range missed.ConvertedPaymentIDs {
		if err := followConverted(ctx, ConvertedPaymentInput{PaymentIntentID: id, CheckInterval: r.Settings.Campaign.complete().CheckInterval}); err != nil {
			log.Warn("a converted payment is not followed", "payment", id, "error", err)
		}
	}
	for _, id := range missed.PayoutIDs {
		if _, err := notifyPayout(ctx, id, SignalStripeChanged, r.Settings.Payout); err != nil {
			log.Warn("a payout that differs is not notified", "payout", id, "error", err)
		}
	}
}
