package payout

import (
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/money"
)

// Intent is one generation of a phase as it is on record, with the request to send.
type Intent struct {
	PayoutID       string         `json:"payout_id"`
	CreatorID      string         `json:"creator_id"`
	Phase          Phase          `json:"phase"`
	Generation     int            `json:"generation"`
	IdempotencyKey string         `json:"idempotency_key"`
	AmountMinor    int64          `json:"amount_minor"`
	Currency       money.Currency `json:"currency"`
	Account        string         `json:"account"`
	// Fresh is true only for the caller that recorded the intent.
	Fresh bool          `json:"fresh"`
	Age   duration.Text `json:"age"`
	// Applied and ExternalID are set if the generation has taken effect.
	Applied    bool   `json:"applied"`
	ExternalID string `json:"external_id"`
}
