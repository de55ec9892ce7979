package payout

import (
	"time"
)

// Outcome is what became of one generation of a phase.
type Outcome struct {
	PayoutID   string `json:"payout_id"`
	Phase      Phase  `json:"phase"`
	Generation int    `json:"generation"`
	ExternalID string `json:"external_id"`
	// FailureCode is Stripe's, for refusals and failures.
	FailureCode string `json:"failure_code"`
	// FailureObjectID is the balance transaction that brought failed money back.
	FailureObjectID string    `json:"failure_object_id"`
	Now             time.Time `json:"now"`
}

// Outcomes of an attempt. Unknown is where each begins: written before the call.
const (
	AttemptUnknown = "unknown"
	AttemptApplied = "applied"
	AttemptRefused = "refused"
	AttemptUndone  = "undone"
)
