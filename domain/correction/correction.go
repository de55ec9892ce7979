// Package correction has the values and rules of corrections of the books, which one person
// proposes and another person decides.
package correction

import (
	"crypto/sha256"
	"encoding/json"
	"time"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
)

// Kind is the kind of a correction.
type Kind string

// The kinds of corrections.
const (
	Adjustment Kind = "adjustment" // postings of any kind
	Clawback   Kind = "clawback"   // returns a clip's earnings to escrow
	WriteOff   Kind = "write_off"  // of a creator's debt that will not be paid

	// SettlePayout ends a payout that no rule can settle. See payout.SettleHow.
	SettlePayout Kind = "settle_payout"
	// SettleRefund books a refund of escrow that Stripe will never make and that was paid elsewhere.
	SettleRefund Kind = "settle_refund"
	// SettleWithdrawal books a part of a withdrawal that Stripe will never refund and that was paid elsewhere.
	SettleWithdrawal Kind = "settle_withdrawal"
	// SettleConverted books a part of a converted payment that Stripe will never refund and that was paid elsewhere.
	SettleConverted Kind = "settle_converted_payment"
	// SettleBalance books money on a connected account that belongs to no payout.
	SettleBalance Kind = "settle_balance"
)

// Status is the state of a correction. A decision is final.
type Status string

// The statuses of a correction.
const (
	Proposed Status = "proposed"
	Approved Status = "approved"
	Rejected Status = "rejected"
)

// ParseStatus returns the status with that name, or fault.Invalid "unknown_status".
func ParseStatus(name string) (Status, error) {
	switch status := Status(name); status {
	case Proposed, Approved, Rejected:
		return status, nil
	}
	return "", fault.Field("status", "unknown_status", "unknown status of a correction %.40q: use one of %s, %s, %s", name, Proposed, Approved, Rejected)
}

// Proposal is a correction that one person proposes.
//
// A clawback has ClipID and AmountMinor, the gross to claw back from the newest accruals; zero
// means all of them. A write-off has CreatorID and AmountMinor. An adjustment has Postings. If
// one of them is a creator's available balance, CampaignID is the campaign that the money
// belongs to. EffectiveAt is the date of an adjustment, or nil for the time of its approval.
//
// A payout that is settled outside has PayoutID and How. Evidence says how that is known, and
// Reference identifies it at a bank or at the payment processor. The amount is the payout's. A
// refund has CampaignID and AmountMinor. A withdrawal has WithdrawalID and AmountMinor. A converted payment
// has PaymentIntentID, and AmountMinor in the currency in which the brand paid. A balance has CreatorID,
// AmountMinor, and How: it was found, or it is gone.
type Proposal struct {
	ID              string           `json:"id"`
	Kind            Kind             `json:"kind"`
	Currency        money.Currency   `json:"currency"`
	ClipID          string           `json:"clip_id"`
	CreatorID       string           `json:"creator_id"`
	CampaignID      string           `json:"campaign_id"`
	PayoutID        string           `json:"payout_id,omitempty"`
	WithdrawalID    string           `json:"withdrawal_id,omitempty"`
	PaymentIntentID string           `json:"payment_intent_id,omitempty"`
	How             How              `json:"how,omitempty"`
	AmountMinor     int64            `json:"amount_minor"`
	Postings        []ledger.Posting `json:"postings"`
	EffectiveAt     *time.Time       `json:"effective_at,omitempty"`
	ProposedBy      string           `json:"proposed_by"`
	Reason          string           `json:"reason"`
	Evidence        string           `json:"evidence"`
	Reference       string           `json:"reference,omitempty"`
	Now             time.Time        `json:"now"`
}

// RequestHash returns the SHA-256 of the proposal without Now, because a retry has a later time.
func (p Proposal) RequestHash() ([]byte, error) {
	p.Now = time.Time{}
	if p.EffectiveAt != nil {
		at := p.EffectiveAt.UTC()
		p.EffectiveAt = &at
	}
	text, err := json.Marshal(p)
	sum := sha256.Sum256(text)
	return sum[:], err
}

// Correction is a stored proposal with its decision. A clawback has the campaign and creator of
// its clip. A payout that is settled outside has its creator and amount.
type Correction struct {
	ID              string           `json:"id"`
	Kind            Kind             `json:"kind"`
	Status          Status           `json:"status"`
	Currency        money.Currency   `json:"currency"`
	ClipID          string           `json:"clip_id"`
	CreatorID       string           `json:"creator_id"`
	CampaignID      string           `json:"campaign_id"`
	PayoutID        string           `json:"payout_id,omitempty"`
	WithdrawalID    string           `json:"withdrawal_id,omitempty"`
	PaymentIntentID string           `json:"payment_intent_id,omitempty"`
	How             How              `json:"how,omitempty"`
	AmountMinor     int64            `json:"amount_minor"`
	Postings        []ledger.Posting `json:"postings"`
	EffectiveAt     *time.Time       `json:"effective_at,omitempty"`
	ProposedBy      string           `json:"proposed_by"`
	ProposedAt      time.Time        `json:"proposed_at"`
	Reason          string           `json:"reason"`
	Evidence        string           `json:"evidence"`
	Reference       string           `json:"reference,omitempty"`

	DecidedBy      string     `json:"decided_by"`
	DecidedAt      *time.Time `json:"decided_at,omitempty"`
	DecisionReason string     `json:"decision_reason"`
	// CorrectedMinor is the sum that an approval clawed back, wrote off or debited.
	CorrectedMinor int64 `json:"corrected_minor"`
	// EntryIDs are the journal entries of the approval. Lists of corrections leave them empty.
	EntryIDs []string `json:"entry_ids"`
}

// Decision is the decision of a second person on a proposal.
type Decision struct {
	ID      string    `json:"id"`
	Approve bool      `json:"approve"`
	Actor   string    `json:"actor"`
	Reason  string    `json:"reason"`
	Now     time.Time `json:"now"`
}

// Status returns the status that the decision leads to.
func (d Decision) Status() Status {
	if d.Approve {
		return Approved
	}
	return Rejected
}
