package payout

import (
	"slices"

	"github.com/creditroll/creditroll/domain/fault"
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
	Settled        Status = "settled"
)

// Statuses returns every state in the order of a payout's life.
func Statuses() []Status {
	return []Status{Reserved, Transferring, Transferred, PayingOut, Paid, NeedsAttention, Reversing, Cancelled, Returned, Settled}
}

// Ended reports whether the reservation was released or settled outside, so that nothing more can
// happen. A paid payout has not ended: its bank may still return the money.
func (s Status) Ended() bool { return s == Cancelled || s == Returned || s == Settled }

// EventKind is a kind of event in a payout's life.
type EventKind string

// The events. The first five are about an attempt of one phase.
const (
	EventBegun    EventKind = "begun"    // a workflow wants to perform the phase
	EventAccepted EventKind = "accepted" // the rail has made the object
	EventRefused  EventKind = "refused"  // the rail definitely refused and made nothing
	EventArrived  EventKind = "arrived"  // the money has arrived; it may still come back
	EventUndone   EventKind = "undone"   // the money came back after the rail had accepted

	EventParked    EventKind = "parked"    // the payout waits for a person
	EventResumed   EventKind = "resumed"   // it no longer waits
	EventLost      EventKind = "lost"      // its workflow is not running
	EventCancelled EventKind = "cancelled" // the reservation is released on request
	EventReturned  EventKind = "returned"  // the reservation is released because no bank took the money

	EventSettled    EventKind = "settled"     // people say that the creator has the money outside the books
	EventWrittenOff EventKind = "written_off" // people say that the transferred money is lost: the creator can be paid again
)

// EventKinds returns every kind of event.
func EventKinds() []EventKind {
	return []EventKind{
		EventBegun, EventAccepted, EventRefused, EventArrived, EventUndone,
		EventParked, EventResumed, EventLost, EventCancelled, EventReturned, EventSettled, EventWrittenOff,
	}
}

// Event is one event in a payout's life. The events about an attempt name its phase, and those
// that report an outcome also its generation and, if there is one, its object.
type Event struct {
	Kind       EventKind
	Phase      Phase
	Generation int
	ExternalID string
	// Status is where the workflow of a resumed payout sees it.
	Status Status
}

// Record is what is on record about a payout.
type Record struct {
	Status   Status
	Attempts Attempts
}

// Change is what an event changes.
type Change struct {
	// Status is the status after the event.
	Status Status
	// Attempts are those that began or moved, as they are after the event. The list is empty if
	// the event was on record before.
	Attempts Attempts
}

// transition is a row of the lifecycle: an event, the states in which it may happen, the state
// that it leads to (empty: the same), and a condition on what is on record.
type transition struct {
	event EventKind
	from  []Status
	to    Status
	guard func(Phases, Record, Event) error
}

// The lifecycle, apart from the phases. What is not here or in Plan.transitions cannot happen.
var transitions = []transition{
	{EventParked, open(), NeedsAttention, nil},
	{EventResumed, open(), "", nil}, // to what the attempts say: see Phases.resumed
	{EventLost, []Status{Reserved, Transferring, Transferred, PayingOut, Reversing}, NeedsAttention, nil},
	{EventLost, []Status{Paid, NeedsAttention, Cancelled, Returned, Settled}, "", nil}, // nothing to park; reconciliation finds money that a bank returns
	{EventCancelled, open(), Cancelled, Phases.moneyBack},
	{EventCancelled, []Status{Cancelled}, "", nil},
	{EventReturned, open(), Returned, Phases.moneyBack},
	{EventReturned, []Status{Returned}, "", Phases.givenBack},
	{EventSettled, open(), Settled, Phases.unpaid},
	{EventWrittenOff, open(), Returned, Phases.transferAway},
}

