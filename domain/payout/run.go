package payout

import (
	"time"

	"github.com/creditroll/creditroll/domain/money"
)

// RunStatus is where a payout run stands.
type RunStatus string

// The states of a payout run.
const (
	RunRunning          RunStatus = "running"
	RunAwaitingApproval RunStatus = "awaiting_approval"
	RunBlocked          RunStatus = "blocked"
	RunFinished         RunStatus = "finished"
	RunCancelled        RunStatus = "cancelled"
)

// RunMove is the progress of a run.
type RunMove struct {
	RunID         string    `json:"run_id"`
	Status        RunStatus `json:"status"`
	BlockedReason string    `json:"blocked_reason"`
	Payouts       int       `json:"payouts"`
}

// Eligible is a creator with at least the minimum available in one currency.
type Eligible struct {
	CreatorID   string         `json:"creator_id"`
	Currency    money.Currency `json:"currency"`
	AmountMinor int64          `json:"amount_minor"`
}

// EligibleAfter says where a page begins: after this creator and currency.
type EligibleAfter struct {
	CreatorID string         `json:"creator_id"`
	Currency  money.Currency `json:"currency"`
}

// RunOpening names a run to be opened.
type RunOpening struct {
	RunID  string    `json:"run_id"`
	Period string    `json:"period"`
	Now    time.Time `json:"now"`
}
