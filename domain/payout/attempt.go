package payout

import "github.com/creditroll/creditroll/domain/fault"

// AttemptStatus is what is known about an attempt to move money.
type AttemptStatus string

// The states of an attempt. Each begins as unknown, before the rail is called.
const (
	AttemptUnknown AttemptStatus = "unknown"
	AttemptApplied AttemptStatus = "applied"
	AttemptRefused AttemptStatus = "refused"
	AttemptUndone  AttemptStatus = "undone"
	// AttemptSettled is one that people settled outside while it was alive. Its outcome books
	// nothing any more.
	AttemptSettled AttemptStatus = "settled"
)

// Alive reports whether the attempt has moved money that is not back, or may have.
func (s AttemptStatus) Alive() bool { return s == AttemptUnknown || s == AttemptApplied }

// Attempt is one generation of a phase.
type Attempt struct {
	Phase      Phase
	Generation int
	Status     AttemptStatus
	// ExternalID names the object at the rail, once it is known. It never changes.
	ExternalID string
}

// Attempts are all attempts of a payout, those of a phase in the order of their generations.
// Only the last one of a phase can be alive.
type Attempts []Attempt

// Alive reports whether an attempt of a phase is alive.
func (a Attempts) Alive(phase Phase) bool { return a.Last(phase).Status.Alive() }

// Last returns the newest attempt of a phase, or one of generation 0 without a status.
func (a Attempts) Last(phase Phase) Attempt {
	newest := Attempt{Phase: phase}
	for _, attempt := range a {
		if attempt.Phase == phase {
			newest = attempt
		}
	}
	return newest
}

// settlement is the move that an outcome makes an attempt take.
type settlement struct{ from, to AttemptStatus }

var settlements = map[EventKind]settlement{
	EventAccepted: {AttemptUnknown, AttemptApplied},
	EventRefused:  {AttemptUnknown, AttemptRefused},
	EventArrived:  {AttemptApplied, AttemptApplied},
	EventUndone:   {AttemptApplied, AttemptUndone},
}

// attempts returns the attempts that an event begins or moves, and whether the event is news:
// the beginning of a phase that is alive is not, nor is an outcome that was on record before.
func (p Phases) attempts(record Record, event Event) (moved Attempts, isNews bool, err error) {
	if event.Kind == EventBegun {
		last := record.Attempts.Last(event.Phase)
		next := Attempt{Phase: event.Phase, Generation: last.Generation + 1, Status: AttemptUnknown}
		return Attempts{next}, !last.Status.Alive(), nil
	}
	if event.Kind == EventSettled || event.Kind == EventWrittenOff {
		return p.settledOutside(record.Attempts), true, nil
	}
	expected, reportsOutcome := settlements[event.Kind]
	if !reportsOutcome {
		return nil, true, nil
	}
	plan, _ := p.find(event.Phase)
	if event.Kind == EventAccepted && plan.Undoes != "" {
		expected.to = AttemptUndone
	}
	settled, isNews, err := record.Attempts.settle(event, expected)
	if err != nil || !isNews {
		return nil, false, err
	}
	if expected.to != AttemptUndone || plan.Undoes == "" {
		return Attempts{settled}, true, nil
	}
	undone := record.Attempts.Last(plan.Undoes)
	if undone.Status != AttemptApplied {
		return nil, false, fault.New(fault.Internal, string(plan.Undoes)+"_not_applied", "a %s was made, but no %s is on record as applied", event.Phase.words(), plan.Undoes.words())
	}
	undone.Status = AttemptUndone
	return Attempts{settled, undone}, true, nil
}

// settle returns the attempt that an event is about, as it is afterwards. isNews is false if
// the outcome, or a later one, was on record before. It returns fault.Conflict
// "attempt_mismatch" if something else is on record, and "payout_ended" if people settled it
// outside.
func (a Attempts) settle(event Event, move settlement) (settled Attempt, isNews bool, err error) {
	for _, attempt := range a {
		if attempt.Phase != event.Phase || attempt.Generation != event.Generation {
			continue
		}
		if attempt.Status == AttemptSettled {
			return Attempt{}, false, fault.New(fault.Conflict, "payout_ended", "the %s was settled outside: its outcome books nothing any more", event.Phase.words())
		}
		sameObject := event.ExternalID == "" || attempt.ExternalID == "" || attempt.ExternalID == event.ExternalID
		switch {
		case sameObject && attempt.Status == move.from:
			attempt.Status = move.to
			if event.ExternalID != "" {
				attempt.ExternalID = event.ExternalID
			}
			return attempt, true, nil
		case sameObject && (attempt.Status == move.to || move.to == AttemptApplied && attempt.Status == AttemptUndone):
			return attempt, false, nil
		}
	}
	return Attempt{}, false, fault.New(fault.Conflict, "attempt_mismatch", "generation %d of the %s is not on record as %s with this object, so it cannot become %s", event.Generation, event.Phase.words(), move.from, move.to)
}
