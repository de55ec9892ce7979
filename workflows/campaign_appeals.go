package workflows

import (
	"strconv"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/clip"
)

// Appeals are filed and decided in the books, and the workflow of an appealed clip has ended. So the workflow of its
// campaign looks after them.

const (
	// appealsEvery is the time between two looks at the open appeals of a campaign.
	appealsEvery = 24 * time.Hour
	// appealChecks is how many checks of a campaign lie between two looks while an appeal is overdue.
	appealChecks = 4
)

// checkAppeals puts the campaign on the needs-attention list while an appeal waits for longer than a review may take.
func (c *campaignProcess) checkAppeals(ctx workflow.Context) error {
	if workflow.Now(ctx).Before(c.State.AppealsAt) {
		return nil
	}
	_, err := c.countAppeals(ctx)
	return err
}

func (c *campaignProcess) countAppeals(ctx workflow.Context) (clip.OpenAppeals, error) {
	now := workflow.Now(ctx)
	found, err := step(ctx, "Look for appeals that are open for too long", activities.CountOpenAppeals, clip.AppealsOf{
		CampaignID: c.CampaignID, FiledBefore: now.Add(-c.Terms.ReviewTime()),
	})
	if err != nil {
		return found, err
	}
	c.State.AppealsAt = now.Add(appealsEvery)
	switch {
	case found.Overdue > 0:
		c.State.AppealsAt = now.Add(appealChecks * c.Settings.CheckInterval.Std())
		c.State.AppealShown = true
		showAttention(ctx, overdueAppeal(found))
	case c.State.AppealShown:
		c.State.AppealShown = false
		clearAttention(ctx)
		c.coverShown = "" // it was cleared as well
	}
	return found, nil
}

// overdueAppeal is the attention for appeals that no reviewer has decided in time.
func overdueAppeal(found clip.OpenAppeals) attention {
	return attention{
		Reason: "appeal_overdue",
		Detail: strconv.Itoa(found.Overdue) + " appeals have been open for longer than a review may take. The oldest is " + found.AppealID + " about the clip " + found.ClipID + ", filed on " + found.FiledAt.UTC().Format(time.RFC1123) + ". " +
			"Money that is kept for the clip stays kept. Have a reviewer decide who did not take the decision: `POST /v1/appeals/" + found.AppealID + "/uphold` or `/overturn`.",
	}
}

// awaitEndAndAppeals waits until the campaign ends, or until its appeals are looked at again.
func (c *campaignProcess) awaitEndAndAppeals(ctx workflow.Context) {
	now := workflow.Now(ctx)
	left, untilLook := max(0, c.Terms.EndsAt.Sub(now)), c.State.AppealsAt.Sub(now)
	if untilLook < left {
		c.sleep(ctx, untilLook, "Until the open appeals of the campaign are looked at")
		return
	}
	c.sleep(ctx, left, "Until the campaign ends")
}
