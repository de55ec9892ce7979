package payout

import (
	"time"

	"github.com/creditroll/creditroll/domain/fault"
)

// Outcome is the outcome of one generation of a phase.
type Outcome struct {
	PayoutID   string `json:"payout_id"`
	Phase      Phase  `json:"phase"`
	Generation int    `json:"generation"`
	ExternalID string `json:"external_id"`
	// FailureCode is the rail's code of a refusal or a failure.
	FailureCode string `json:"failure_code"`
	// Remark is what the rail said about a refusal.
	Remark fault.Remark `json:"remark,omitzero"`
	// FailureObjectID is the balance transaction that brought the money of a failed bank payout back.
	FailureObjectID string `json:"failure_object_id"`
	// BankAccount is the rail's id of the bank account or card that a bank payout went to, or that
	// refused it; empty if the rail does not say.
	BankAccount string `json:"bank_account,omitempty"`
	// BeginNext asks for the bank payout to begin together with the booking of its transfer.
	BeginNext bool `json:"begin_next,omitempty"`
	// FallBack asks, together with a refusal, that an instant payout is sent by the standard method.
	FallBack bool `json:"fall_back,omitempty"`
	// TakenBack is what the reversals of a converted transfer moved; nil if it was not converted.
	TakenBack *TakenBack `json:"taken_back,omitempty"`
	Now       time.Time  `json:"now"`
}
