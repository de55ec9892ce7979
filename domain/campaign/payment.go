package campaign

import "github.com/creditroll/creditroll/domain/money"

// BookedRefunds has the ids of refunds that are booked as succeeded, and of those that are booked
// as failed. A refund in neither list is not booked.
type BookedRefunds struct {
	Booked []string `json:"booked"`
	Failed []string `json:"failed"`
}

// Paid is the campaign that a payment of a brand funds.
type Paid struct {
	CampaignID string         `json:"campaign_id"`
	Currency   money.Currency `json:"currency"`
	// Funded reports that the payment is booked.
	Funded bool `json:"funded"`
}
