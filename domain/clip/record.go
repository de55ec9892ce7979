package clip

import "time"

// NewClip is a submitted clip. URL is the canonical address.
type NewClip struct {
	ID         string   `json:"id"`
	CampaignID string   `json:"campaign_id"`
	CreatorID  string   `json:"creator_id"`
	Platform   Platform `json:"platform"`
	ExternalID string   `json:"external_id"`
	URL        string   `json:"url"`
}

// Progress is the recorded state of a clip: its status, its number of polls, and its gross
// earnings in minor units.
type Progress struct {
	Status      Status `json:"status"`
	Polls       int    `json:"polls"`
	EarnedMinor int64  `json:"earned_minor"`
	// WaitingFor is why the clip is not read at the moment, if it waits.
	WaitingFor string `json:"waiting_for,omitempty"`
	// ReviewDeadline is zero for a clip that was never in review.
	ReviewDeadline time.Time `json:"review_deadline,omitzero"`
	// ReviewClosed: the campaign has ended while the clip was in review, so it is not read any more.
	ReviewClosed bool `json:"review_closed,omitempty"`
	// Ending: the campaign of a restored clip has stopped submissions, so the clip takes its final reading.
	Ending bool `json:"ending,omitempty"`
	// Claimed is a count of such a clip that a reviewer can confirm.
	Claimed Claimed `json:"claimed,omitzero"`
}

// Claimed is a views.Claim on record.
type Claimed struct {
	Views         int64  `json:"views,omitempty"`
	Provider      string `json:"provider,omitempty"`
	ExcludedViews int64  `json:"excluded_views,omitempty"`
}

// Waiting is what a clip waits for: the reason of its missing reading. For is empty once it is read.
type Waiting struct {
	ClipID string `json:"clip_id"`
	For    string `json:"for,omitempty"`
}
