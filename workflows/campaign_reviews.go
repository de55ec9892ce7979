package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/clip"
)

// releaseChecks is how many checks of a campaign lie between two releases of kept money.
const releaseChecks = 4

// settleReviews releases what is kept for rejected clips, and ends what no workflow of a clip ends. The money of other
// clips waits for a decision.
func (c *campaignProcess) settleReviews(ctx workflow.Context) error {
	now := workflow.Now(ctx)
	if now.Sub(c.State.ReleasedAt) >= releaseChecks*c.Settings.CheckInterval.Std() {
		if _, err := step(ctx, "Release what was kept for rejected clips", activities.ReleaseKept, c.moveOfBudget(ctx)); err != nil {
			return err
		}
		c.State.ReleasedAt = now
	}
	if now.Sub(c.State.ReviewsAt) < sweepAgainAfter {
		return nil
	}
	done, err := c.eachClip(ctx, activities.ListKeptUndecided, &c.State.ReviewsAfter, func(undecided []string) error {
		for _, id := range signalAll(ctx, undecided, SignalFinalSweep) {
			if err := c.settleUntrackedReview(ctx, id); err != nil {
				return err
			}
		}
		return nil
	})
	if trackingOff(err) || err == nil && !done { // at the next check
		return nil
	}
	c.State.ReviewsAt = now
	return err
}

// settleUntrackedReview does for a clip whose workflow was terminated what that would have done.
func (c *campaignProcess) settleUntrackedReview(ctx workflow.Context, clipID string) error {
	now := workflow.Now(ctx)
	result, err := step(ctx, "Approve a clip by rule that no workflow tracks", activities.ApproveByRule, clip.Overdue{ClipID: clipID, At: now})
	if err != nil {
		return err
	}
	if len(result.Signals) > 0 {
		c.showReview(ctx, clipID, result)
		return nil
	}
	if _, err := step(ctx, "Credit what is kept for the clip", activities.CreditDeferred, activities.DeferredCredit{ClipID: clipID, Now: now}); err != nil {
		return err
	}
	return record(ctx, "Finish a clip that no workflow tracks", activities.FinishUntracked, clip.Closing{ClipID: clipID, At: now})
}

// showReview puts the campaign on the needs-attention list: the clip has no workflow that could be on it.
func (c *campaignProcess) showReview(ctx workflow.Context, clipID string, result clip.RuleResult) {
	showAttention(ctx, overdueReview(clipID, result.Deadline, result.Signals))
	c.State.ReviewShown = true
}

// hideReview takes the campaign off the list once no money is kept for reviews.
func (c *campaignProcess) hideReview(ctx workflow.Context) {
	if c.State.ReviewShown {
		c.State.ReviewShown = false
		clearAttention(ctx)
		c.coverShown = "" // it was cleared as well
	}
}
