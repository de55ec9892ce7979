package views

import (
	"time"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
)

// Decision is what a reading counts for.
type Decision string

// The decisions.
const (
	// Plausible: it counts as it was read.
	Plausible Decision = "plausible"
	// Capped: it counts up to the plausible. The rest is a claim, which another reading has to confirm.
	Capped Decision = "capped"
	// Unconfirmed: an earlier claim still waits, and the reading adds nothing.
	Unconfirmed Decision = "unconfirmed"
	// Confirmed: an earlier claim counts.
	Confirmed Decision = "confirmed"
	// Contradicted: an earlier claim never counts. The reading itself was judged as if there had been none.
	Contradicted Decision = "contradicted"
	// Refused: the reading must not be used. Its row has the counts of the one before.
	Refused Decision = "refused"
	// Repeated: the last reading is recorded once more, to credit what was deferred or withheld of it.
	Repeated Decision = "repeated"
)

// Claim is a count beyond the plausible that nothing has confirmed. Without one, Views is zero.
type Claim struct {
	Views    int64  `json:"views,omitempty"`
	Provider string `json:"provider,omitempty"`
	// ExcludedViews is the part of the claim above the highest count that was gained in a pause. It does not
	// earn when the claim is confirmed.
	ExcludedViews int64 `json:"excluded_views,omitempty"`
}

// Open reports whether a count waits for confirmation.
func (c Claim) Open() bool { return c.Views > 0 }

// paused is the part of the claim above the counter that was gained in a pause, as a share.
func (c Claim) paused(counter State) Share {
	return Share{Paused: time.Duration(c.ExcludedViews), Total: time.Duration(max(0, c.Views-counter.HighWaterViews))}
}

// after returns the claim after another count that does not confirm it. A higher count raises it, so that the views
// are known to be of a pause or not.
func (c Claim) after(e Evidence, counter State) Claim {
	count := e.Reading.Views
	if count < c.Views {
		c.ExcludedViews = c.paused(counter).Of(count - counter.HighWaterViews)
	} else {
		c.ExcludedViews += e.Paused.Of(count - c.Views)
	}
	c.Views = count
	return c
}

// Accepted is what the readings of a clip so far amount to.
type Accepted struct {
	Counter State
	// TrustedViews is the last count that was plausible or confirmed. Growth is measured from it. It falls
	// with the readings, so that an accepted lie does not make a bigger one plausible.
	TrustedViews int64
	Claim        Claim
	// CreditedViews are the views that have earned.
	CreditedViews int64
	// Previous is nil before the first reading.
	Previous *Reading
}

// Evidence is a new reading and what is needed to judge it.
type Evidence struct {
	Post     clip.Ref
	Reading  Reading
	Provider string
	// Others: the platform has another provider that can be asked.
	Others bool
	// Paused is the share of the time since the previous reading in which the campaign was paused.
	Paused Share
	// ReviewedViews is a count that a reviewer has confirmed, or zero.
	ReviewedViews int64
	// StepViewsMax is how many views may count at once before another provider agrees, or zero.
	StepViewsMax int64
	Now          time.Time
}

// Judgement is what a reading counts for, and the state after it. AcceptedViews is the highest count that it
// makes count, which is never above what was read or claimed.
type Judgement struct {
	Decision      Decision
	AcceptedViews int64
	Counter       State
	TrustedViews  int64
	Claim         Claim
	Signals       []Signal
}

// Judge decides what a reading counts for. Only views that are plausible or confirmed count:
//
//   - A count up to the plausible counts as it is.
//   - A higher one counts up to the plausible. The rest is a claim.
//   - Another provider confirms a claim if it reports as many views, or almost: then the smaller count
//     counts. The same provider confirms it by a later, higher count. A provider that repeats a
//     number is stuck, and a count that rises confirms the earlier claim only.
//   - A claim that costs more than a step of the budget needs another provider where there is one.
//   - A reading that shows less contradicts the claim, which then never counts.
//   - A reviewer's word confirms a claim up to the count that the reviewer has seen.
//
// A reading that the sanity rules refuse changes nothing.
func (p Plausibility) Judge(rules SanityRules, before Accepted, e Evidence) Judgement {
	signals, err := rules.Check(e.Post, before.Previous, e.Reading, e.Now)
	if err != nil {
		return before.refuse(SignalCode(fault.CodeOf(err)), e.Reading.Views)
	}
	after := p.settleClaim(&before, e)
	if after.Decision != Unconfirmed {
		p.judgeCount(&before, e, &after)
	}
	after.Signals = append(append(signals, p.compare(before, e)...), after.Signals...)
	return after
}

