package command

import (
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/payout"
)

// RequestInstantPayout pays a creator at once, in a run of its own. A repetition with the same PayoutID
// finds the first payout.
type RequestInstantPayout struct {
	PayoutID  string
	RunID     string
	CreatorID string
	Currency  money.Currency
	Request   payout.InstantRequest
}
