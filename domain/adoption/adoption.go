package adoption

import (
	"time"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
)

// Status is the state of an adoption. A decision is final.
type Status string

// The statuses of an adoption.
const (
	Proposed Status = "proposed"
	Approved Status = "approved"
	Rejected Status = "rejected"
)

// Outcome is what has become of one payout of an adoption.
type Outcome string

// The outcomes. A payout is waiting until the adoption is approved, then booked, and adopted once
// its workflow was started. It is refused if its transfer changed after the proposal. It is left if
// the adoption was cancelled before it was booked: another adoption can take it up.
const (
	Waiting Outcome = "waiting"
	Booked  Outcome = "booked"
	Adopted Outcome = "adopted"
	Refused Outcome = "refused"
	Left    Outcome = "left"
)

// Proposal asks to take up every adoptable transfer that passes have seen by Now.
type Proposal struct {
	ID         string    `json:"id"`
	ProposedBy string    `json:"proposed_by"`
	Reason     string    `json:"reason"`
	Now        time.Time `json:"now"`
}

// Validate returns fault.Invalid unless the proposal has a person and a reason.
func (p Proposal) Validate() error {
	switch {
	case p.Reason == "":
		return fault.Field("reason", "reason_missing", "give the reason for the adoption")
	case p.ProposedBy == "":
		return fault.Field("proposed_by", "proposer_missing", "give the person who proposes the adoption")
	}
	return nil
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

// Adoption is a stored proposal with its decision.
type Adoption struct {
	ID             string     `json:"id"`
	Status         Status     `json:"status"`
	ProposedBy     string     `json:"proposed_by"`
	ProposedAt     time.Time  `json:"proposed_at"`
	Reason         string     `json:"reason"`
	DecidedBy      string     `json:"decided_by"`
	DecidedAt      *time.Time `json:"decided_at,omitempty"`
	DecisionReason string     `json:"decision_reason"`
	// Payouts and Sums say what was proposed. The other counts follow it.
	Payouts int64          `json:"payouts"`
	Sums    []money.Amount `json:"sums"`
	Waiting int64          `json:"waiting"`
	Booked  int64          `json:"booked"`
	Adopted int64          `json:"adopted"`
	Refused int64          `json:"refused"`
	Left    int64          `json:"left"`
	// Failed are those of the waiting and booked payouts that were set aside after a failure.
	Failed int64 `json:"failed"`
}

// Item is one payout of an adoption, frozen when it was proposed.
type Item struct {
	PayoutID      string         `json:"payout_id"`
	TransferID    string         `json:"transfer_id"`
	Generation    int            `json:"generation"`
	Account       string         `json:"account"`
	CreatorID     string         `json:"creator_id"`
	Period        string         `json:"period"`
	RunNumber     int            `json:"run_number"`
	Currency      money.Currency `json:"currency"`
	AmountMinor   int64          `json:"amount_minor"`
	TransferredAt time.Time      `json:"transferred_at"`
	Outcome       Outcome        `json:"outcome"`
	// Refusal is why the payout was refused.
	Refusal Obstacle `json:"refusal"`
	// Failure is why the last try failed, if the payout is set aside.
	Failure Failure `json:"failure"`
	// AdvancedMinor is the part of a booked payout that the creator owes.
	AdvancedMinor int64 `json:"advanced_minor"`
}

// Booking asks to book one payout of an approved adoption. Its transfer was read from the processor
// at ReadAt, and so were the bank payouts of the account, if the processor let us.
type Booking struct {
	AdoptionID string    `json:"adoption_id"`
	PayoutID   string    `json:"payout_id"`
	ReadAt     time.Time `json:"read_at"`
	Now        time.Time `json:"now"`
}

// Result is the result of a Booking. RunID and Refusal are empty for the other outcome.
type Result struct {
	Outcome       Outcome  `json:"outcome"`
	Refusal       Obstacle `json:"refusal,omitempty"`
	RunID         string   `json:"run_id,omitempty"`
	AdvancedMinor int64    `json:"advanced_minor,omitempty"`
}
