package reconcile

import (
	"time"

	"github.com/creditroll/creditroll/domain/duration"
)

// Reach is how far back passes go.
type Reach struct {
	// Window is how far back a whole pass goes.
	Window duration.Text `json:"window"`
	// Overlap is how long before the start of the last pass a recent one begins. It reads changes
	// again that were too recent then. Zero makes every pass a whole one.
	Overlap duration.Text `json:"overlap"`
	// WholeAfter is the longest time between two whole passes.
	WholeAfter duration.Text `json:"whole_after"`
}

// Since returns the start of the window of a pass that starts now, and whether it is a recent one.
// A recent pass continues from the start of the last finished pass and leaves older objects to
// whole passes. The times are zero if there was no such pass.
func (r Reach) Since(now, lastStarted, lastWholeStarted time.Time) (since time.Time, recent bool) {
	whole, since := now.Add(time.Duration(-r.Window)), lastStarted.Add(time.Duration(-r.Overlap))
	if r.Overlap <= 0 || !since.After(whole) || lastWholeStarted.Before(now.Add(time.Duration(-r.WholeAfter))) {
		return whole, false
	}
	return since, true
}
