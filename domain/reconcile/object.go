package reconcile

import (
	"time"

	"github.com/creditroll/creditroll/domain/money"
)

// ObjectType is a type of Stripe object, as the books name it.
type ObjectType string

// The types that are compared.
const (
	PaymentIntent      ObjectType = "payment_intent"
	Refund             ObjectType = "refund"
	Transfer           ObjectType = "transfer"
	TransferReversal   ObjectType = "transfer_reversal"
	BankPayout         ObjectType = "payout"
	Dispute            ObjectType = "dispute"
	BalanceTransaction ObjectType = "balance_transaction"
)

// StatusAbsent is the status of an object that Stripe did not find by its id.
const StatusAbsent = "absent"

// Object is the state of one object at Stripe. It has no personal data. Empty fields are left out,
// because workflow histories contain pages of objects.
type Object struct {
	Type ObjectType `json:"type"`
	ID   string     `json:"id"`
	// Account is the connected account of transfers, reversals and bank payouts.
	Account     string `json:"account,omitempty"`
	AmountMinor int64  `json:"amount_minor,omitempty"`
	// FeeMinor is what Stripe kept of a balance transaction that is for no compared object.
	// AmountMinor is without it: what the transaction changed the balance by.
	FeeMinor int64          `json:"fee_minor,omitempty"`
	Currency money.Currency `json:"currency,omitempty"`
	// Status is Stripe's status, or the type of a balance transaction.
	Status        string `json:"status,omitempty"`
	ReversedMinor int64  `json:"reversed_minor,omitempty"`
	// PayoutID, CampaignID, DepositID and Generation are from our metadata.
	PayoutID   string `json:"payout_id,omitempty"`
	CampaignID string `json:"campaign_id,omitempty"`
	DepositID  string `json:"deposit_id,omitempty"`
	Generation int    `json:"generation,omitempty"`
	// SourceType and SourceID identify the object that this one belongs to: the payment of a
	// refund or dispute, the transfer of a reversal, or the object of a balance transaction. They
	// are empty if that object is not of a compared type.
	SourceType ObjectType `json:"source_type,omitempty"`
	SourceID   string     `json:"source_id,omitempty"`
	// ParentID is the transfer of the reversal that a balance transaction is for.
	ParentID  string    `json:"parent_id,omitempty"`
	CreatedAt time.Time `json:"created_at"`
}

// Named identifies an object that must be read by its id.
type Named struct {
	Type ObjectType `json:"type"`
	ID   string     `json:"id"`
	// Account is the connected account of a bank payout.
	Account string `json:"account,omitempty"`
	// ParentID is the transfer of a reversal.
	ParentID string `json:"parent_id,omitempty"`
}

// Position is what an object's state means for the money.
type Position string

// The positions. doc.go defines them.
const (
	Absent Position = "absent"
	Idle   Position = "idle"
	Moving Position = "moving"
	Moved  Position = "moved"
	Back   Position = "back"
)

var positions = map[ObjectType]map[string]Position{
	PaymentIntent: {"processing": Moving, "succeeded": Moved},
	Refund:        {"pending": Moving, "requires_action": Moving, "succeeded": Moved, "failed": Back, "canceled": Back},
	BankPayout:    {"pending": Moving, "in_transit": Moving, "paid": Moved, "failed": Back, "canceled": Back},
	Dispute:       {"needs_response": Moving, "under_review": Moving, "won": Back, "lost": Moved},
}

// Pending returns the statuses in which a refund, a dispute or a dispute warning can still move
// money.
func Pending() []string {
	return []string{"pending", "requires_action", "needs_response", "under_review", "warning_needs_response", "warning_under_review"}
}

// Position returns what the object's state means for the money. It is Idle for an unknown status.
func (o Object) Position() Position {
	if o.Status == StatusAbsent {
		return Absent
	}
	switch o.Type {
	case Transfer:
		if o.AmountMinor > 0 && o.ReversedMinor >= o.AmountMinor {
			return Back
		}
		return Moved
	case TransferReversal, BalanceTransaction:
		return Moved
	}
	if position, ok := positions[o.Type][o.Status]; ok {
		return position
	}
	return Idle
}

// isReturn reports whether a balance transaction returns the money of its source: a failed refund,
// a failed transfer or a won dispute.
func (o Object) isReturn() bool {
	return o.Type == BalanceTransaction && o.AmountMinor > 0 && (o.SourceType == Refund || o.SourceType == Transfer || o.SourceType == Dispute)
}

// outstandingMinor is the amount that has moved and was not returned.
func (o Object) outstandingMinor() int64 { return o.AmountMinor - o.ReversedMinor }