// Repeat is the judgement of a reading that is recorded once more. It counts for nothing new, except what a
// reviewer has confirmed since.
func (before Accepted) Repeat(reviewedViews int64) Judgement {
	after := before.keep(Repeated)
	if before.Claim.Open() && reviewedViews > 0 {
		before.confirm(&after, min(before.Claim.Views, reviewedViews))
	}
	return after
}

func (before Accepted) refuse(code SignalCode, count int64) Judgement {
	after := before.keep(Refused)
	after.Signals = []Signal{{Code: code, Value: max(0, count)}}
	return after
}

func (before Accepted) keep(decision Decision) Judgement {
	return Judgement{
		Decision: decision, Counter: before.Counter, TrustedViews: before.TrustedViews, Claim: before.Claim,
		AcceptedViews: before.Counter.HighWaterViews,
	}
}

// confirm makes a claim count, up to count. Whether it earns depends on when it was read.
func (before *Accepted) confirm(after *Judgement, count int64) {
	before.Counter = Advance(before.Counter, count, before.Claim.paused(before.Counter))
	before.TrustedViews, before.Claim = count, Claim{}
	after.Decision, after.Counter, after.TrustedViews, after.Claim = Confirmed, before.Counter, count, Claim{}
	after.AcceptedViews = count
}

// settleClaim decides on an open claim. The judgement of the reading starts from before afterwards.
func (p Plausibility) settleClaim(before *Accepted, e Evidence) Judgement {
	after := before.keep("")
	claim := before.Claim
	if !claim.Open() {
		return after
	}
	count := e.Reading.Views
	agrees := saturatingAdd(count, mulDiv(claim.Views, agreeBasisPoints, basisPointsPerWhole)) >= claim.Views
	other := e.Provider != claim.Provider
	needsOther := e.Others && e.StepViewsMax > 0 && claim.Views-before.TrustedViews > e.StepViewsMax
	switch {
	case e.ReviewedViews > 0:
		before.confirm(&after, min(claim.Views, e.ReviewedViews))
	case !agrees:
		before.Claim, after.Claim = Claim{}, Claim{}
		after.Decision = Contradicted
		after.Signals = []Signal{{Code: ClaimContradicted, Value: claim.Views, Limit: count}}
	case other, count > claim.Views && !needsOther:
		before.confirm(&after, min(claim.Views, count))
	default:
		after.Decision = Unconfirmed
		after.Claim = claim.after(e, before.Counter)
		after.AcceptedViews = min(count, before.Counter.HighWaterViews)
		after.Signals = []Signal{{Code: ClaimUnconfirmed, Value: after.Claim.Views, Limit: before.Counter.HighWaterViews}}
	}
	return after
}

// judgeCount makes a count count up to the plausible.
func (p Plausibility) judgeCount(before *Accepted, e Evidence, after *Judgement) {
	count := e.Reading.Views
	highest := p.highest(*before, e)
	accepted := min(count, highest)
	if after.Decision == Confirmed {
		after.AcceptedViews = max(after.AcceptedViews, accepted)
	} else {
		after.AcceptedViews = accepted
	}
	after.Counter = Advance(before.Counter, accepted, e.Paused)
	if count <= highest {
		after.TrustedViews = count
		if after.Decision == "" {
			after.Decision = Plausible
		}
		return
	}
	after.Claim = Claim{Views: count, Provider: e.Provider, ExcludedViews: e.Paused.Of(count - after.Counter.HighWaterViews)}
	after.Signals = append(after.Signals, Signal{Code: JumpOverPlausible, Value: count, Limit: highest})
	if after.Decision == "" {
		after.Decision = Capped
	}
}

// compare returns the signals of a count that fell far, and of one below what has earned.
func (p Plausibility) compare(before Accepted, e Evidence) []Signal {
	var signals []Signal
	if before.Previous != nil {
		fell := before.Previous.Views - e.Reading.Views
		if allowed := mulDiv(before.Previous.Views, int64(p.FallBasisPoints), basisPointsPerWhole); fell > allowed {
			signals = append(signals, Signal{Code: ViewsFellFar, Value: fell, Limit: allowed})
		}
	}
	if before.CreditedViews > e.Reading.Views {
		signals = append(signals, Signal{Code: CreditedOverReading, Value: before.CreditedViews, Limit: e.Reading.Views})
	}
	return signals
}
