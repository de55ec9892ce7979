package clip

// NewClip is a submission. URL is canonical and carries no handle where the platform
// allows that.
type NewClip struct {
	ID         string   `json:"id"`
	CampaignID string   `json:"campaign_id"`
	CreatorID  string   `json:"creator_id"`
	Platform   Platform `json:"platform"`
	ExternalID string   `json:"external_id"`
	URL        string   `json:"url"`
}

// Progress is what is on record about a clip: for a new one its first status, for one that
// was submitted before how far it got.
type Progress struct {
	Status      Status `json:"status"`
	Polls       int    `json:"polls"`
	EarnedMinor int64  `json:"earned_minor"`
}
