package clip

import (
	"fmt"
	"slices"
	"strings"

	"github.com/creditroll/creditroll/domain/fault"
)

// Status is the state of a clip's lifecycle.
type Status string

const (
	// Verifying: post, author and date are checked with the platform.
	Verifying Status = "verifying"
	// InReview: a reviewer decides, after the submission or because the clip was flagged.
	InReview Status = "in_review"
	// Tracking: views are observed and credited.
	Tracking Status = "tracking"
	// Finished: the last observation of the window was credited.
	Finished Status = "finished"
	// Rejected: the clip breaks the terms and earns nothing more.
	Rejected Status = "rejected"
	// Removed: the post is gone, or a person removed it.
	Removed Status = "removed"
)

// transitions is the whole lifecycle. Tracking may go back to InReview. Verifying leads to
// Tracking directly where the review is automatic.
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

// Terminal reports whether the tracking of a clip ends with this status. Only another submission
// (StartsAgain) or a reviewer (Restore) leads out of it.
func (s Status) Terminal() bool {
	next, known := transitions[s]
	return known && len(next) == 0
}

// Observed reports whether the views of a clip of this status are read.
func (s Status) Observed() bool { return s == Verifying || s == InReview || s == Tracking }

// Next returns nil if a clip may change from one status to the other, and otherwise
// fault.Conflict "illegal_clip_transition". A status has no transition to itself.
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

// vanished are the reasons of a clip that ended because providers did not find its post.
var vanished = map[string]bool{"not_found": true, "private": true, "removed": true, NotVerifiable: true}

// unowned are the reasons of a clip that was rejected because of who owned the channel or the post then. All of it is
// checked again.
var unowned = map[string]bool{RejectedForeignAuthor: true, RejectedTakenOver: true, RejectedDuplicate: true}

// StartsAgain reports whether another submission of the post starts the clip again. It does if only the
// post or its counter was missing: it may be back, or the channel was not the creator's: it may be by now. A decision of a person stays: its codes are not among these reasons.
func StartsAgain(status Status, reason string) bool {
	return (vanished[reason] || IsCounterless(reason) || unowned[reason]) && (status == Removed || status == Rejected)
}
