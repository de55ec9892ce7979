package payout

import (
	"time"

	"github.com/creditroll/creditroll/domain/money"
)

// ReservationRequest asks for everything a creator has available in one currency.
type ReservationRequest struct {
	PayoutID     string         `json:"payout_id"`
	RunID        string         `json:"run_id"`
	CreatorID    string         `json:"creator_id"`
	Currency     money.Currency `json:"currency"`
	MinimumMinor int64          `json:"minimum_minor"`
	Now          time.Time      `json:"now"`
	// Instant is set for a payout that a creator asked for. The reservation then also opens its run
	// and charges its fee.
	Instant *InstantRequest `json:"instant,omitempty"`
}

// Reservation is a payout whose amount, lines and destination are frozen.
type Reservation struct {
	PayoutID    string         `json:"payout_id"`
	CreatorID   string         `json:"creator_id"`
	Currency    money.Currency `json:"currency"`
	AmountMinor int64          `json:"amount_minor"`
	Account     string         `json:"account"` // the connected account
	Status      Status         `json:"status"`
	TransferID  string         `json:"transfer_id"` // empty before the transfer
	// Reason and FailureCode say why the payout waited when it was last recorded.
	Reason      Reason `json:"reason,omitempty"`
	FailureCode string `json:"failure_code,omitempty"`
	// PaidAt is when the bank payout was booked as paid; zero while it is not.
	PaidAt time.Time `json:"paid_at,omitzero"`
	// IsReversing reports that a reversal was begun, whatever became of it.
	IsReversing bool `json:"is_reversing,omitempty"`
	// Method is how the next bank payout is sent. FeeMinor is what the creator pays for an instant
	// one in addition to the amount; 0 once it was returned.
	Method   Method `json:"method,omitempty"`
	FeeMinor int64  `json:"fee_minor,omitempty"`
	// FallbackCode says why an instant payout is sent by the standard method; empty while it is not.
	FallbackCode string `json:"fallback_code,omitempty"`
	// ConvertsInto is the currency that the transfer is expected to become, by the gate that it passed.
	// Adopted reports that no gate of ours was asked. Conversion is what the transfer became; nil if
	// that is not on record.
	ConvertsInto money.Currency `json:"converts_into,omitempty"`
	Adopted      bool           `json:"adopted,omitempty"`
	Conversion   *Conversion    `json:"conversion,omitempty"`
	// RejectedBank is the rail's id of the bank account or card that rejected the last bank payout; empty
	// if none did, or if the rail did not say.
	RejectedBank string `json:"rejected_bank,omitempty"`
}
