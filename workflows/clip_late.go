package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/clip"
)

// takeLate receives readings that came after their call had ended, and keeps the newest one that can be used. One that
// cannot does not wake the clip, because a clip that wakes is read.
func (c *clipProcess) takeLate(arrived workflow.ReceiveChannel) bool {
	taken := false
	for {
		var late activities.ProviderAnswer
		if !arrived.ReceiveAsync(&late) {
			return taken
		}
		if c.canUse(late) && (c.State.Late == nil || late.Reading.ObservedAt.After(c.State.Late.Reading.ObservedAt)) {
			c.State.Late, taken = &late, true
		}
	}
}

// canUse reports whether a late reading is newer than the last one, and the clip is one whose readings are credited.
// While the channel is unproven or a last reading is due, readings have rules of their own.
func (c *clipProcess) canUse(late activities.ProviderAnswer) bool {
	return late.Reading != nil && late.Reading.ObservedAt.After(c.State.LastAt) &&
		c.State.Status == clip.Tracking && !c.State.Review.Closed && !c.State.Reopened && !c.State.Sweep && c.State.Proof == nil
}

// recordLate credits a late reading as any other. It reports false if it was not used, so that the clip is read.
func (c *clipProcess) recordLate(ctx workflow.Context) (used bool, err error) {
	late := c.State.Late
	c.State.Late = nil
	if late == nil || !c.canUse(*late) || !workflow.Now(ctx).Before(c.State.TrackUntil) {
		return false, nil
	}
	c.State.Failed, c.State.Failing, c.State.Unanswered = 0, false, nil
	if err := c.noteUnrationed(ctx, true); err != nil {
		return true, err
	}
	if err := c.noteFound(ctx); err != nil {
		return true, err
	}
	switch err := c.credit(ctx, *late, false); {
	case trackingOff(err):
		c.awaitTracking(ctx, false)
		return true, nil
	case err != nil:
		return true, err
	case !c.State.Status.Terminal():
		c.sleepUntilNext(ctx)
	}
	return true, nil
}
