package rail

import "time"

// Event is what a rail's webhook says, as far as we route by it. Fields that the object lacks
// are empty. Events arrive repeatedly and in any order: fetch the object for its state.
type Event struct {
	ID   string
	Type string // in the rail's words
	// Account is the connected account of the event; empty means the platform.
	Account   string
	CreatedAt time.Time
	// ObjectType and ObjectID name the object that the event is about.
	ObjectType string
	ObjectID   string
	// PayoutID, CampaignID, DepositID and WithdrawalID are ours. The rail returns them with the object.
	PayoutID     string
	CampaignID   string
	DepositID    string
	WithdrawalID string
	// FundingID is the payment of a charge, refund or dispute.
	FundingID   string
	Status      string // in the rail's words
	FailureCode string
	Livemode    bool
}
