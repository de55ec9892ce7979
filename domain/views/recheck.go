package views

import "time"

const (
	// confirmProofs is how many times GoneAfter a count that is not confirmed gets after the final reading.
	confirmProofs = 2
	// finalRechecksStep divides that time: the first wait is one step.
	finalRechecksStep = 96
	recheckDoublings  = 10
)

// ConfirmWithin returns how long a final reading waits for the confirmation of a count.
func (s Schedule) ConfirmWithin() time.Duration { return confirmProofs * s.GoneAfter.Std() }

// NextRecheck returns when to read a count again that is not confirmed, after so many tries. It is never
// later than the next reading would be.
func NextRecheck(after time.Duration, tries int, next time.Duration) time.Duration {
	wait := min(next, max(1, after))
	for range min(max(tries-1, 0), recheckDoublings) {
		wait = stretch(wait, 2, next)
	}
	return wait
}

// NextFinalRecheck is NextRecheck after the final reading. It is zero once the time to confirm is over.
func (s Schedule) NextFinalRecheck(after time.Duration, tries int, since, now time.Time) time.Duration {
	within := s.ConfirmWithin()
	left := since.Add(within).Sub(now)
	if left <= 0 {
		return 0
	}
	step := max(1, min(after, within/finalRechecksStep))
	return min(left, NextRecheck(step, tries, max(1, within/4)))
}