// transitions returns the part of the lifecycle that performs the phase.
func (p Plan) transitions() []transition {
	rows := []transition{
		{EventBegun, open(), p.Working, Phases.mayBegin},
		{EventAccepted, []Status{p.Working, NeedsAttention}, p.Accepted, nil},
		{EventRefused, []Status{p.Working, NeedsAttention}, "", nil},
	}
	if p.Arrived != "" {
		rows = append(rows,
			transition{EventArrived, []Status{p.Accepted, p.Arrived, NeedsAttention}, p.Arrived, nil},
			transition{EventUndone, []Status{p.Accepted, p.Arrived, NeedsAttention}, p.Undone, nil},
		)
	}
	return rows
}

func open() []Status { return slices.DeleteFunc(Statuses(), Status.Ended) }

// Next returns what an event changes. It returns these faults, all of them fault.Conflict:
//   - "payout_ended": the reservation was released or settled outside.
//   - "attempt_mismatch": the attempt is on record with another outcome or object.
//   - "transfer_not_applied", "bank_payout_alive", "reversal_alive": the order of the phases.
//   - "money_not_back": the reservation cannot be released while money may be away.
//   - "payout_paid": a payout that is paid has nothing to settle outside.
//   - "illegal_payout_transition": the event is impossible in the payout's state.
//
// An outcome that was on record before changes nothing, whatever has happened since.
func (p Phases) Next(record Record, event Event) (Change, error) {
	moved, isNews, err := p.attempts(record, event)
	if err != nil || !isNews {
		return Change{Status: record.Status}, err
	}
	status, err := p.move(record, event)
	if err != nil {
		return Change{Status: record.Status}, err
	}
	return Change{Status: status, Attempts: moved}, nil
}

// move returns the status that an event leads to.
func (p Phases) move(record Record, event Event) (Status, error) {
	rows := transitions
	if plan, found := p.find(event.Phase); found {
		rows = append(plan.transitions(), rows...)
	}
	for _, row := range rows {
		if row.event != event.Kind || !slices.Contains(row.from, record.Status) {
			continue
		}
		if row.guard != nil {
			if err := row.guard(p, record, event); err != nil {
				return record.Status, err
			}
		}
		switch {
		case event.Kind == EventResumed:
			return p.resumed(record, event.Status), nil
		case row.to == "":
			return record.Status, nil
		}
		return row.to, nil
	}
	if record.Status.Ended() {
		return record.Status, fault.New(fault.Conflict, "payout_ended", "the payout is %s: nothing more can be done with it", record.Status)
	}
	return record.Status, fault.New(fault.Conflict, "illegal_payout_transition", "a payout that is %s cannot have the event %q", record.Status, event.Kind)
}

// moneyBack returns fault.Conflict "money_not_back" while an attempt is alive.
func (p Phases) moneyBack(record Record, _ Event) error {
	for _, plan := range p {
		if record.Attempts.Alive(plan.Phase) {
			return fault.New(fault.Conflict, "money_not_back", "the %s is not back yet: reverse it first", plan.Phase.words())
		}
	}
	return nil
}

// resumed returns the status in which a payout resumes: the one that its workflow names if the
// attempts agree with it. A workflow that was reset may name an earlier one.
func (p Phases) resumed(record Record, named Status) Status {
	possible := p.possible(record.Attempts)
	for _, status := range []Status{named, record.Status} {
		if slices.Contains(possible, status) {
			return status
		}
	}
	return possible[0]
}

// possible returns the working states that agree with the attempts, the most likely first.
func (p Phases) possible(attempts Attempts) []Status {
	for _, plan := range p {
		if attempts.Last(plan.Phase).Status == AttemptUnknown {
			return []Status{plan.Working}
		}
	}
	var reached, tried []Status
	for _, plan := range p {
		switch attempts.Last(plan.Phase).Status {
		case AttemptApplied:
			reached = []Status{plan.Accepted}
			if plan.Arrived != "" {
				return []Status{plan.Accepted, plan.Arrived}
			}
		case AttemptRefused:
			tried = append(tried, plan.Working)
		case AttemptUndone:
			if plan.Undoes != "" && !attempts.Alive(plan.Undoes) {
				tried = append(tried, plan.Working)
			}
		}
	}
	if len(reached) == 0 {
		reached = []Status{Reserved}
	}
	return append(reached, tried...)
}
