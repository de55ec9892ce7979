package payout

import (
	"strings"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/rail"
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

// words returns the phase as a sentence writes it.
func (p Phase) words() string { return strings.ReplaceAll(string(p), "_", " ") }

// IdempotencyKey returns the key of one generation of a phase.
func IdempotencyKey(payoutID string, phase Phase, generation int) string {
	return names.PayoutKey(payoutID, string(phase), generation)
}

// Plan says when a phase may begin, and in which state each outcome leaves the payout.
type Plan struct {
	Phase Phase
	// Needs is the phase that must be applied before this one begins; empty if none.
	Needs Phase
	// Excludes is the phase of which no attempt may be alive when this one begins.
	Excludes Phase
	// Undoes is the phase whose applied attempt ends when this one takes effect. Such a phase
	// leaves nothing that is applied.
	Undoes Phase

	Working  Status // from its beginning until its outcome is known
	Accepted Status // once the rail has made the object
	// Arrived is the state once the money has arrived, and Undone the state once it came back.
	// Both are empty if the rail reports neither.
	Arrived, Undone Status
}

// Phases are the phases of a payout on one rail.
type Phases []Plan

// TwoPhase is a rail with connected accounts, such as Stripe Connect. Money goes to the bank
// only from an applied transfer, and back only while no bank payout is alive.
var TwoPhase = Phases{
	{Phase: Transfer, Working: Transferring, Accepted: Transferred},
	{Phase: BankPayout, Needs: Transfer, Excludes: Reversal, Working: PayingOut, Accepted: PayingOut, Arrived: Paid, Undone: Transferred},
	{Phase: Reversal, Needs: Transfer, Excludes: BankPayout, Undoes: Transfer, Working: Reversing, Accepted: Reversing},
}

// Working returns the status of a payout that performs the phase.
func (p Phases) Working(phase Phase) Status {
	plan, _ := p.find(phase)
	return plan.Working
}

func (p Phases) find(phase Phase) (Plan, bool) {
	for _, plan := range p {
		if plan.Phase == phase {
			return plan, true
		}
	}
	return Plan{}, false
}

// mayBegin returns nil if the event's phase may have its next attempt, and otherwise the
// fault.Conflict that says what it has to wait for.
func (p Phases) mayBegin(record Record, event Event) error {
	phase, attempts := event.Phase, record.Attempts
	plan, found := p.find(phase)
	switch {
	case !found:
		return fault.New(fault.Internal, "unknown_phase", "the rail of this payout has no phase %q", phase)
	case attempts.Alive(phase):
		return fault.New(fault.Conflict, string(phase)+"_alive", "a %s is under way: wait for its outcome", phase.words())
	case plan.Needs != "" && attempts.Last(plan.Needs).Status != AttemptApplied:
		return fault.New(fault.Conflict, string(plan.Needs)+"_not_applied", "there is no applied %s: the %s must wait for it", plan.Needs.words(), phase.words())
	case plan.Excludes != "" && attempts.Alive(plan.Excludes):
		return fault.New(fault.Conflict, string(plan.Excludes)+"_alive", "a %s is under way: wait for its outcome", plan.Excludes.words())
	}
	return nil
}
