package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/views"
)

// postUnreadable is the code of a round in which providers answer about other posts and have nothing about this one.
// Their credentials and quotas are in order then.
const postUnreadable = "post_unreadable"

// noteFailed keeps why a round has failed. Failing providers need attention; a post that they cannot read has a
// reason that its creator and the reviewers see.
func (c *clipProcess) noteFailed(ctx workflow.Context, failure error) error {
	c.State.Failed++
	c.failure = fault.CodeOf(failure)
	switch c.failure {
	case postUnreadable:
		c.State.Failing = false
		return c.noteWaiting(ctx, clip.WaitingUnreadable)
	case views.CircuitOpen:
		return nil // ProviderTrouble shows it once for all clips of the provider
	}
	c.State.Failing = c.State.Failing || c.State.Failed >= failedAttention
	return nil
}

// awaitProviders waits after a round in which all providers failed. Each wait is twice the one before, up to the usual
// interval, so that a clip which is never readable costs no more than one that is.
func (c *clipProcess) awaitProviders(ctx workflow.Context) {
	if c.State.Rationed.isOpen() {
		c.awaitQuota(ctx)
		return
	}
	wait := c.Schedule.IntervalMin.Std()
	wait = max(wait, min(views.NextRecheck(wait, c.State.Failed, c.usualInterval(ctx)), c.absenceWait(ctx)))
	c.sleep(ctx, wait, "Until the providers are asked again, because all of them failed")
}

// unseenIntervalShare divides the longest interval for a post whose age is not known.
const unseenIntervalShare = 12

func (c *clipProcess) usualInterval(ctx workflow.Context) time.Duration {
	switch {
	case c.State.Status == clip.InReview:
		return c.untilNextInReview(ctx)
	case c.State.PublishedAt.IsZero():
		return c.Schedule.IntervalMax.Std() / unseenIntervalShare
	}
	now := workflow.Now(ctx)
	return views.NextPoll(c.Schedule, views.Poll{
		Age: now.Sub(c.State.PublishedAt), CapRemainingViews: -1, Thrift: c.thrift, WindowLeft: c.State.TrackUntil.Sub(now),
	}).After
}

// absenceWait is the longest wait while time has to prove that the post is gone: a gap would start the proof again.
func (c *clipProcess) absenceWait(ctx workflow.Context) time.Duration {
	if c.State.Absence == nil {
		return c.Schedule.IntervalMax.Std()
	}
	return c.Schedule.NeverSeen().NextLook(*c.State.Absence, workflow.Now(ctx))
}

// isUnreadable reports whether the clip waits for a post that providers cannot read.
func (c *clipProcess) isUnreadable() bool { return c.State.WaitingFor == clip.WaitingUnreadable }
