package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/views"
)

// uncounted is what the workflow of a clip knows about a post that exists and has no counter.
type uncounted struct {
	Kind clip.Counterless `json:"kind"`
	// Looks are the looks that found no counter, since the last reading.
	Looks views.Absence `json:"looks"`
	// Approved: a reviewer lets the clip wait until its window or its campaign ends.
	Approved bool `json:"approved,omitempty"`
}

// hasNoCounter reports whether a provider sees the post, and no count that can be paid.
func (a answer) hasNoCounter() bool { return a.Reading == nil && clip.IsCounterless(a.Missing) }

// awaitCounter waits for the counter of a post that exists. The creator can change most of these posts, and
// a premiere begins by itself, so it waits for days. A clip whose last reading is due waits for as long as
// one that is missing.
func (c *clipProcess) awaitCounter(ctx workflow.Context, observed answer, last bool) error {
	now := workflow.Now(ctx)
	kind := clip.Counterless(observed.Missing)
	state := uncounted{}
	if c.State.Uncounted != nil {
		state = *c.State.Uncounted
	}
	if state.Kind == clip.Premiere && kind != clip.Premiere && !last {
		state.Looks = views.Absence{} // it has begun, so its creator gets the whole time
	}
	proof := c.Schedule.Uncounted(kind == clip.Premiere)
	state.Kind, state.Looks = kind, proof.Look(state.Looks, now, true)
	c.State.Uncounted, c.State.Absence = &state, nil

	if last {
		proof = c.Schedule.Absence()
	}
	if proof.Gone(state.Looks, now) && (last || !state.Approved) {
		return c.endUncounted(ctx, kind)
	}
	if err := c.noteWaiting(ctx, observed.Missing); err != nil {
		return err
	}
	workflow.SetCurrentDetails(ctx, fmt.Sprintf("The post exists and has no count of views that can be paid (%s) since %s. It is read again until it has one. What it earned remains.", kind, state.Looks.Since.UTC().Format(time.DateTime)))
	c.sleep(ctx, c.untilNextLook(now, proof, state), "Until the post is looked at again, because it has no counter ("+string(kind)+")")
	return nil
}

// untilNextLook is at most as long as a missing post has to be missing, because views count from the day on
// which the post changes. An approved clip is read as seldom as an old one.
func (c *clipProcess) untilNextLook(now time.Time, proof views.Proof, state uncounted) time.Duration {
	limit := c.Schedule.GoneAfter.Std()
	if state.Approved {
		limit = c.Schedule.IntervalMax.Std()
	}
	if left := c.State.TrackUntil.Sub(now); left > 0 {
		limit = min(limit, left)
	}
	return max(1, min(proof.NextLook(state.Looks, now), limit))
}

// endUncounted ends a clip whose post got no counter. One that was verified keeps what it has earned.
func (c *clipProcess) endUncounted(ctx workflow.Context, kind clip.Counterless) error {
	if c.State.Status == clip.Tracking || c.wasSeen() {
		return c.endUnseen(ctx, string(kind))
	}
	return c.move(ctx, clip.Rejected, string(kind))
}

// noteFound forgets that the post or its counter was missing.
func (c *clipProcess) noteFound(ctx workflow.Context) error {
	c.State.Absence, c.State.Uncounted = nil, nil
	if c.State.WaitingFor == clip.WaitingForProof {
		return nil
	}
	return c.noteWaiting(ctx, "")
}

// noteWaiting stores what the clip waits for, so that its creator can read it.
func (c *clipProcess) noteWaiting(ctx workflow.Context, reason string) error {
	if c.State.WaitingFor == reason {
		return nil
	}
	err := record(ctx, "Note what the clip waits for", activities.NoteWaiting, clip.Waiting{ClipID: c.ClipID, For: reason})
	if err == nil {
		c.State.WaitingFor = reason
	}
	return err
}

// allow is Decision.Allow. A clip that waits for a counter can be decided on before it is verified.
func (c *clipProcess) allowStatus(decision clip.Decision) error {
	if c.State.Uncounted != nil || c.isUnreadable() && c.State.Status == clip.Verifying {
		return decision.AllowWaiting(c.State.Status)
	}
	return decision.Allow(c.State.Status)
}

// letWait carries out the approval of a clip that has no counter, and reports whether it was one. Without a
// counter there is nothing to credit, so the clip keeps its status and goes on waiting.
func (c *clipProcess) letWait(decision clip.Decision) bool {
	if decision != clip.Approve || c.State.Uncounted == nil && !c.isUnreadable() || c.State.Status == clip.InReview {
		return false
	}
	if c.State.Uncounted != nil {
		c.State.Uncounted.Approved = true
	}
	if c.State.Status == clip.Verifying {
		c.State.Resumed = clip.Tracking // the reviewer has seen it
	}
	return true
}

// noteDecided keeps what a decision that has moved the clip means for a post that is missing or has no counter. After
// a flag, time proves it from the start. A clip that is approved without a counter waits for it.
func (c *clipProcess) noteDecided(decision clip.Decision) {
	switch {
	case decision == clip.Flag:
		c.State.Absence, c.State.Uncounted = nil, nil
	case decision == clip.Approve && c.State.Uncounted != nil:
		c.State.Uncounted.Approved = true
	}
}
