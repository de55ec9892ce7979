package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/views"
)

// awaitLastAnswer waits for providers that all failed when the last reading was due. An outage at the end takes no
// views from the creator, unless it lasts. A count that waits for confirmation keeps its own time, if it can still pay.
func (c *clipProcess) awaitLastAnswer(ctx workflow.Context) error {
	if c.State.Rationed.isOpen() {
		if !c.rationedTooLong(ctx) {
			return nil
		}
		return c.finishUnread(ctx)
	}
	if open := c.State.Recheck; open != nil && c.claimed() > 0 && !c.State.Spent {
		open.Tries++
		if c.awaitsConfirmation(ctx) {
			return nil
		}
		return c.finishUnread(ctx)
	}
	if !c.askedInVain(ctx) {
		return nil
	}
	return c.finishUnread(ctx)
}

// askedInVain reports whether all providers have failed for so long that the clip ends without its last reading, for
// as long as a post has to be missing. Failures before that was due do not count. Otherwise it waits until the
// next look.
func (c *clipProcess) askedInVain(ctx workflow.Context) bool {
	if c.State.Rationed.isOpen() {
		return c.rationedTooLong(ctx)
	}
	now, looks, proof := workflow.Now(ctx), views.Absence{}, c.Schedule.Absence()
	if c.State.Unanswered != nil {
		looks = *c.State.Unanswered
	}
	looks = proof.Look(looks, now, true)
	c.State.Unanswered = &looks
	if proof.Gone(looks, now) {
		return true
	}
	workflow.SetCurrentDetails(ctx, "No provider answers since "+looks.Since.UTC().Format(time.DateTime)+", and the last reading of the clip is due. Providers are asked again. If none answers for "+proof.Over.String()+", the clip ends without the reading.")
	c.sleep(ctx, proof.NextLook(looks, now), "Until the providers are asked for the last reading again, because all of them failed")
	return false
}

// awaitsConfirmation reports whether the final reading has to be taken again, and waits until then.
func (c *clipProcess) awaitsConfirmation(ctx workflow.Context) bool {
	open := c.State.Recheck
	if open == nil {
		return false
	}
	now := workflow.Now(ctx)
	if open.FinalSince.IsZero() {
		open.FinalSince, open.Tries = now, 1
	}
	wait := c.Schedule.NextFinalRecheck(open.After.Std(), open.Tries, open.FinalSince, now)
	if wait <= 0 {
		return false
	}
	c.sleep(ctx, wait, "Until the final count is read again to confirm it")
	return true
}

// finish ends a clip after its final reading.
func (c *clipProcess) finish(ctx workflow.Context) error {
	switch open := c.State.Recheck; {
	case open == nil && c.State.Spent:
		return c.endTracking(ctx, clip.FullyEarned)
	case open == nil:
		return c.endTracking(ctx, "")
	case open.Refused:
		return c.finishUnread(ctx)
	}
	return c.endTracking(ctx, clip.UnconfirmedCount)
}

// finishUnread ends a clip without a final reading. A reviewer can still confirm what was claimed.
func (c *clipProcess) finishUnread(ctx workflow.Context) error {
	reason := c.endReason(clip.LastReadingMissing)
	credited, err := c.creditDeferred(ctx)
	if err != nil || !credited {
		return err
	}
	c.State.Failed, c.State.Failing = 0, false // no provider is asked any more
	return c.endTracking(ctx, reason)
}

// endReason is why a clip ends that is not read again: because of a count that nothing has confirmed, if it has one.
func (c *clipProcess) endReason(otherwise string) string {
	switch {
	case c.claimed() == 0 || c.State.ReviewedViews > 0:
		return otherwise
	case c.State.Spent:
		return clip.FullyEarned
	}
	return clip.UnconfirmedCount
}

// finishReviewed credits what a reviewer has confirmed of a clip that had ended, and ends it again.
func (c *clipProcess) finishReviewed(ctx workflow.Context) error {
	credited, err := c.creditDeferred(ctx)
	if err != nil || !credited {
		return err
	}
	return c.move(ctx, clip.Finished, "")
}

// confirmUnproven lets a count count that a reviewer has confirmed, of a clip that has its last reading and waits for
// the proof of its channel. It earns with that.
func (c *clipProcess) confirmUnproven(ctx workflow.Context) error {
	credited, err := c.creditDeferred(ctx)
	if reason := c.State.Proof.Reason; credited && (reason == clip.UnconfirmedCount || reason == clip.FullyEarned) {
		c.State.Proof.Reason = ""
	}
	return err
}
