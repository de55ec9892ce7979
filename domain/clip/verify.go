package clip

import "time"

// Evidence is what a provider reports about a submitted post. It has AuthorDigest instead of the
// handle, which must not appear in workflow histories.
type Evidence struct {
	ClipID       string `json:"clip_id"`
	AuthorDigest string `json:"author_digest"`
	// OtherAuthors are the digests of the other authors of a post that several have published together.
	OtherAuthors []string  `json:"other_authors,omitempty"`
	PublishedAt  time.Time `json:"published_at"`
}

// Authors are the digests of all authors of the post.
func (e Evidence) Authors() []string { return append([]string{e.AuthorDigest}, e.OtherAuthors...) }

// Rules are the conditions for a post: a channel of its creator and the terms of its campaign.
type Rules struct {
	// Claim is what the creator's channels say about the authors of the post.
	Claim          Claim
	StartsAt       time.Time
	EndsAt         time.Time
	TrackingWindow time.Duration
	AutoApprove    bool
	// PollTiers is the schedule of the campaign's terms, or empty for the platform's.
	PollTiers string
}

// Verdict is the result of Verify. RejectedBecause is empty if the post may earn; it is tracked
// until TrackUntil then.
type Verdict struct {
	RejectedBecause string    `json:"rejected_because,omitempty"`
	AutoApprove     bool      `json:"auto_approve"`
	TrackUntil      time.Time `json:"track_until"`
	// PollTiers is the schedule by which the clip is read, in the form of views.ParseTiers, or empty for the platform's.
	PollTiers string `json:"poll_tiers,omitempty"`
	// Unproven: the creator has not proven the channel, so the post earns nothing yet.
	Unproven bool `json:"unproven,omitempty"`
}

// The values of RejectedBecause.
const (
	RejectedForeignAuthor = "not_the_creators_channel"
	// RejectedTakenOver: another creator has proven the channel. It can also end a clip later.
	RejectedTakenOver = "taken_over_by_owner"
	// RejectedDuplicate: another clip has the post. It can also end a clip later.
	RejectedDuplicate = "duplicate_clip"
	RejectedTooOld    = "published_before_campaign"
	RejectedTooLate   = "published_after_campaign"
)

// Verify checks the author and the time of a post.
func Verify(evidence Evidence, rules Rules) Verdict {
	switch {
	case rules.Claim.EndsBecause() != "":
		return Verdict{RejectedBecause: rules.Claim.EndsBecause()}
	case evidence.PublishedAt.Before(rules.StartsAt):
		return Verdict{RejectedBecause: RejectedTooOld}
	case evidence.PublishedAt.After(rules.EndsAt):
		return Verdict{RejectedBecause: RejectedTooLate}
	}
	return Verdict{
		AutoApprove: rules.AutoApprove, TrackUntil: evidence.PublishedAt.Add(rules.TrackingWindow), PollTiers: rules.PollTiers, Unproven: !rules.Claim.Holds,
	}
}

// Move is a change of a clip's status at a time. Ruling is the decision behind it, if there is one.
type Move struct {
	ClipID string    `json:"clip_id"`
	To     Status    `json:"to"`
	Reason string    `json:"reason,omitempty"`
	Ruling *Ruling   `json:"ruling,omitempty"`
	At     time.Time `json:"at,omitzero"`
}
