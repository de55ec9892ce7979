package campaign

import "github.com/creditroll/creditroll/domain/money"

// BookedRefunds says which refunds the books have as succeeded, and which of those as
// failed after all. A refund in neither list is not on record.
type BookedRefunds struct {
	Booked []string `json:"booked"`
	Failed []string `json:"failed"`
}

// Paid is the campaign that a payment of a brand funds.
type Paid struct {
	CampaignID string         `json:"campaign_id"`
	Currency   money.Currency `json:"currency"`
	// Funded: the payment is in the books.
	Funded bool `json:"funded"`
}
