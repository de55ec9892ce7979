package views

import "time"

// Absence is what is known about a post that providers do not find. A post is reported as missing for
// hours at times, from one region or to one provider, and is there again. So time has to prove that it
// is gone.
type Absence struct {
	// Since is when it was first not found, after it was last seen.
	Since time.Time `json:"since"`
	// Looks counts the looks since then, each of which found nothing.
	Looks int `json:"looks"`
	// LastAt is when the latest look was.
	LastAt time.Time `json:"last_at,omitzero"`
	// Confirmed: at the latest look, a second provider did not find it either.
	Confirmed bool `json:"confirmed,omitempty"`
}

const (
	// absenceLooksMin is how many looks a proof has at least, whatever time has passed between them.
	absenceLooksMin = 5
	// absenceSteps divides the time of a proof. The first wait is one step, and each wait is twice as
	// long as the one before, up to absenceStepsMax steps.
	absenceSteps    = 96
	absenceStepsMax = 24
	// absenceLateMax is how late a look may be, however short the proof is.
	absenceLateMax = time.Hour
	// unseenShare is the part of the time that a post gets which was never seen.
	unseenShare = 4
	// A post without a counter gets so many times as long: its creator has to change it. A post that is
	// announced gets longer.
	uncountedTimes = 7
	premiereTimes  = 30
)

// Look returns the absence after another look at a time that found nothing. Time in which providers were not asked,
// or did not answer, proves nothing: a look after a gap begins from the start.
func (p Proof) Look(a Absence, now time.Time, confirmed bool) Absence {
	if a.Looks == 0 || now.Sub(a.LastAt) > p.gap() {
		a = Absence{Since: now}
	}
	a.Looks++
	a.LastAt, a.Confirmed = now, confirmed
	return a
}

// gap is the longest time between two looks of one proof: twice the longest wait. Retries of a look take a while.
func (p Proof) gap() time.Duration { return 2*absenceStepsMax*p.step() + absenceLateMax }

func (p Proof) step() time.Duration { return max(1, p.Over/absenceSteps) }

// Proof is how long a post has to be missing until it counts as gone.
type Proof struct {
	// Over is the time if two providers do not find the post. If only one says so, it takes twice as long.
	Over time.Duration
}

// Absence returns how long a post that was seen before has to be missing.
func (s Schedule) Absence() Proof { return Proof{Over: s.GoneAfter.Std()} }

// NeverSeen returns how long a post that was never seen has to be missing. A new post can take hours to
// become visible, but there are no earnings that depend on it.
func (s Schedule) NeverSeen() Proof { return Proof{Over: s.GoneAfter.Std() / unseenShare} }

// Uncounted returns how long a post may have no counter. Announced is set for one that has not begun.
func (s Schedule) Uncounted(announced bool) Proof {
	if announced {
		return Proof{Over: premiereTimes * s.GoneAfter.Std()}
	}
	return Proof{Over: uncountedTimes * s.GoneAfter.Std()}
}

// Gone reports whether the looks so far prove that the post is gone.
func (p Proof) Gone(a Absence, now time.Time) bool {
	return a.Looks >= absenceLooksMin && !now.Before(a.Since.Add(p.needs(a)))
}

// NextLook returns how long to wait until the next look. The waits rise, and one ends when the proof can
// be complete.
func (p Proof) NextLook(a Absence, now time.Time) time.Duration {
	wait := p.step() * time.Duration(min(int64(absenceStepsMax), int64(1)<<min(max(a.Looks-1, 0), 10)))
	if left := a.Since.Add(p.needs(a)).Sub(now); left > 0 && left < wait {
		return left
	}
	return wait
}

func (p Proof) needs(a Absence) time.Duration {
	if a.Confirmed {
		return p.Over
	}
	return 2 * p.Over
}
