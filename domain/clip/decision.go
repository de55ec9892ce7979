package clip

import (
	"time"

	"github.com/creditroll/creditroll/domain/fault"
)

// Decision is what a reviewer decides on a clip.
type Decision string

// The decisions.
const (
	// Approve lets a clip in review earn.
	Approve Decision = "approve"
	// Reject ends a clip in review.
	Reject Decision = "reject"
	// Flag sends a clip that earns back into review.
	Flag Decision = "flag"
	// Remove ends a clip. It keeps what it has earned.
	Remove Decision = "remove"
	// Confirm makes a count earn that is above the plausible, and that no other reading has confirmed. Of a clip in
	// review it counts with the approval.
	Confirm Decision = "confirm"
	// Restore starts a clip again that was removed or rejected, as one that the reviewer has approved.
	Restore Decision = "restore"
)

// Reasons that end a clip.
const (
	// NotVerifiable: no provider could verify the post before the campaign ended.
	NotVerifiable = "not_verifiable"
	// CampaignEnded: the campaign ended before the clip was verified, and no workflow tracks it.
	CampaignEnded = "campaign_ended"
	// RemovedByReviewer and RemovedByOperator: a person removed the clip, by the API or by a cancellation
	// of its workflow.
	RemovedByReviewer = "removed_by_reviewer"
	RemovedByOperator = "removed_by_operator"
)

// Flagged is the reason of a clip that a person has sent back into review. Only a person decides on it.
const Flagged = "flagged"

// possible has the statuses in which each decision can be taken.
var possible = map[Decision]map[Status]bool{
	Approve: {InReview: true},
	Reject:  {InReview: true},
	Flag:    {Tracking: true},
	Remove:  {Verifying: true, InReview: true, Tracking: true},
	Confirm: {InReview: true, Tracking: true},
	Restore: {Removed: true, Rejected: true},
}

// Reasons of a clip that finished.
const (
	// UnconfirmedCount: it finished before its highest count was confirmed.
	UnconfirmedCount = "count_unconfirmed"
	// FullyEarned: its highest count was not confirmed, and a confirmation would pay nothing.
	FullyEarned = "fully_earned"
	// LastReadingMissing: no provider gave its last reading.
	LastReadingMissing = "last_reading_missing"
)

// Allow returns nil if a decision is possible for a clip of a status. Otherwise it returns
// fault.Invalid "unknown_decision" or fault.Conflict: "not_in_review", "not_tracked", "clip_ended" or
// "clip_not_ended".
func (d Decision) Allow(status Status) error {
	if possible[d][status] {
		return nil
	}
	switch d {
	case Approve, Reject:
		return fault.New(fault.Conflict, "not_in_review", "the clip is %s: only a clip in review can be approved or rejected", status)
	case Flag:
		return fault.New(fault.Conflict, "not_tracked", "the clip is %s: only a clip that is tracked can be flagged", status)
	case Confirm:
		return fault.New(fault.Conflict, "not_tracked", "the clip is %s: only the count of a clip that is tracked or in review can be confirmed", status)
	case Remove:
		return fault.New(fault.Conflict, "clip_ended", "the clip is %s: it earns nothing more", status)
	case Restore:
		return fault.New(fault.Conflict, "clip_not_ended", "the clip is %s: only a clip that was removed or rejected can be restored", status)
	}
	return fault.Field("decision", "unknown_decision", "unknown decision: use approve, reject, flag, remove, confirm or restore")
}

// Moves reports whether the decision changes the status of a clip.
func (d Decision) Moves() bool { return d != Confirm }

// AllowCount returns nil if a reviewer can confirm a count of a clip that claims another: one that is not
// above it. Otherwise it returns fault.Conflict "nothing_to_confirm" or fault.Invalid "views_out_of_range".
func AllowCount(views, claimedViews int64) error {
	if claimedViews <= 0 {
		return fault.New(fault.Conflict, "nothing_to_confirm", "no count of the clip waits for confirmation: read the clip again")
	}
	if views <= 0 || views > claimedViews {
		return fault.Field("views", "views_out_of_range", "%d views wait for confirmation: confirm them, or fewer", claimedViews)
	}
	return nil
}

// AllowLate returns nil if a reviewer can confirm a count of a clip that has ended: one that finished with an
// unconfirmed count. If that would have paid nothing then, it may pay now, because a budget can be raised. Otherwise it returns fault.Conflict "not_tracked" or "nothing_to_confirm".
func AllowLate(status Status, reason string) error {
	if status != Finished {
		return Confirm.Allow(status)
	}
	if reason != UnconfirmedCount && reason != FullyEarned {
		return AllowCount(0, 0)
	}
	return nil
}

// Outcome returns the status that a decision gives to a clip of a status, and the reason to store with it.
func (d Decision) Outcome(from Status, code Code) (to Status, reason string) {
	switch d {
	case Reject:
		return Rejected, string(code)
	case Flag:
		return InReview, Flagged
	case Remove:
		return RemovedFrom(from), RemovedByReviewer
	}
	return Tracking, ""
}

// RemovedFrom returns the status of a clip that a person removes. One that never earned is rejected, one
// that may have earned is removed.
func RemovedFrom(status Status) Status {
	if status == Verifying {
		return Rejected
	}
	return Removed
}

// DecidedBy is who took a decision.
type DecidedBy string

// Who decides.
const (
	ByPerson DecidedBy = "person"
	// ByRule: the deadline of the review has passed, and nothing spoke against the clip.
	ByRule DecidedBy = "rule"
)

// RuleActor is the actor on record of a decision by rule.
const RuleActor = "rule"

// Ruling is a decision on a clip with its reason, as it is stored. NoteID names the note that a person
// has written; its text stays in the database.
type Ruling struct {
	Decision Decision  `json:"decision"`
	By       DecidedBy `json:"by"`
	Actor    string    `json:"actor"`
	Code     Code      `json:"code,omitempty"`
	NoteID   string    `json:"note_id,omitempty"`
	At       time.Time `json:"at"`
}
