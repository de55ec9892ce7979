package payout

import (
	"time"

	"github.com/creditroll/creditroll/domain/fault"
)

// SettleHow says what became of the money of a payout that people settle outside, because no
// rule can.
type SettleHow string

// The ways to settle a payout outside.
const (
	// PaidToCreator: the creator has the money, although no bank payout of ours shows it.
	PaidToCreator SettleHow = "paid_to_creator"
	// Lost: the transferred money is gone and no one will pay it back.
	Lost SettleHow = "lost"
)

// Known reports whether there is such a way.
func (h SettleHow) Known() bool { return h == PaidToCreator || h == Lost }

// Event returns the event of a payout that is settled this way.
func (h SettleHow) Event() Event {
	if h == Lost {
		return Event{Kind: EventWrittenOff}
	}
	return Event{Kind: EventSettled}
}

// SettleOutside is a payout that two people agreed to settle outside.
type SettleOutside struct {
	PayoutID string
	How      SettleHow
	Now      time.Time
}

// settledOutside returns the attempts that end when people settle a payout outside: those without
// a known outcome, and those that moved money on from an applied one. An applied transfer stays,
// because its money has moved for good.
func (p Phases) settledOutside(attempts Attempts) Attempts {
	var moved Attempts
	for _, plan := range p {
		last := attempts.Last(plan.Phase)
		if last.Status == AttemptUnknown || last.Status == AttemptApplied && plan.Needs != "" {
			last.Status = AttemptSettled
			moved = append(moved, last)
		}
	}
	return moved
}

// unpaid returns fault.Conflict "payout_paid" for a payout that is paid, and "call_in_flight" for one
// whose call to the rail may still be answered. Such a payout needs attention first.
func (p Phases) unpaid(record Record, _ Event) error {
	if record.Status == Paid {
		return fault.New(fault.Conflict, "payout_paid", "the payout is paid: there is nothing to settle outside")
	}
	for _, plan := range p {
		if record.Status != NeedsAttention && record.Attempts.Last(plan.Phase).Status == AttemptUnknown {
			return fault.New(fault.Conflict, "call_in_flight", "the %s has no answer yet: settle the payout when it needs attention", plan.Phase.words())
		}
	}
	return nil
}

// transferAway returns fault.Conflict "transfer_not_applied" unless money has left the platform
// and can be lost, "bank_payout_alive" while the bank may still deliver it and no person was asked,
// and otherwise the faults of unpaid.
func (p Phases) transferAway(record Record, event Event) error {
	if record.Attempts.Last(Transfer).Status != AttemptApplied {
		return fault.New(fault.Conflict, "transfer_not_applied", "there is no applied transfer, so no money can be lost: resolve or cancel the payout")
	}
	if record.Status != NeedsAttention && record.Attempts.Alive(BankPayout) {
		return fault.New(fault.Conflict, "bank_payout_alive", "the bank payout is under way, so the money is not lost: wait for the bank")
	}
	return p.unpaid(record, event)
}

// givenBack returns fault.Conflict "payout_ended" for a payout that was written off. It has ended
// as returned, but its reservation was never released.
func (p Phases) givenBack(record Record, _ Event) error {
	if record.Attempts.Last(Transfer).Status == AttemptApplied {
		return fault.New(fault.Conflict, "payout_ended", "the payout was written off: its reservation cannot be released")
	}
	return nil
}
