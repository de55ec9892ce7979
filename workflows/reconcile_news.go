package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
)

// newsMax bounds what one pass passes on. The latest go first; those behind them are told when
// some of these are settled.
const newsMax = 200

// newsFor is how long after it was found every pass tells of a difference. A process that has
// not settled it by then will hardly do so for being told twelve times an hour: it is told by
// whole passes, once a day.
const newsFor = time.Hour

// passOn tells the processes that a difference concerns to look: the webhook that should have
// told them was lost, or came before anybody listened. A dispute that nobody follows is
// followed from here on. What they book clears the difference at the next pass.
//
// The comparison stands whatever becomes of this: payout runs wait for it, and one campaign
// that cannot be read must not keep them waiting. Whom this pass could not tell, the next one
// tries again.
func (r *reconcileRun) passOn(ctx workflow.Context) {
	log := workflow.GetLogger(ctx)
	page := activities.MissedPage{Limit: newsMax}
	if r.State.Pass.Recent {
		page.FoundSince = workflow.Now(ctx).Add(-newsFor)
	}
	news, err := do(ctx, ledgerCall, "List who has to look at Stripe", activities.ListMissedEvents, page)
	if err != nil {
		log.Warn("nobody is told of differences", "error", err)
		return
	}
	for _, id := range news.DisputeIDs {
		if _, err := FollowDispute(ctx, DisputeInput{DisputeID: id, Campaign: r.Settings.Campaign}); err != nil {
			log.Warn("a dispute that differs is not followed", "dispute", id, "error", err)
		}
	}
	for _, id := range news.CampaignIDs {
		if _, err := tryCampaign(ctx, id, r.Settings.Campaign); err != nil {
			log.Warn("a campaign is not told of its refund", "campaign", id, "error", err)
		}
	}
}
