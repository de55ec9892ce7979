package reconcile

import (
	"time"

	"github.com/creditroll/creditroll/domain/duration"
)

// Pass is one comparison of the books with Stripe. Its window begins at Since. A recent pass starts
// where the last one ended, and reads fewer bank payouts. Changes within Grace are not reported.
type Pass struct {
	ID        string        `json:"id"`
	StartedAt time.Time     `json:"started_at"`
	Since     time.Time     `json:"since"`
	Recent    bool          `json:"recent,omitempty"`
	Grace     duration.Text `json:"grace,omitempty"`
}

// Key identifies an object. A page begins after a key.
type Key struct {
	Type ObjectType `json:"type,omitempty"`
	ID   string     `json:"id,omitempty"`
}

// Comparison is a request to compare one page of objects.
type Comparison struct {
	Pass  Pass          `json:"pass"`
	After Key           `json:"after"`
	Limit int           `json:"limit"`
	Now   time.Time     `json:"now"`
	Grace duration.Text `json:"grace"`
}

// PassResult has the counts of a pass. StillOpen and Blocking count the differences of all passes.
type PassResult struct {
	ID         string     `json:"id"`
	StartedAt  time.Time  `json:"started_at"`
	Since      time.Time  `json:"since"`
	FinishedAt *time.Time `json:"finished_at,omitempty"`
	Objects    int32      `json:"objects"`
	// Unreadable counts accounts and objects that Stripe did not let us read.
	Unreadable int32 `json:"unreadable"`
	Found      int32 `json:"found"`
	Cleared    int32 `json:"cleared"`
	StillOpen  int32 `json:"still_open"`
	Blocking   int32 `json:"blocking"`
}

// Missed are changes at Stripe without a webhook that reached us: disputes whose state is not
// booked, campaigns with a refund whose success or failure is not booked, and payouts with an object
// that one side lacks or whose state differs.
type Missed struct {
	DisputeIDs  []string `json:"dispute_ids,omitempty"`
	CampaignIDs []string `json:"campaign_ids,omitempty"`
	DepositIDs  []string `json:"deposit_ids,omitempty"`
	PayoutIDs   []string `json:"payout_ids,omitempty"`
	// ConvertedPaymentIDs are payments that the processor converted.
	ConvertedPaymentIDs []string `json:"converted_payment_ids,omitempty"`
}
