package payout

import (
	"time"

	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/money"
)

// Beginning asks for the generation of a phase that is alive, or for a new one.
type Beginning struct {
	PayoutID string
	Phase    Phase
	// AmountMinor is for a new generation of a reversal: what is left of the transfer. Zero is the
	// payout's amount, or what it was converted into for a bank payout.
	AmountMinor int64
	// Into is the currency that a new transfer is expected to become; empty if it is not converted. For a
	// bank payout that is taken up from the rail it is the currency of its amount.
	Into money.Currency
	Now  time.Time
}

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
	// Method is the way of a bank payout. It belongs to the key, so it never changes.
	Method Method `json:"method,omitempty"`
	// ConvertsInto is the currency that a transfer was expected to become when it was begun.
	ConvertsInto money.Currency `json:"converts_into,omitempty"`
	// Fresh is true only for the caller that recorded the intent.
	Fresh bool `json:"fresh"`
	// LookUp is true for a fresh intent if the books may lack an earlier one of the same key, because
	// they were restored from an older copy.
	LookUp bool          `json:"look_up,omitempty"`
	Age    duration.Text `json:"age"`
	// Applied and ExternalID are set if the generation has taken effect.
	Applied    bool   `json:"applied"`
	ExternalID string `json:"external_id"`
}

// lookUpFor is how long after a restore the attempts of a payout are looked up. A payout that
// the books lost can wait for a person as long before it is sent again.
const lookUpFor = 60 * 24 * time.Hour

// MustLookUp reports whether a new attempt must be looked up before it is sent, because the books
// may lack earlier ones since a time. That holds for every generation: the one that took effect may
// have had a higher number than the next one in the books.
func MustLookUp(since, now time.Time) bool { return now.Sub(since) < lookUpFor }
