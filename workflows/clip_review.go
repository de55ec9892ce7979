package workflows

import (
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/views"
)

// A clip in review is read at the slow tier, and its readings credit nothing. A person decides. At the deadline the
// rule approves a clip that nothing speaks against; any other one stays, and a person has to look. The end of the
// campaign reads it once more and closes the review: the money of that moment is kept, and a decision can come later.

// reviewState is what the review of a clip carries from one history into the next.
type reviewState struct {
	Deadline time.Time `json:"deadline,omitzero"`
	// NextReading is when the clip is read next, and NextRule when the rule is tried next.
	NextReading time.Time `json:"next_reading,omitzero"`
	NextRule    time.Time `json:"next_rule,omitzero"`
	// Closed: the campaign has ended and no reading follows.
	Closed bool `json:"closed,omitempty"`
	// Shown: the clip is on the needs-attention list because its deadline has passed.
	Shown bool `json:"shown,omitempty"`
}

func (r Review) ruling(now time.Time) *clip.Ruling {
	return &clip.Ruling{Decision: r.Decision, By: clip.ByPerson, Actor: r.Actor, Code: r.Reason, NoteID: r.NoteID, At: now}
}

// beginReview moves a verified clip into review. What verified it is its first reading.
func (c *clipProcess) beginReview(ctx workflow.Context, observed activities.ProviderAnswer, unproven bool) error {
	if err := c.accept(ctx, clip.InReview, unproven); err != nil {
		return err
	}
	err := c.credit(ctx, observed, false)
	if trackingOff(err) {
		return nil // it is read again when tracking is on
	}
	c.noteRead(ctx)
	return err
}

// reviewInterval is the time between the readings of a clip in review, and between the tries of the rule.
func (c *clipProcess) reviewInterval() time.Duration { return c.Schedule.SlowInterval() }

// untilNextInReview is reviewInterval, slowed down by a ceiling for costs.
func (c *clipProcess) untilNextInReview(ctx workflow.Context) time.Duration {
	return c.Schedule.NextInReview(c.thrift, c.State.TrackUntil.Sub(workflow.Now(ctx)))
}

// review does what is due next for a clip in review, or waits for it.
func (c *clipProcess) review(ctx workflow.Context) error {
	now, state := workflow.Now(ctx), &c.State.Review
	switch {
	case state.Closed && c.State.ReviewedViews > 0: // the approval pays it
		_, err := c.creditDeferred(ctx)
		return err
	case c.State.Sweep && !state.Closed:
		return c.closeReview(ctx)
	case !state.NextRule.IsZero() && !now.Before(state.NextRule):
		return c.decideByRule(ctx)
	case !state.Closed && c.asked:
		if wait := c.tooEarly(ctx); wait > 0 {
			c.sleep(ctx, wait, "Until the clip is read because its campaign was paused or resumed")
			return nil
		}
		return c.readInReview(ctx)
	case !state.Closed && !now.Before(state.NextReading):
		return c.readInReview(ctx)
	}
	if !state.Shown {
		workflow.SetCurrentDetails(ctx, "The clip waits until a reviewer approves or rejects it. Its deadline is "+state.Deadline.UTC().Format(time.RFC1123)+": then a clip that nothing speaks against is approved by rule.")
	}
	switch due := c.nextInReview(); {
	case due.IsZero():
		c.sleep(ctx, forever, "")
	case state.Closed || due.Equal(state.NextRule):
		c.sleep(ctx, due.Sub(now), "Until the deadline of the review")
	default:
		c.sleep(ctx, due.Sub(now), "Until the next reading of a clip in review")
	}
	return nil
}

// nextInReview is when something is due without an event.
func (c *clipProcess) nextInReview() time.Time {
	state := c.State.Review
	if state.Closed || !state.NextRule.IsZero() && state.NextRule.Before(state.NextReading) {
		return state.NextRule
	}
	return state.NextReading
}

// readInReview records a reading that credits nothing.
func (c *clipProcess) readInReview(ctx workflow.Context) error {
	observed, err := c.observe(ctx)
	if c.State.ReviewedViews > 0 && !trackingOff(err) && observed.Reading == nil { // no reading takes it along
		if credited, err := c.creditRepeated(ctx, true); err != nil || !credited {
			return err
		}
	}
	switch {
	case trackingOff(err):
		c.awaitTracking(ctx, false)
		return nil
	case err != nil:
		c.awaitProviders(ctx)
		return nil
	case observed.hasNoCounter():
		return c.awaitCounter(ctx, observed, false)
	case observed.Reading == nil:
		return c.countMissing(ctx, observed)
	}
	if err := c.noteFound(ctx); err != nil {
		return err
	}
	if err := c.credit(ctx, observed.ProviderAnswer, false); err != nil {
		if trackingOff(err) {
			c.awaitTracking(ctx, false)
			return nil
		}
		return err
	}
	c.noteRead(ctx)
	return nil
}

