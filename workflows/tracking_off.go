package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/killswitch"
	"github.com/creditroll/creditroll/domain/views"
)

// trackingOff reports that a reading was refused because a person has stopped tracking.
func trackingOff(err error) bool { return fault.CodeOf(err) == killswitch.TrackingOff }

// stoppedDoublingsMax bounds the wait of a clip whose next reading is urgent.
const stoppedDoublingsMax = 2

// awaitTracking waits before the switch of tracking is read again. Nothing is lost in that time:
// counts only grow, so the first reading afterwards has the views of the whole time.
//
// Each wait is twice the one before. A clip that a person waits for, because it is new or has
// only its final reading left, is tried again soon. Others wait up to their usual interval, so
// that a long stop makes no more requests than tracking itself.
func (c *clipProcess) awaitTracking(ctx workflow.Context, urgent bool) {
	workflow.SetCurrentDetails(ctx, "Tracking is switched off, so the clip is not read. It is read again once tracking is on. `GET /v1/switches` has who switched it off and why.")
	if c.State.Stopped == 0 {
		c.State.StoppedAt = workflow.Now(ctx)
	}
	wait, waitMax := c.Schedule.IntervalMin.Std(), c.Schedule.IntervalMin.Std()<<stoppedDoublingsMax
	if !urgent {
		now := workflow.Now(ctx)
		waitMax = max(waitMax, views.NextPoll(c.Schedule, views.Poll{
			Age: now.Sub(c.State.PublishedAt), CapRemainingViews: -1, WindowLeft: c.State.TrackUntil.Sub(now),
		}).After)
	}
	for range c.State.Stopped {
		if wait >= waitMax {
			break
		}
		wait *= 2
	}
	c.State.Stopped++
	c.sleep(ctx, min(wait, waitMax), "Until the switch of tracking is read again")
}

// noteTracking ends a stop: providers were asked. The stop takes nothing from the time that a last reading gets.
func (c *clipProcess) noteTracking(ctx workflow.Context) {
	if c.State.Stopped == 0 {
		return
	}
	off := workflow.Now(ctx).Sub(c.State.StoppedAt)
	if open := c.State.Recheck; open != nil && !open.FinalSince.IsZero() {
		open.FinalSince = open.FinalSince.Add(off)
	}
	if looks := c.State.Unanswered; looks != nil {
		looks.Since, looks.LastAt = looks.Since.Add(off), looks.LastAt.Add(off)
	}
	c.State.Rationed.extend(off)
	c.State.Stopped, c.State.StoppedAt = 0, time.Time{}
	workflow.SetCurrentDetails(ctx, "")
}

// showTracking puts a campaign on the needs-attention list while its final readings wait for
// tracking. Clips are not on that list: one entry is enough for all of them.
func (c *campaignProcess) showTracking(ctx workflow.Context, off bool) {
	if off && !c.trackingShown {
		c.trackingShown, c.State.TrackingOff = true, true
		showAttention(ctx, attention{
			Reason: "tracking_paused",
			Detail: "The campaign's clips need a final reading, or are to be credited what a dispute has held back. A person has switched tracking off, so neither happens. The campaign continues once tracking is on again: `PUT /v1/switches/tracking`. `GET /v1/switches` has who switched it off and why.",
		})
	}
	if !off && c.State.TrackingOff {
		c.trackingShown, c.State.TrackingOff = false, false
		clearAttention(ctx)
	}
}
