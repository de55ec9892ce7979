package payout

import "github.com/creditroll/creditroll/domain/money"

// Identity is what a payout's workflow is started with, apart from the policy.
type Identity struct {
	PayoutID  string         `json:"payout_id"`
	RunID     string         `json:"run_id"`
	CreatorID string         `json:"creator_id"`
	Currency  money.Currency `json:"currency"`
}