// noteRead sets the time of the next reading. A count that waits for confirmation is read sooner.
func (c *clipProcess) noteRead(ctx workflow.Context) {
	c.State.LastAt = workflow.Now(ctx)
	wait := c.untilNextInReview(ctx)
	if open := c.State.Recheck; open != nil {
		wait = views.NextRecheck(open.After.Std(), open.Tries, wait)
	}
	c.State.Review.NextReading = c.State.LastAt.Add(wait)
}

// decideByRule approves a clip whose review has reached its deadline. If something speaks against it, a person
// has to decide, and the rule looks again later.
func (c *clipProcess) decideByRule(ctx workflow.Context) error {
	result, err := step(ctx, "Approve the clip by rule, if nothing speaks against it", activities.ApproveByRule, clip.Overdue{ClipID: c.ClipID, At: workflow.Now(ctx)})
	if err != nil {
		return err
	}
	if result.Status != clip.InReview {
		c.leaveReview(ctx)
		c.State.Status, c.State.Reason = result.Status, ""
		return nil
	}
	c.State.Review.NextRule = workflow.Now(ctx).Add(c.reviewInterval())
	c.State.Review.Shown = true
	showAttention(ctx, overdueReview(c.ClipID, c.State.Review.Deadline, result.Signals))
	return nil
}

// overdueReview is the attention for a clip that only a person can decide on.
func overdueReview(clipID string, deadline time.Time, open []clip.Signal) attention {
	said := make([]string, len(open))
	for i, signal := range open {
		said[i] = string(signal)
	}
	return attention{
		Reason: "review_overdue",
		Detail: "The review of the clip should have ended on " + deadline.UTC().Format(time.RFC1123) + ". The rule does not approve it, because something speaks against it: " + strings.Join(said, ", ") + ". " +
			"It stays in review, and money that is kept for it stays kept. Have a reviewer decide: `POST /v1/clips/" + clipID + "/approve` or `/reject`. The rule looks again once a signal is gone.",
	}
}

// leaveReview takes the clip off the needs-attention list.
func (c *clipProcess) leaveReview(ctx workflow.Context) {
	if c.State.Review.Shown {
		c.State.Review.Shown = false
		clearAttention(ctx)
	}
	workflow.SetCurrentDetails(ctx, "")
}

// closeReview reads a clip in review for the last time, with the patience of every final reading.
func (c *clipProcess) closeReview(ctx workflow.Context) error {
	observed, err := c.observe(ctx)
	switch {
	case trackingOff(err):
		c.awaitTracking(ctx, true)
		return nil
	case err != nil: // what was read last counts, in the end
		if !c.askedInVain(ctx) {
			return nil
		}
		return c.closeUnread(ctx)
	case observed.hasNoCounter():
		return c.awaitCounter(ctx, observed, true)
	case observed.Reading == nil:
		return c.countMissing(ctx, observed)
	default:
		if err := c.noteFound(ctx); err != nil {
			return err
		}
		if err := c.credit(ctx, observed.ProviderAnswer, true); err != nil {
			if trackingOff(err) {
				c.awaitTracking(ctx, true)
				return nil
			}
			return err
		}
		if c.awaitsConfirmation(ctx) {
			return nil
		}
		if open := c.State.Recheck; open != nil && open.Refused { // what was read before counts
			return c.closeUnread(ctx)
		}
	}
	return c.recordClosed(ctx)
}

// closeUnread closes a review with the last reading that there is.
func (c *clipProcess) closeUnread(ctx workflow.Context) error {
	if credited, err := c.creditDeferred(ctx); err != nil || !credited {
		return err
	}
	return c.recordClosed(ctx)
}

func (c *clipProcess) recordClosed(ctx workflow.Context) error {
	if err := record(ctx, "Close the review: the campaign ends", activities.CloseReview, clip.Closing{ClipID: c.ClipID, At: workflow.Now(ctx)}); err != nil {
		return err
	}
	c.State.Review.Closed = true
	c.endRecheck()
	return nil
}

// creditReviewed credits a clip that was approved after its review was closed: the views of its last reading, out
// of the money that is kept for it. A reviewer can still confirm what is claimed, for which the rest is kept.
func (c *clipProcess) creditReviewed(ctx workflow.Context) error {
	switch {
	case c.State.Proof != nil && c.State.ReviewedViews > 0:
		return c.confirmUnproven(ctx)
	case c.State.Proof != nil:
		return c.awaitProof(ctx)
	}
	c.endRecheck()
	reason := c.endReason("")
	credited, err := c.creditDeferred(ctx)
	if err != nil || !credited {
		return err
	}
	return c.endTracking(ctx, reason)
}
