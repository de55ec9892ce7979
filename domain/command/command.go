// Package command names what people may ask the engine to do: one struct a command, plain
// data that the HTTP API fills in and the workflow engine carries out.
package command

import (
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
)

// CreateCampaign starts the life of a campaign as a draft. The same CampaignID with the
// same content is the same campaign.
type CreateCampaign struct {
	CampaignID     string
	OrganizationID string
	Name           string
	Terms          campaign.Terms
}

// CampaignCommand asks a campaign to move, as Actor and for Reason (which may be empty). A
// command with an ID is carried out once, and answered the same however often it is given.
type CampaignCommand struct {
	ID         string
	CampaignID string
	Command    campaign.Command
	Actor      string
	Reason     string
}

// FundCampaign asks for the payment of a campaign's budget. PaymentMethod is the payment
// service's id of one, or empty when the payer chooses later. A campaign has one payment:
// asking again leads to the same one.
type FundCampaign struct {
	CampaignID    string
	PaymentMethod string
	Actor         string
}

// Funding is the payment that a campaign waits for.
type Funding struct {
	PaymentIntentID string
	// Status is the payment service's own word for where the payment stands.
	Status string
}

// SubmitClip starts the tracking of a post. The same ClipID is the same clip.
type SubmitClip struct {
	ClipID     string
	CampaignID string
	CreatorID  string
	Ref        clip.Ref
}

// ReviewClip is a reviewer's verdict on a clip; ID is as in CampaignCommand.
type ReviewClip struct {
	ID      string
	ClipID  string
	Approve bool
	Actor   string
	Reason  string
}
