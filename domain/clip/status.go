package clip

import (
	"fmt"
	"slices"
	"strings"

	"github.com/creditroll/creditroll/domain/fault"
)

// Status is where a clip stands between submission and its last credited view.
type Status string

const (
	// Verifying: post, author and date are being checked with the platform.
	Verifying Status = "verifying"
	// InReview: a reviewer decides, after submission or because the clip was flagged.
	InReview Status = "in_review"
	// Tracking: views are observed and credited.
	Tracking Status = "tracking"
	// Finished: the last observation of the window was credited.
	Finished Status = "finished"
	// Rejected: the clip does not keep the terms; it earns nothing from here on.
	Rejected Status = "rejected"
	// Removed: the post is gone, or its creator withdrew it.
	Removed Status = "removed"
)

// transitions is the whole lifecycle. Terminal statuses lead nowhere. Tracking may go back
// to InReview, and comes from Verifying directly where review is automatic.
var transitions = map[Status][]Status{
	Verifying: {InReview, Tracking, Rejected, Removed},
	InReview:  {Tracking, Rejected, Removed},
	Tracking:  {InReview, Finished, Rejected, Removed},
	Finished:  {},
	Rejected:  {},
	Removed:   {},
}

// Statuses returns every status in the order of the lifecycle.
func Statuses() []Status {
	return []Status{Verifying, InReview, Tracking, Finished, Rejected, Removed}
}

// Terminal reports whether a clip never leaves this status.
func (s Status) Terminal() bool {
	next, known := transitions[s]
	return known && len(next) == 0
}

// Next returns nil if a clip may go from one status to the other, and otherwise
// fault.Conflict "illegal_clip_transition". Staying is no transition.
func Next(from, to Status) error {
	next := transitions[from]
	if slices.Contains(next, to) {
		return nil
	}
	return fault.New(fault.Conflict, "illegal_clip_transition", "a clip that is %q cannot become %q: %s", from, to, options(next))
}

func options(next []Status) string {
	if len(next) == 0 {
		return "its status is final"
	}
	names := make([]string, len(next))
	for i, status := range next {
		names[i] = string(status)
	}
	return fmt.Sprintf("it can become %s", strings.Join(names, ", "))
}
