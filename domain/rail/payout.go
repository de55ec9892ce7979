package rail

import (
	"time"

	"github.com/creditroll/creditroll/domain/money"
)

// TransferRequest moves a payout from the platform's balance to the creator's.
type TransferRequest struct {
	PayoutID    string         `json:"payout_id"`
	AmountMinor int64          `json:"amount_minor"`
	Currency    money.Currency `json:"currency"`
	// Account is the creator's connected account.
	Account        string `json:"account"`
	Generation     int    `json:"generation"`
	IdempotencyKey string `json:"idempotency_key"`
}

// Transfer is money moved to a connected account. On a transfer that we did not make PayoutID
// is empty and Generation has no meaning.
type Transfer struct {
	ID          string `json:"id"`
	AmountMinor int64  `json:"amount_minor"`
	// ReversedMinor is the part that has come back. The answer to a repeated key is as old as
	// the first one and shows no later reversal; reading the transfer does.
	ReversedMinor int64          `json:"reversed_minor,omitempty"`
	Currency      money.Currency `json:"currency"`
	Account       string         `json:"account,omitempty"`
	PayoutID      string         `json:"payout_id,omitempty"`
	Generation    int            `json:"generation,omitempty"`
	// ArrivalID is the payment on the connected account, by which GetArrival reads what arrived.
	ArrivalID string    `json:"arrival_id,omitempty"`
	CreatedAt time.Time `json:"created_at"`
}

// ReversalRequest takes a transfer, or a part of it, back to the platform's balance.
type ReversalRequest struct {
	TransferID  string `json:"transfer_id"`
	AmountMinor int64  `json:"amount_minor"`
	// Currency is that of the transfer.
	Currency       money.Currency `json:"currency"`
	PayoutID       string         `json:"payout_id"`
	Generation     int            `json:"generation"`
	IdempotencyKey string         `json:"idempotency_key"`
}

// Reversal is money taken back from a connected account. On a reversal that we did not make
// PayoutID is empty and Generation has no meaning.
type Reversal struct {
	ID          string         `json:"id"`
	TransferID  string         `json:"transfer_id"`
	AmountMinor int64          `json:"amount_minor"`
	Currency    money.Currency `json:"currency"`
	PayoutID    string         `json:"payout_id,omitempty"`
	Generation  int            `json:"generation,omitempty"`
	// ReturnID is the refund on the connected account, by which GetReturn reads what was taken there.
	ReturnID  string    `json:"return_id,omitempty"`
	CreatedAt time.Time `json:"created_at"`
}

// BankPayoutStatus says how far a bank payout has come.
type BankPayoutStatus string

// The states of a bank payout. One that is paid can still fail for some days.
const (
	BankPayoutPending   BankPayoutStatus = "pending"
	BankPayoutInTransit BankPayoutStatus = "in_transit"
	BankPayoutPaid      BankPayoutStatus = "paid"
	BankPayoutFailed    BankPayoutStatus = "failed"
	BankPayoutCanceled  BankPayoutStatus = "canceled"
)

// BankPayoutRequest sends a payout from a connected account's balance to its bank.
type BankPayoutRequest struct {
	PayoutID string `json:"payout_id"`
	// Account is the creator's connected account.
	Account        string         `json:"account"`
	AmountMinor    int64          `json:"amount_minor"`
	Currency       money.Currency `json:"currency"`
	Generation     int            `json:"generation"`
	IdempotencyKey string         `json:"idempotency_key"`
	// Instant asks for the method that arrives within minutes. It belongs to the key, as the amount does.
	Instant bool `json:"instant,omitempty"`
}

// BankPayout is money on its way to a bank. On one that we did not make, such as an automatic
// payout, PayoutID is empty and Generation has no meaning.
type BankPayout struct {
	ID          string           `json:"id"`
	Status      BankPayoutStatus `json:"status"`
	AmountMinor int64            `json:"amount_minor"`
	Currency    money.Currency   `json:"currency"`
	PayoutID    string           `json:"payout_id,omitempty"`
	Generation  int              `json:"generation,omitempty"`
	// FailureCode is the rail's code for why the bank refused or returned the money.
	FailureCode string `json:"failure_code,omitempty"`
	// FailureTransactionID is set once the money of a failed or cancelled payout is back in the
	// connected balance.
	FailureTransactionID string `json:"failure_transaction_id,omitempty"`
	// Destination is the rail's id of the bank account or card that it goes to; empty if the rail does
	// not say.
	Destination string `json:"destination,omitempty"`
	// ArrivalDate is when the rail expects the bank to have the money.
	ArrivalDate time.Time `json:"arrival_date,omitzero"`
	CreatedAt   time.Time `json:"created_at"`
}

// NamedRequest asks for an object by the id that an operator gave. Account and TransferID are
// those of the payout; the transfer is empty before it was made.
type NamedRequest struct {
	ID         string `json:"id"`
	Account    string `json:"account"`
	TransferID string `json:"transfer_id,omitempty"`
}

// NamedObject is what an object that an operator named says of itself. PayoutID and Generation
// are empty on an object that was made by hand.
type NamedObject struct {
	ID string `json:"id"`
	// Operation is the call that makes such an object.
	Operation   Operation `json:"operation"`
	PayoutID    string    `json:"payout_id"`
	Generation  int       `json:"generation"`
	AmountMinor int64     `json:"amount_minor"`
}
