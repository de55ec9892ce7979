package reconcile

import (
	"time"

	"github.com/creditroll/creditroll/domain/money"
)

// ObjectType is a kind of object at Stripe, in the words of the books.
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

// StatusAbsent is the status of an object that Stripe does not know, though it was asked by id.
const StatusAbsent = "absent"

// Object is one object as Stripe describes it. It holds no personal data, and its names are
// short because pages of objects travel through histories.
type Object struct {
	Type ObjectType `json:"type"`
	ID   string     `json:"id"`
	// Account is the connected account of transfers, reversals and bank payouts.
	Account     string         `json:"account,omitempty"`
	AmountMinor int64          `json:"amount_minor,omitempty"`
	Currency    money.Currency `json:"currency,omitempty"`
	// Status is Stripe's own word; of a balance transaction it is the type.
	Status        string `json:"status,omitempty"`
	ReversedMinor int64  `json:"reversed_minor,omitempty"`
	// PayoutID, CampaignID and Generation come back from our metadata.
	PayoutID   string `json:"payout_id,omitempty"`
	CampaignID string `json:"campaign_id,omitempty"`
	Generation int    `json:"generation,omitempty"`
	// SourceType and SourceID name the object that this one belongs to: the payment of a refund
	// or dispute, the transfer of a reversal, what a balance transaction moved money for. They
	// are empty where that is none of the compared types.
	SourceType ObjectType `json:"source_type,omitempty"`
	SourceID   string     `json:"source_id,omitempty"`
	// ParentID is the transfer of the reversal that a balance transaction is for.
	ParentID  string    `json:"parent_id,omitempty"`
	CreatedAt time.Time `json:"created_at"`
}

// Named is an object that is to be asked for by its id.
type Named struct {
	Type ObjectType `json:"type"`
	ID   string     `json:"id"`
	// Account is the connected account that a bank payout lies on.
	Account string `json:"account,omitempty"`
	// ParentID is the transfer of a reversal.
	ParentID string `json:"parent_id,omitempty"`
}

// Position is what an object's state means for the money.
type Position string

// The positions; doc.go says what each means.
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

// Pending returns the statuses in which a refund or a dispute can still move money, warnings of
// disputes included.
func Pending() []string {
	return []string{"pending", "requires_action", "needs_response", "under_review", "warning_needs_response", "warning_under_review"}
}

// Position returns what the object's state means for the money. A status that is not known
// here moves nothing.
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

// ComesBack reports whether a balance transaction brings back what its source took: a refund
// or a transfer that failed, or a dispute that was won.
func (o Object) ComesBack() bool {
	return o.Type == BalanceTransaction && o.AmountMinor > 0 && (o.SourceType == Refund || o.SourceType == Transfer || o.SourceType == Dispute)
}

// outstandingMinor is what of the object has moved and not come back.
func (o Object) outstandingMinor() int64 { return o.AmountMinor - o.ReversedMinor }
