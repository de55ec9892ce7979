package payout

import (
	"time"

	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/rail"
)

// Status is where a payout stands.
type Status string

// The states of a payout.
const (
	Reserved       Status = "reserved"
	Transferring   Status = "transferring"
	Transferred    Status = "transferred"
	PayingOut      Status = "paying_out"
	Paid           Status = "paid"
	NeedsAttention Status = "needs_attention"
	Reversing      Status = "reversing"
	Cancelled      Status = "cancelled"
	Returned       Status = "returned"
)

// Phase is one movement of money within a payout.
type Phase string

// The phases.
const (
	Transfer   Phase = "transfer"    // platform -> connected account
	BankPayout Phase = "bank_payout" // connected account -> bank
	Reversal   Phase = "reversal"    // connected account -> platform
)

// Operation returns the call on the rail that performs the phase.
func (p Phase) Operation() rail.Operation {
	switch p {
	case BankPayout:
		return rail.OperationBankPayout
	case Reversal:
		return rail.OperationReverse
	default:
		return rail.OperationTransfer
	}
}

// IdempotencyKey returns the key of one generation of a phase.
func IdempotencyKey(payoutID string, phase Phase, generation int) string {
	return names.PayoutKey(payoutID, string(phase), generation)
}

// Policy are the settings of a payout, frozen into its workflow.
type Policy struct {
	// MinimumMinor is the least amount worth paying, in each currency.
	MinimumMinor int64 `json:"minimum_minor"`
	// RetryIntervals are the waits before automatic retries of a refusal that time may cure;
	// after the last one the payout waits for a person.
	RetryIntervals []duration.Text `json:"retry_intervals"`
	// PollInterval is how often the rail is asked when no webhook arrives.
	PollInterval duration.Text `json:"poll_interval"`
	// ReturnWindow is how long a bank may still return a paid payout.
	ReturnWindow duration.Text `json:"return_window"`
	// ReturnDeadline is how long a returned payout waits for a working bank account before
	// the money goes back to the creator's available balance.
	ReturnDeadline duration.Text `json:"return_deadline"`
	// ResendWindow is how long a key may be sent again. A rail may forget keys after 24 h.
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

// Validate returns fault.Invalid for a policy that could not work.
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
	Send   Step = "send"    // the key is alive and at most one object comes of it
	LookUp Step = "look_up" // an earlier try may have had its effect
	Ask    Step = "ask"     // looked up, not found, key too old: a person decides
)

// NextStep returns what to do with an intent whose outcome is unknown. lookedUp says that
// the object was searched for and not found.
func NextStep(intent Intent, policy Policy, lookedUp bool) Step {
	switch {
	case intent.Fresh:
		return Send
	case !lookedUp:
		return LookUp
	case intent.Age >= policy.ResendWindow:
		return Ask
	}
	return Send
}
