package reconcile

import (
	"time"

	"github.com/creditroll/creditroll/domain/duration"
)

// Pass names one comparison of the books with Stripe. Since is where its
// rolling window begins. A recent pass goes no further back than the last one, and asks for
// bank payouts no more often than it takes to find what differs; Grace is how fresh a change
// is left alone.
type Pass struct {
	ID        string        `json:"id"`
	StartedAt time.Time     `json:"started_at"`
	Since     time.Time     `json:"since"`
	Recent    bool          `json:"recent,omitempty"`
	Grace     duration.Text `json:"grace,omitempty"`
}

// Key names an object; a page begins behind one.
type Key struct {
	Type ObjectType `json:"type,omitempty"`
	ID   string     `json:"id,omitempty"`
}

// Comparison asks for one page of a comparison.
type Comparison struct {
	Pass  Pass          `json:"pass"`
	After Key           `json:"after"`
	Limit int           `json:"limit"`
	Now   time.Time     `json:"now"`
	Grace duration.Text `json:"grace"`
}

// PassResult is what a pass saw and found. StillOpen and Blocking count over all passes.
type PassResult struct {
	ID         string     `json:"id"`
	StartedAt  time.Time  `json:"started_at"`
	Since      time.Time  `json:"since"`
	FinishedAt *time.Time `json:"finished_at,omitempty"`
	Objects    int32      `json:"objects"`
	// Unreadable counts accounts and objects that Stripe would not show to us.
	Unreadable int32 `json:"unreadable"`
	Found      int32 `json:"found"`
	Cleared    int32 `json:"cleared"`
	StillOpen  int32 `json:"still_open"`
	Blocking   int32 `json:"blocking"`
}

// Missed are changes at Stripe that somebody should have been told of: disputes that are not
// booked as they stand, and campaigns with a refund that is not booked, or that failed after it
// was.
type Missed struct {
	DisputeIDs  []string `json:"dispute_ids,omitempty"`
	CampaignIDs []string `json:"campaign_ids,omitempty"`
}
