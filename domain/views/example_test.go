package views_test

import (
	"fmt"
	"time"

	"github.com/creditroll/creditroll/domain/views"
)

// The age of a clip sets the interval. Little growth makes it longer, and fast growth makes it shorter.
// A cap that is near or the end of the window comes first if it is earlier.
func ExampleNextPoll() {
	const noCap = -1
	const day = 24 * time.Hour
	for _, clip := range []struct {
		about string
		poll  views.Poll
	}{
		{"three hours old", views.Poll{Age: 3 * time.Hour, LastViews: 1_000, CapRemainingViews: noCap, WindowLeft: 7 * day}},
		{"three days old", views.Poll{Age: 3 * day, LastViews: 40_000, CapRemainingViews: noCap, WindowLeft: 7 * day}},
		{"without new views", views.Poll{
			Age: 3 * day, LastViews: 40_000, PreviousViews: 40_000, SinceLast: 6 * time.Hour, CapRemainingViews: noCap, WindowLeft: 7 * day,
		}},
		{"that goes viral", views.Poll{
			Age: 3 * day, LastViews: 90_000, PreviousViews: 40_000, SinceLast: 6 * time.Hour, CapRemainingViews: noCap, WindowLeft: 7 * day,
		}},
		{"near its cap", views.Poll{
			Age: 3 * day, LastViews: 41_000, PreviousViews: 40_000, SinceLast: 6 * time.Hour, CapRemainingViews: 500, WindowLeft: 7 * day,
		}},
		{"whose window ends", views.Poll{Age: 7 * day, LastViews: 60_000, CapRemainingViews: noCap, WindowLeft: 5 * time.Hour}},
	} {
		next := views.NextPoll(views.DefaultSchedule(), clip.poll)
		fmt.Printf("a clip %s: after %s (%s)\n", clip.about, next.After, next.Reason)
	}
	// Output:
	// a clip three hours old: after 1h0m0s (age)
	// a clip three days old: after 6h0m0s (age)
	// a clip without new views: after 12h0m0s (flat)
	// a clip that goes viral: after 1h30m0s (surge)
	// a clip near its cap: after 3h0m0s (near_cap)
	// a clip whose window ends: after 5h0m0s (window_end)
}
