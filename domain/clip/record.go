package clip

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
}

// Waiting is what a clip waits for: the reason of its missing reading. For is empty once it is read.
type Waiting struct {
	ClipID string `json:"clip_id"`
	For    string `json:"for,omitempty"`
}
