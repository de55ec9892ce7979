package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/earnings"
)

// proofWait is a clip that has its final reading, of which nothing was credited because its channel is not proven.
type proofWait struct {
	// Reason is why the clip ends, if it does not end as usual.
	Reason string `json:"reason,omitempty"`
	// SweptAt is when the campaign has asked the clip to end.
	SweptAt time.Time `json:"swept_at,omitzero"`
	Waits   int       `json:"waits,omitempty"`
}

// accept begins the review or the tracking of a clip that was verified.
func (c *clipProcess) accept(ctx workflow.Context, status clip.Status, unproven bool) error {
	if err := c.move(ctx, status, ""); err != nil {
		return err
	}
	if c.State.Unproven = unproven; unproven {
		return c.noteWaiting(ctx, clip.WaitingForProof)
	}
	return nil
}

// noteChannel acts on a reading that was credited nothing because of the clip's channel, or forgets an earlier one. A
// post of several authors is matched again: the creator may have proven the channel of another author by now.
func (c *clipProcess) noteChannel(ctx workflow.Context, limit earnings.Limit, observed activities.ProviderAnswer) error {
	switch limit {
	case earnings.ChannelUnproven:
		if len(observed.OtherAuthors) > 0 && observed.Reading != nil {
			return c.matchAuthors(ctx, observed)
		}
		return c.checkChannel(ctx)
	case earnings.Review: // it says nothing about the channel
		return nil
	}
	if !c.State.Unproven {
		return nil
	}
	c.State.Unproven = false
	return c.noteProven(ctx)
}

// matchAuthors looks for the creator's best channel among all authors of the post, as the first verification did.
// Unproven stays even if it finds a proven one: what was read is credited by the next reading, or at the end.
func (c *clipProcess) matchAuthors(ctx workflow.Context, observed activities.ProviderAnswer) error {
	verified, err := step(ctx, "Match the authors of the post again", activities.VerifyClip, clip.Evidence{
		ClipID: c.ClipID, AuthorDigest: observed.AuthorDigest, OtherAuthors: observed.OtherAuthors, PublishedAt: observed.Reading.PublishedAt,
	})
	switch {
	case err != nil:
		return err
	case verified.RejectedBecause != "":
		return c.move(ctx, clip.Rejected, verified.RejectedBecause)
	}
	c.State.Unproven = true
	if verified.Unproven {
		return c.noteWaiting(ctx, clip.WaitingForProof)
	}
	return c.noteProven(ctx)
}

// noteProven has the creator read that the clip waits for no proof any more. Unproven stays until a reading is credited.
func (c *clipProcess) noteProven(ctx workflow.Context) error {
	if c.State.WaitingFor != clip.WaitingForProof {
		return nil
	}
	return c.noteWaiting(ctx, "")
}

// checkChannel ends the clip if another creator has proven its channel, or another clip has its post. If the channel
// can still be proven, the creator reads that the clip waits for it.
func (c *clipProcess) checkChannel(ctx workflow.Context) error {
	claim, err := step(ctx, "Check the clip's channel", activities.CheckClaim, c.ClipID)
	switch {
	case err != nil || claim.Status == "":
		return err
	case claim.Holds:
		return c.noteProven(ctx)
	case claim.EndsBecause() != "":
		return c.move(ctx, clip.Rejected, claim.EndsBecause())
	}
	c.State.Unproven = true
	if c.State.Absence != nil || c.State.Uncounted != nil || c.isUnreadable() {
		return nil // the clip waits for its post first, and the rule must not approve it before
	}
	return c.noteWaiting(ctx, clip.WaitingForProof)
}

// endTracking ends a clip that has its last reading, or none. One whose channel is not proven waits for the proof first.
func (c *clipProcess) endTracking(ctx workflow.Context, reason string) error {
	if !c.State.Unproven {
		return c.move(ctx, clip.Finished, reason)
	}
	c.State.Proof = &proofWait{Reason: reason}
	return c.awaitProof(ctx)
}

const (
	// The waits for a proof begin with this part of the time for one, and double up to the other. A proof
	// signals the clip, so they are only for a lost signal.
	proofWaitPart    = 96
	proofWaitPartMax = 4
	// provingTimes is how many times the time for a proof the clip waits if a proof is under way at its end.
	provingTimes = 2
)

// awaitProof waits until the channel is proven, and credits the last reading then. The end of the tracking window does
// not end the wait, and the end of the campaign not before the time of a proof is over once more, or twice if
// a proof is under way.
func (c *clipProcess) awaitProof(ctx workflow.Context) error {
	claim, err := step(ctx, "Check the clip's channel", activities.CheckClaim, c.ClipID)
	switch {
	case err != nil:
		return err
	case claim.Holds:
		if credited, err := c.creditDeferred(ctx); err != nil || !credited || c.State.Unproven {
			return err // Unproven: the proof was revoked between the two steps
		}
		return c.move(ctx, clip.Finished, c.State.Proof.Reason)
	case claim.EndsBecause() != "":
		return c.move(ctx, clip.Rejected, claim.EndsBecause())
	}
	now, over := workflow.Now(ctx), c.Schedule.Search().Over()
	wait := max(1, min(over/proofWaitPart<<min(c.State.Proof.Waits, 10), over/proofWaitPartMax))
	if c.State.Sweep || c.State.Review.Closed {
		if c.State.Proof.SweptAt.IsZero() {
			c.State.Proof.SweptAt = now
		}
		limit := over
		if claim.Status == clip.Proving {
			limit *= provingTimes
		}
		left := c.State.Proof.SweptAt.Add(limit).Sub(now)
		if left <= 0 {
			return c.move(ctx, clip.Finished, clip.WaitingForProof)
		}
		wait = min(wait, left)
	}
	if err := c.noteWaiting(ctx, clip.WaitingForProof); err != nil {
		return err
	}
	c.State.Proof.Waits++
	workflow.SetCurrentDetails(ctx, "The clip has its last reading, and its channel is not proven. It earns once the channel is, and ends without that some time after its campaign.")
	c.sleep(ctx, wait, "Until the channel is looked at again, because it is not proven")
	workflow.SetCurrentDetails(ctx, "")
	return nil
}
