package workflows

import (
	"fmt"
	"strconv"
	"time"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/earnings"
	"github.com/creditroll/creditroll/domain/views"
)

// recheck is why a clip is read again soon: a count waits for confirmation, or the last reading was refused.
type recheck struct {
	Claim views.Claim `json:"claim,omitzero"`
	// First is the provider that is asked before others, and NotFirst the one that others are asked before.
	First    string        `json:"first,omitempty"`
	NotFirst string        `json:"not_first,omitempty"`
	After    duration.Text `json:"after"`
	Tries    int           `json:"tries"`
	// FinalSince is when the first final reading left it open.
	FinalSince time.Time `json:"final_since,omitzero"`
	// Refused: the last reading was not used.
	Refused bool `json:"refused,omitempty"`
}

// contest is a claim that another provider has contradicted, which may be the one that is wrong. No reading confirms
// the claim by itself any more, unless its provider reports it again. A reviewer can confirm it.
type contest struct {
	Claim views.Claim   `json:"claim"`
	After duration.Text `json:"after"`
	// Times is how often it was claimed and contradicted.
	Times int `json:"times"`
}

// noteRecheck keeps what has to be read again after a reading was recorded.
func (c *clipProcess) noteRecheck(recorded earnings.Credit, provider string, final bool) {
	c.noteContest(recorded, provider)
	before, contested := c.State.Recheck, c.State.Contest
	c.State.Spent = recorded.Spent() && (recorded.Claim.Open() || contested != nil)
	next := recheck{Claim: recorded.Claim, NotFirst: recorded.Claim.Provider, After: recorded.RecheckAfter, Tries: 1, Refused: recorded.Decision == views.Refused}
	switch {
	case next.Refused:
		next.NotFirst = provider
	case recorded.Claim.Open():
	case final && contested != nil && !recorded.Spent(): // the claimant may stand by it
		next.First, next.NotFirst, next.After = contested.Claim.Provider, provider, contested.After
	}
	if next.After == 0 {
		c.State.Recheck = nil
		return
	}
	if before != nil {
		next.FinalSince = before.FinalSince
		if next.Refused || recorded.Decision == views.Unconfirmed || contested != nil {
			next.Tries = before.Tries + 1
		}
	}
	c.State.Recheck = &next
}

// noteContest keeps a claim that another provider than its own has contradicted, until it is settled: confirmed, or
// given up by its provider, or reached by what counts.
func (c *clipProcess) noteContest(recorded earnings.Credit, provider string) {
	open, contested := c.State.Recheck, c.State.Contest
	switch {
	case recorded.Decision == views.Contradicted && open != nil && open.Claim.Open() && open.Claim.Provider != provider:
		times := 1
		if contested != nil {
			times += contested.Times
		}
		c.State.Contest = &contest{Claim: open.Claim, After: open.After, Times: times}
	case contested == nil || recorded.Decision == views.Refused:
	case recorded.Decision == views.Confirmed, recorded.HighWaterViews >= contested.Claim.Views,
		provider == contested.Claim.Provider && !recorded.Claim.Open():
		c.State.Contest = nil
	}
}

// contested is the claim that another provider has contradicted, if there is one.
func (c *clipProcess) contested() views.Claim {
	if c.State.Contest == nil {
		return views.Claim{}
	}
	return c.State.Contest.Claim
}

// endRecheck ends the rechecks of a clip that is not read any more. Only a reviewer can confirm what it claims.
func (c *clipProcess) endRecheck() {
	if open := c.State.Recheck; open != nil && open.Claim.Views > c.contested().Views {
		c.State.Contest = &contest{Claim: open.Claim}
	}
	c.State.Recheck = nil
}

// claimed is the highest count that a reviewer can confirm.
func (c *clipProcess) claimed() int64 {
	if c.State.Recheck == nil {
		return c.contested().Views
	}
	return max(c.State.Recheck.Claim.Views, c.contested().Views)
}

// allow returns nil if a decision can be carried out now.
func (c *clipProcess) allow(in Review) error {
	if err := c.allowStatus(in.Decision); err != nil || in.Decision != clip.Confirm {
		return err
	}
	return clip.AllowCount(in.Views, c.claimed())
}

// heldDetail says which count waits for confirmation.
func (c *clipProcess) heldDetail() string {
	open, contested := c.State.Recheck, c.contested()
	switch {
	case contested.Open() && (open == nil || !open.Claim.Open()):
		return " A count of " + strconv.FormatInt(contested.Views, 10) + " by " + contested.Provider + " was contradicted by another provider. A reviewer can confirm it."
	case open == nil:
		return ""
	case open.Claim.Open():
		return " A count of " + strconv.FormatInt(open.Claim.Views, 10) + " by " + open.Claim.Provider + " waits until another reading confirms it."
	}
	return fmt.Sprintf(" The reading by %s cannot be used; the clip is read again.", open.NotFirst)
}
