package payout

import (
	"time"

	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/fault"
)

// Policy are the settings of a payout, frozen into its workflow.
type Policy struct {
	// MinimumMinor is the least amount worth paying, in each currency.
	MinimumMinor int64 `json:"minimum_minor"`
	// RetryIntervals are the waits before automatic retries of a refusal that may pass with
	// time. After the last one the payout waits for a person.
	RetryIntervals []duration.Text `json:"retry_intervals"`
	// PollInterval is how often the rail is asked when no webhook arrives.
	PollInterval duration.Text `json:"poll_interval"`
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
		MinimumMinor:   1000,
		RetryIntervals: []duration.Text{duration.Text(time.Minute), duration.Text(10 * time.Minute), duration.Text(time.Hour), duration.Text(6 * time.Hour)},
		PollInterval:   duration.Text(15 * time.Minute),
		ReturnWindow:   duration.Text(7 * 24 * time.Hour),
		ReturnDeadline: duration.Text(30 * 24 * time.Hour),
		ResendWindow:   duration.Text(23 * time.Hour),
	}
}

// Validate returns fault.Invalid for a policy that cannot work.
func (p Policy) Validate() error {
	switch {
	case p.MinimumMinor < 1:
		return fault.Field("minimum_minor", "minimum_not_positive", "the payout minimum must be at least 1 minor unit")
	case p.PollInterval <= 0:
		return fault.Field("poll_interval", "interval_not_positive", "the payout poll interval must be above zero")
	case p.ReturnWindow < 0 || p.ReturnDeadline < 0:
		return fault.Field("return_window", "window_negative", "return window and deadline must not be negative")
	case p.ResendWindow <= 0 || p.ResendWindow >= 24*duration.Text(time.Hour):
		return fault.Field("resend_window", "resend_window_out_of_range", "the resend window must be above zero and below 24 h, after which a key may be forgotten")
	}
	return nil
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
