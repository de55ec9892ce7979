package clip

import "time"

// Moved is what the move of a clip into review has recorded; it is zero for other moves.
type Moved struct {
	ReviewDeadline time.Time `json:"review_deadline,omitzero"`
}

// Restoration restores a clip. AppealID names the open appeal that it decides, if it has one.
type Restoration struct {
	ClipID   string `json:"clip_id"`
	AppealID string `json:"appeal_id,omitempty"`
	Ruling   Ruling `json:"ruling"`
}

// Closing marks a clip in review as read for the last time.
type Closing struct {
	ClipID string    `json:"clip_id"`
	At     time.Time `json:"at"`
}

// Overdue requests the decision by rule on a clip whose review has reached its deadline.
type Overdue struct {
	ClipID string    `json:"clip_id"`
	At     time.Time `json:"at"`
}

// RuleResult is what the rule has done with a clip whose review has reached its deadline.
type RuleResult struct {
	// Status is the status of the clip after it.
	Status   Status    `json:"status"`
	Deadline time.Time `json:"deadline,omitzero"`
	// Signals are what speaks against the clip. It has none if the rule has approved it.
	Signals []Signal `json:"signals,omitempty"`
}

// Signal is something open that speaks against a clip. A clip that has one is not approved by rule.
type Signal string

// The signals.
const (
	SignalFlagged        Signal = "flagged"          // a person has sent it back into review
	SignalPostMissing    Signal = "post_missing"     // providers do not find it, its counter, or anything to read
	SignalReadingInDoubt Signal = "reading_in_doubt" // it was never read, or its last reading is not plausible or has signals
)

// Doubts are what is known of a clip in review apart from what a reviewer sees.
type Doubts struct {
	StatusReason string
	// WaitingFor is why the clip is not read. A missing proof of its channel, or missing quota, does not speak against the post.
	WaitingFor string
	// ReadingInDoubt: the last reading of the clip carries signals that are not decided.
	ReadingInDoubt bool
}

// Signals returns what speaks against the clip.
func (d Doubts) Signals() []Signal {
	var open []Signal
	if d.StatusReason == Flagged {
		open = append(open, SignalFlagged)
	}
	if d.WaitingFor != "" && d.WaitingFor != WaitingForProof && d.WaitingFor != WaitingForQuota {
		open = append(open, SignalPostMissing)
	}
	if d.ReadingInDoubt {
		open = append(open, SignalReadingInDoubt)
	}
	return open
}
