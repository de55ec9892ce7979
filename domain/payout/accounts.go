package payout

import (
	"time"

	"github.com/creditroll/creditroll/domain/money"
)

// AccountChange is another connected account for a creator. It takes effect some time after a second
// person approved it, so that a creator whose login was stolen can object.
type AccountChange struct {
	ID          string
	CreatorID   string
	FromAccount string // empty for the first one, which needs no approval
	ToAccount   string
	// Country is that of ToAccount. It is only written, for tax reports.
	Country    string
	ProposedBy string
	Reason     string
	ProposedAt time.Time
	// The rest is empty until the change is approved.
	ApprovedBy  string
	ApprovedAt  *time.Time
	EffectiveAt *time.Time
}

// IsDue reports whether the change is to take effect.
func (c AccountChange) IsDue(now time.Time) bool {
	return c.EffectiveAt != nil && !now.Before(*c.EffectiveAt)
}

// AccountApproval approves the account that a proposal names. Account is repeated, so that a
// proposal that changed in the meantime is not approved by mistake.
type AccountApproval struct {
	CreatorID  string
	Account    string
	ApprovedBy string
	Reason     string
	// CoolingOff is how long the change waits after its approval.
	CoolingOff time.Duration
	Now        time.Time
}

// CreatorCheck asks whether the books let a payout begin.
type CreatorCheck struct {
	PayoutID string `json:"payout_id"`
	// Into is the currency that the transfer would be converted into, if that is known.
	Into money.Currency `json:"into,omitempty"`
	Now  time.Time      `json:"now"`
}
