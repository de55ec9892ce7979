package views

import (
	"math/bits"
	"time"
)

// Pause is a time in which a campaign was paused: from From, up to but without Until. Until is zero
// while it lasts.
type Pause struct {
	From  time.Time
	Until time.Time
}

// Share is the part of the time between two readings in which the campaign was paused.
type Share struct {
	Paused time.Duration
	Total  time.Duration
}

// Shares for whole times.
var (
	NotPaused    = Share{}
	WhollyPaused = Share{Paused: 1, Total: 1}
)

// Whole reports whether the campaign was paused all the time.
func (s Share) Whole() bool { return s.Total > 0 && s.Paused >= s.Total }

// Of returns the part of views that belongs to the pause, rounded down. It takes the views as evenly
// spread over the time.
func (s Share) Of(count int64) int64 {
	if s.Total <= 0 || s.Paused <= 0 || count <= 0 {
		return 0
	}
	if s.Whole() {
		return count
	}
	high, low := bits.Mul64(uint64(count), uint64(s.Paused))
	part, _ := bits.Div64(high, low, uint64(s.Total)) // no overflow: Paused < Total
	return int64(part)
}

// PausedShare returns the share of the time after one moment and up to another in which the campaign was
// paused. If no time lies between them, or the first moment is not known and zero, the second one decides.
// Pauses do not overlap.
func PausedShare(pauses []Pause, after, upTo time.Time) Share {
	if after.IsZero() || !after.Before(upTo) {
		for _, pause := range pauses {
			if !upTo.Before(pause.From) && (pause.Until.IsZero() || upTo.Before(pause.Until)) {
				return WhollyPaused
			}
		}
		return NotPaused
	}
	share := Share{Total: upTo.Sub(after)}
	for _, pause := range pauses {
		from, until := pause.From, pause.Until
		if until.IsZero() || until.After(upTo) {
			until = upTo
		}
		if from.Before(after) {
			from = after
		}
		share.Paused += max(0, until.Sub(from))
	}
	return share
}
