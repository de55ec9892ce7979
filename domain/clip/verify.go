package clip

import "time"

// Evidence is what a provider reports about a submitted post. It has AuthorDigest instead of the
// handle, which must not appear in workflow histories.
type Evidence struct {
	ClipID       string    `json:"clip_id"`
	AuthorDigest string    `json:"author_digest"`
	PublishedAt  time.Time `json:"published_at"`
}

// Rules are the conditions for a post: a channel of its creator and the terms of its campaign.
type Rules struct {
	// OwnsChannel reports whether the creator has registered the author's channel.
	OwnsChannel    bool
	StartsAt       time.Time
	EndsAt         time.Time
	TrackingWindow time.Duration
	AutoApprove    bool
}

// Verdict is the result of Verify. RejectedBecause is empty if the post may earn; it is tracked
// until TrackUntil then.
type Verdict struct {
	RejectedBecause string    `json:"rejected_because,omitempty"`
	AutoApprove     bool      `json:"auto_approve"`
	TrackUntil      time.Time `json:"track_until"`
}

// The values of RejectedBecause.
const (
	RejectedForeignAuthor = "not_the_creators_channel"
	RejectedTooOld        = "published_before_campaign"
	RejectedTooLate       = "published_after_campaign"
)

// Verify checks the author and the time of a post.
func Verify(evidence Evidence, rules Rules) Verdict {
	switch {
	case !rules.OwnsChannel:
		return Verdict{RejectedBecause: RejectedForeignAuthor}
	case evidence.PublishedAt.Before(rules.StartsAt):
		return Verdict{RejectedBecause: RejectedTooOld}
	case evidence.PublishedAt.After(rules.EndsAt):
		return Verdict{RejectedBecause: RejectedTooLate}
	}
	return Verdict{AutoApprove: rules.AutoApprove, TrackUntil: evidence.PublishedAt.Add(rules.TrackingWindow)}
}

// Move is a change of a clip's status at a time. Ruling is the decision behind it, if there is one.
type Move struct {
	ClipID string    `json:"clip_id"`
	To     Status    `json:"to"`
	Reason string    `json:"reason,omitempty"`
	Ruling *Ruling   `json:"ruling,omitempty"`
	At     time.Time `json:"at,omitzero"`
}
