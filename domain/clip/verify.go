package clip

import "time"

// Evidence is what a provider says about a submitted post. AuthorDigest stands for the author,
// whose handle stays out of workflow histories.
type Evidence struct {
	ClipID       string    `json:"clip_id"`
	AuthorDigest string    `json:"author_digest"`
	PublishedAt  time.Time `json:"published_at"`
}

// Rules are what a post is checked against: the channels of its creator, and the terms of its
// campaign.
type Rules struct {
	// OwnsChannel reports that the author is a registered channel of the creator.
	OwnsChannel    bool
	StartsAt       time.Time
	EndsAt         time.Time
	TrackingWindow time.Duration
	AutoApprove    bool
}

// Verdict says whether a post may earn, and how long it is tracked. RejectedBecause is empty
// for one that may.
type Verdict struct {
	RejectedBecause string    `json:"rejected_because,omitempty"`
	AutoApprove     bool      `json:"auto_approve"`
	TrackUntil      time.Time `json:"track_until"`
}

// The reasons for which a post is rejected by rule.
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

// Move is a step of a clip's life.
type Move struct {
	ClipID string `json:"clip_id"`
	To     Status `json:"to"`
	Reason string `json:"reason,omitempty"`
}
