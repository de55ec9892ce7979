package payout

import (
	"time"

	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/fault"
)

// Policy are the settings of a payout, frozen into its workflow.
type Policy struct {
	// MinimumMinor are the least amounts worth paying, in each currency.
	MinimumMinor Minimums `json:"minimum_minor"`
	// RetryIntervals are the waits before automatic retries of a refusal that may pass with
	// time. After the last one the payout waits for a person.
	RetryIntervals []duration.Text `json:"retry_intervals"`
	// PollInterval is how long the payout waits before the rail is asked without a webhook. The
	// wait doubles each time, up to PollIntervalMax.
	PollInterval    duration.Text `json:"poll_interval"`
	PollIntervalMax duration.Text `json:"poll_interval_max"`
	// UnreadableAfter is how long the account or the bank payout may be unreadable before a
	// person is asked.
	UnreadableAfter duration.Text `json:"unreadable_after"`
	// LateAfter is how long after its arrival date a bank payout is late.
	LateAfter duration.Text `json:"late_after"`
	// ReturnWindow is how long a bank may still return a paid payout.
	ReturnWindow duration.Text `json:"return_window"`
	// ReturnDeadline is how long a failed bank payout waits for a working bank account before
	// the money goes back to the creator's available balance.
	ReturnDeadline duration.Text `json:"return_deadline"`
	// ResendWindow is how long a key may be sent again, because a rail may forget keys after
	// 24 hours.
	ResendWindow duration.Text `json:"resend_window"`
}

// DefaultPolicy returns the production settings.
func DefaultPolicy() Policy {
	return Policy{
		MinimumMinor:    EveryMinimum(defaultMinimumMinor),
		RetryIntervals:  []duration.Text{duration.Text(time.Minute), duration.Text(10 * time.Minute), duration.Text(time.Hour), duration.Text(6 * time.Hour)},
		PollInterval:    duration.Text(15 * time.Minute),
		PollIntervalMax: duration.Text(24 * time.Hour),
		UnreadableAfter: duration.Text(24 * time.Hour),
		LateAfter:       duration.Text(3 * 24 * time.Hour),
		ReturnWindow:    duration.Text(7 * 24 * time.Hour),
		ReturnDeadline:  duration.Text(30 * 24 * time.Hour),
		ResendWindow:    duration.Text(23 * time.Hour),
	}
}

// Validate returns fault.Invalid for a policy that cannot work.
func (p Policy) Validate() error {
	switch {
	case p.MinimumMinor.othersMinor < 1:
		return fault.Field("minimum_minor", "minimum_not_positive", "the payout minimum must be at least 1 minor unit")
	case p.PollInterval <= 0:
		return fault.Field("poll_interval", "interval_not_positive", "the payout poll interval must be above zero")
	case p.PollIntervalMax < p.PollInterval:
		return fault.Field("poll_interval_max", "interval_max_too_small", "the longest payout poll interval must not be below the first one")
	case p.UnreadableAfter <= 0 || p.LateAfter <= 0:
		return fault.Field("unreadable_after", "interval_not_positive", "the times after which a payout is unreadable or late must be above zero")
	case p.ReturnWindow < 0 || p.ReturnDeadline < 0:
		return fault.Field("return_window", "window_negative", "return window and deadline must not be negative")
	case p.ResendWindow <= 0 || p.ResendWindow >= 24*duration.Text(time.Hour):
		return fault.Field("resend_window", "resend_window_out_of_range", "the resend window must be above zero and below 24 h, after which a key may be forgotten")
	}
	return nil
}

// NextPoll returns how long to wait before the rail is asked again, after it was asked count
// times without news: PollInterval, doubled each time, at most PollIntervalMax.
func (p Policy) NextPoll(count int) time.Duration {
	wait, limit := p.PollInterval.Std(), max(p.PollInterval, p.PollIntervalMax).Std()
	for range count {
		if wait *= 2; wait >= limit {
			return limit
		}
	}
	return min(wait, limit)
}

// Each looksBeforeRarer looks in vain at the longest interval make the next ones rarer by another
// such interval. An interval of a day becomes one of a week at most.
const (
	looksBeforeRarer    = 14
	longestIntervalsMax = 7
)

// NextLook returns how long a payout that needs attention waits before it reads again whether the
// cause is gone, after count looks in vain. It is NextPoll up to PollIntervalMax, and grows on
// slowly: a cause that has lasted for weeks is not read every day.
func (p Policy) NextLook(count int) time.Duration {
	longest := max(p.PollInterval, p.PollIntervalMax).Std()
	grown := 0
	for grown < count && p.NextPoll(grown) < longest {
		grown++
	}
	if wait := p.NextPoll(count); wait < longest {
		return wait
	}
	return longest * time.Duration(min(longestIntervalsMax, 1+(count-grown)/looksBeforeRarer))
}

// NextBankPoll returns how long to wait before a bank payout in transit is asked for again. No
// answer is expected before its arrival date; from then on the wait grows as in NextLook.
// Count is how often it was asked after that date.
func (p Policy) NextBankPoll(arrival, now time.Time, count int) time.Duration {
	if left := arrival.Sub(now); !arrival.IsZero() && left > 0 {
		return min(max(left, p.PollInterval.Std()), max(p.PollInterval, p.PollIntervalMax).Std())
	}
	return p.NextLook(count)
}

// IsLate reports whether a bank payout should have arrived long ago. One without an arrival
// date is never late.
func (p Policy) IsLate(arrival, now time.Time) bool {
	return !arrival.IsZero() && now.Sub(arrival) >= p.LateAfter.Std()
}

// Step is what to do with an intent.
type Step string

// The steps.
const (
	Send   Step = "send"    // the rail knows the key, so sending it makes at most one object
	LookUp Step = "look_up" // an earlier try may have made the object
	Ask    Step = "ask"     // the object was not found and the key is too old: a person decides
)

// NextStep returns what to do with an intent whose outcome is unknown. lookedUp says that
// the object was searched for and not found.
func NextStep(intent Intent, policy Policy, lookedUp bool) Step {
	switch {
	case intent.Fresh && !intent.LookUp:
		return Send
	case !lookedUp:
		return LookUp
	case intent.Age >= policy.ResendWindow:
		return Ask
	}
	return Send
}
