package reconcile

import (
	"time"

	"github.com/creditroll/creditroll/domain/duration"
)

// Reach says how far back passes go.
type Reach struct {
	// Window is how far a whole pass goes back.
	Window duration.Text `json:"window"`
	// Overlap is how long before the last pass a recent one begins: what was too fresh to be
	// judged then is seen again. Zero makes every pass a whole one.
	Overlap duration.Text `json:"overlap"`
	// WholeAfter is how long there may be no whole pass before the next pass is one.
	WholeAfter duration.Text `json:"whole_after"`
}

// Since returns where a pass that starts now begins, and whether it is a recent one: it goes on
// where the last pass that came to its end started, and leaves to whole passes what has not
// changed since. Times are zero if there was no such pass.
func (r Reach) Since(now, lastStarted, lastWholeStarted time.Time) (since time.Time, recent bool) {
	whole, since := now.Add(time.Duration(-r.Window)), lastStarted.Add(time.Duration(-r.Overlap))
	if r.Overlap <= 0 || !since.After(whole) || lastWholeStarted.Before(now.Add(time.Duration(-r.WholeAfter))) {
		return whole, false
	}
	return since, true
}
