// Package curves says how many views a simulated clip has at any age, so that a
// simulator serves counts that grow, stall, fall and vanish as those of real platforms
// do, and serves the same ones on every run.
//
// A curve is either Parametric (from a handful of numbers and a seed) or Recorded (from
// daily counts of a real clip), and may be Scripted: events such as a deletion or a fall
// are laid over it.
package curves

import "time"

// Counts is what a platform shows of a clip at one moment. Counts are cumulative.
type Counts struct {
	Views    int64 `json:"views"`
	Likes    int64 `json:"likes"`
	Comments int64 `json:"comments"`
	Shares   int64 `json:"shares"`
	// Deleted means that the platform shows nothing at all; the counts are zero then.
	Deleted bool `json:"deleted"`
}

// Curve gives the counts of one clip. At is pure: one age always yields the same counts.
// Ages at or below zero yield no views.
type Curve interface {
	At(age time.Duration) Counts
}
