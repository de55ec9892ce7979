package command

import "github.com/creditroll/creditroll/domain/clip"

// StartChannelProof begins the proof of a channel, or finds the one under way. PostID is empty if the code is looked
// for in the profile.
type StartChannelProof struct {
	ProofID   string
	ChannelID string
	CreatorID string
	Platform  clip.Platform
	PostID    string
}

// CancelChannelProof ends the proof of a channel. ID and Actor are as in CampaignCommand.
type CancelChannelProof struct {
	ID        string
	ChannelID string
	Actor     string
}
