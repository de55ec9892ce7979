package payout

import "time"

// Parking is why a payout waits for a person; its Status is then NeedsAttention. With another
// Status and no Reason the payout resumes.
type Parking struct {
	PayoutID    string `json:"payout_id"`
	Status      Status `json:"status"`
	Reason      Reason `json:"reason"`
	FailureCode string `json:"failure_code"`
}

// Ending releases the reservation of a payout. Final is Cancelled or Returned.
type Ending struct {
	PayoutID string    `json:"payout_id"`
	Final    Status    `json:"final"`
	Now      time.Time `json:"now"`
	// FailureCode says why nothing was sent, if the payout itself gave up.
	FailureCode string `json:"failure_code,omitempty"`
}
