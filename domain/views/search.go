package views

import (
	"cmp"
	"time"
)

const (
	// searchSteps divides the time of a search for a code. The first wait is one step, 30 seconds of a day, because
	// the creator may have put the code there already. Each wait is twice as long as the one before, up to
	// searchStepsMax steps.
	searchSteps    = 2880
	searchStepsMax = 64
	// searchAgain is how many times as long a search goes on if providers do not answer at its end.
	searchAgain = 7
)

// Search is how a code is looked for in a profile or post.
type Search struct{ over time.Duration }

// Search returns how the codes of this schedule are looked for.
func (s Schedule) Search() Search {
	return Search{over: cmp.Or(s.ProofFor, DefaultSchedule().ProofFor).Std()}
}

// Over is how long the creator has to put the code there.
func (s Search) Over() time.Duration { return s.over }

// Longest is when a search ends although providers do not answer.
func (s Search) Longest() time.Duration { return searchAgain * s.over }

// Gap is the shortest time between two looks.
func (s Search) Gap() time.Duration { return max(1, s.over/searchSteps) }

// NextLook returns how long to wait after a number of looks. The last look is due exactly at the end.
func (s Search) NextLook(looks int, left time.Duration) time.Duration {
	wait := s.Gap() * time.Duration(min(int64(searchStepsMax), int64(1)<<min(max(looks-1, 0), 10)))
	if left > 0 && left < wait {
		return left
	}
	return wait
}
