// Package curves computes how many views a simulated clip has at any age. With it a simulator
// serves counts that grow, stall, fall and disappear like those of real platforms, and the
// same counts on every run.
//
// A curve is either Parametric (from a few numbers and a seed) or Recorded (from daily counts
// of a real clip). It may be Scripted: events such as a deletion or a fall change it.
package curves

import "time"

// Counts are what a platform shows of a clip at one moment. They are cumulative.
type Counts struct {
	Views    int64 `json:"views"`
	Likes    int64 `json:"likes"`
	Comments int64 `json:"comments"`
	Shares   int64 `json:"shares"`
	// Deleted means that the platform shows nothing at all; the counts are zero then.
	Deleted bool `json:"deleted"`
}

// Curve gives the counts of one clip. At is pure: one age always gives the same counts. Ages
// at or below zero give no views.
type Curve interface {
	At(age time.Duration) Counts
}
