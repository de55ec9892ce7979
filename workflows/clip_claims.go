package workflows

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/earnings"
	"github.com/creditroll/creditroll/domain/views"
)

// recheck is why a clip is read again soon: a count waits for confirmation, or the last reading was refused.
type recheck struct {
	Claim views.Claim `json:"claim,omitzero"`
	// NotFirst is the provider that others are asked before.
	NotFirst string        `json:"not_first,omitempty"`
	After    duration.Text `json:"after"`
	Tries    int           `json:"tries"`
	// FinalSince is when the first final reading left it open.
	FinalSince time.Time `json:"final_since,omitzero"`
	// Refused: the last reading was not used.
	Refused bool `json:"refused,omitempty"`
}

// heldAttention is how many readings a count may stay unconfirmed before a person should look at it.
const heldAttention = 6

// noteRecheck keeps what has to be read again after a reading was recorded.
func (c *clipProcess) noteRecheck(ctx workflow.Context, recorded earnings.Credit, provider string) {
	before := c.State.Recheck
	if recorded.RecheckAfter == 0 {
		c.endRecheck(ctx)
		return
	}
	refused := recorded.Decision == views.Refused
	next := recheck{Claim: recorded.Claim, NotFirst: recorded.Claim.Provider, After: recorded.RecheckAfter, Tries: 1, Refused: refused}
	if refused {
		next.NotFirst = provider
	}
	if before != nil {
		next.FinalSince = before.FinalSince
		if refused || recorded.Decision == views.Unconfirmed {
			next.Tries = before.Tries + 1
		}
	}
	c.State.Recheck = &next
	if next.Tries == heldAttention {
		showAttention(ctx, attention{
			Reason: clip.UnconfirmedCount,
			Detail: "A count of the clip is above the plausible, and no other reading has confirmed it, or the readings cannot be used. The rest is held. Look at the post and at the clip's observations; confirm the count if it is true. The workflow continues by itself once a reading confirms or contradicts it.",
		})
	}
}

func (c *clipProcess) endRecheck(ctx workflow.Context) {
	if before := c.State.Recheck; before != nil && before.Tries >= heldAttention {
		clearAttention(ctx)
	}
	c.State.Recheck = nil
}

// providers returns the chain in the order in which to ask. One that claims a count cannot confirm it alone.
func (c *clipProcess) providers() []string {
	if c.State.Recheck == nil {
		return c.Chain
	}
	ordered := slices.Clone(c.Chain)
	slices.SortStableFunc(ordered, func(a, b string) int {
		return cmp.Compare(rank(a == c.State.Recheck.NotFirst), rank(b == c.State.Recheck.NotFirst))
	})
	return ordered
}

func rank(last bool) int {
	if last {
		return 1
	}
	return 0
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
	open := c.State.Recheck
	switch {
	case open == nil:
		return c.endTracking(ctx, "")
	case open.Refused:
		return c.finishUnread(ctx)
	}
	err := c.endTracking(ctx, clip.UnconfirmedCount)
	if err == nil {
		c.endRecheck(ctx)
	}
	return err
}

// allow returns nil if a decision can be carried out now.
func (c *clipProcess) allow(in Review) error {
	if err := c.allowStatus(in.Decision); err != nil || in.Decision != clip.Confirm {
		return err
	}
	claimed := int64(0)
	if c.State.Recheck != nil {
		claimed = c.State.Recheck.Claim.Views
	}
	return clip.AllowCount(in.Views, claimed)
}

// heldDetail says which count waits for confirmation.
func (c *clipProcess) heldDetail() string {
	open := c.State.Recheck
	switch {
	case open == nil:
		return ""
	case open.Claim.Open():
		return " A count of " + strconv.FormatInt(open.Claim.Views, 10) + " by " + open.Claim.Provider + " waits until another reading confirms it."
	}
	return fmt.Sprintf(" The reading by %s cannot be used; the clip is read again.", open.NotFirst)
}
