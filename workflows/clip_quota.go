package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/views"
)

// A clip is rationed if no provider has answered about it, and at least one may not be asked more often now. That is no
// failure: the clip waits until there is quota, and is read then.

// rationed is what a rationed clip carries from one history into the next.
type rationed struct {
	// Since is when its rounds began; zero after one in which providers failed.
	Since time.Time `json:"since,omitzero"`
	// Rounds counts them.
	Rounds int `json:"rounds"`
	// FreeAt is when the first provider may be asked again.
	FreeAt time.Time `json:"free_at"`
	// Again counts how often others had used it up by then.
	Again int `json:"again,omitempty"`
	// LastSince is when its last reading was first refused.
	LastSince time.Time `json:"last_since,omitzero"`
}

// isOpen reports whether the latest round was rationed.
func (r *rationed) isOpen() bool { return r != nil && !r.Since.IsZero() }

// extend takes time out of the wait in which no provider was to be asked at all.
func (r *rationed) extend(off time.Duration) {
	if r == nil {
		return
	}
	for _, each := range []*time.Time{&r.Since, &r.LastSince} {
		if !each.IsZero() {
			*each = each.Add(off)
		}
	}
}

// needsQuota reports whether a provider may not be asked now because it was asked too often.
func needsQuota(err error) bool { return fault.Is(err, fault.RateLimited) }

// sooner returns the refusal that ends first.
func sooner(known *fault.Error, err error) *fault.Error {
	refused, ok := fault.As(err)
	if !ok || known != nil && known.RetryAfter <= refused.RetryAfter {
		return known
	}
	return refused
}

// noteRationed keeps when the clip can be read, and stores that it waits for quota. What is known against the post, or
// its channel, stays on record: a person has to act on that. It returns err.
func (c *clipProcess) noteRationed(ctx workflow.Context, err error) error {
	now, state := workflow.Now(ctx), rationed{}
	if c.State.Rationed != nil {
		state = *c.State.Rationed
	}
	if state.Since.IsZero() {
		state = rationed{Since: now, LastSince: state.LastSince}
	}
	state.Rounds++
	if !state.FreeAt.IsZero() && !now.Before(state.FreeAt) {
		state.Again++
	}
	if refused, ok := fault.As(err); ok {
		state.FreeAt = now.Add(refused.RetryAfter)
	}
	c.State.Rationed = &state
	c.State.Failed, c.State.Failing = 0, false
	if c.State.WaitingFor == "" {
		if noted := c.noteWaiting(ctx, clip.WaitingForQuota); noted != nil {
			return noted
		}
	}
	return err
}

// noteUnrationed ends the wait for quota: providers have answered, or failed. It takes nothing from the time that a last
// reading, or a count that waits for confirmation, gets.
func (c *clipProcess) noteUnrationed(ctx workflow.Context, answered bool) error {
	state := c.State.Rationed
	if state == nil {
		return nil
	}
	if state.isOpen() {
		c.excludeFromLast(workflow.Now(ctx).Sub(state.Since))
		state.Since = time.Time{}
		workflow.SetCurrentDetails(ctx, "")
	}
	if answered {
		c.State.Rationed = nil
	}
	if c.State.WaitingFor != clip.WaitingForQuota {
		return nil
	}
	return c.noteWaiting(ctx, "")
}

// excludeFromLast takes time out of what a last reading and its confirmation get.
func (c *clipProcess) excludeFromLast(off time.Duration) {
	if open := c.State.Recheck; open != nil && !open.FinalSince.IsZero() {
		open.FinalSince = open.FinalSince.Add(off)
	}
	if looks := c.State.Unanswered; looks != nil {
		looks.Since, looks.LastAt = looks.Since.Add(off), looks.LastAt.Add(off)
	}
}

// awaitQuota waits until the first provider may be asked again. A person may raise a quota, so the wait is no longer than
// those after failures would be.
func (c *clipProcess) awaitQuota(ctx workflow.Context) {
	freeAt := c.State.Rationed.FreeAt
	workflow.SetCurrentDetails(ctx, "The providers of the clip may not be asked more often now. The first one may at "+freeAt.UTC().Format(time.DateTime)+" UTC. The clip is read then, and all of its views count. `GET /v1/tracking/quotas` has the quotas.")
	longest := min(views.NextRecheck(c.Schedule.IntervalMin.Std(), c.State.Rationed.Rounds, c.usualInterval(ctx)), c.absenceWait(ctx))
	c.sleep(ctx, c.untilQuota(ctx, longest), "Until the provider's quota allows another reading")
}

func (c *clipProcess) untilQuota(ctx workflow.Context, longest time.Duration) time.Duration {
	return views.NextForQuota(c.ClipID, c.State.Rationed.FreeAt.Sub(workflow.Now(ctx)), c.State.Rationed.Again, longest)
}

// lastRationedTimes times gone is how long a last reading waits for quota. Two days by default are enough for each quota of a day.
const lastRationedTimes = 2

// rationedTooLong reports whether a last reading has waited for quota for so long that the clip ends without it. Otherwise it
// waits until the first provider may be asked again.
func (c *clipProcess) rationedTooLong(ctx workflow.Context) bool {
	now, state := workflow.Now(ctx), c.State.Rationed
	if state.LastSince.IsZero() {
		state.LastSince = now
	}
	left := state.LastSince.Add(lastRationedTimes * c.Schedule.GoneAfter.Std()).Sub(now)
	if left <= 0 {
		return true
	}
	workflow.SetCurrentDetails(ctx, "The last reading of the clip is due, and its providers may not be asked more often now. The first one may at "+state.FreeAt.UTC().Format(time.DateTime)+" UTC. If there is no quota until "+now.Add(left).UTC().Format(time.DateTime)+" UTC, the clip ends without the reading.")
	longest := views.NextRecheck(c.Schedule.IntervalMin.Std(), state.Rounds, max(1, c.Schedule.GoneAfter.Std()/4))
	c.sleep(ctx, c.untilQuota(ctx, min(left, longest)), "Until the provider's quota allows the last reading")
	return false
}
