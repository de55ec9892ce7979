// Package command has one struct for each command that people give to the engine. The HTTP API
// fills it in and the workflow engine carries it out.
package command

import (
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
)

// CreateCampaign creates a campaign as a draft. Repeating it with the same CampaignID and content
// changes nothing.
type CreateCampaign struct {
	CampaignID     string
	OrganizationID string
	Name           string
	Terms          campaign.Terms
}

// CampaignCommand requests a transition of a campaign for Actor. Reason may be empty. A command
// with an ID is carried out once, and every repetition gets the same answer.
type CampaignCommand struct {
	ID         string
	CampaignID string
	Command    campaign.Command
	Actor      string
	Reason     string
}

// FundCampaign requests the budget of a campaign, by a payment unless Source says otherwise.
// PaymentMethod is an id of the payment service, or empty if the payer chooses later. A campaign has
// one payment, so repeating the command returns the same one.
type FundCampaign struct {
	CampaignID    string
	Source        campaign.Source
	PaymentMethod string
	Actor         string
}

// AmendCampaign changes budget and end of a campaign. ID, Actor and Reason are as in CampaignCommand.
type AmendCampaign struct {
	ID         string
	CampaignID string
	campaign.Change
	Actor  string
	Reason string
}

// Funding is the payment that a campaign waits for.
type Funding struct {
	PaymentIntentID string
	// Status is the status of the payment in the payment service's words.
	Status string
}

// SubmitClip starts the tracking of a post. Repeating it with the same ClipID changes nothing.
type SubmitClip struct {
	ClipID     string
	CampaignID string
	CreatorID  string
	Ref        clip.Ref
}

// ReviewClip is a reviewer's decision on a clip. ID is as in CampaignCommand. Submitted is the clip as it
// was submitted, which Restore needs to start its tracking again. Code is the reason, and NoteID names a note that is stored. AppealID
// names the appeal that Restore decides, if it decides one.
type ReviewClip struct {
	ID        string
	Decision  clip.Decision
	Submitted SubmitClip
	Actor     string
	Code      clip.Code
	NoteID    string
	AppealID  string
	// Views is the count that Confirm is about. Late is set if the clip has ended.
	Views int64
	Late  bool
}
