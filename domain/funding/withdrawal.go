package funding

import (
	"time"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
)

// WithdrawalStatus says how far a withdrawal has come.
type WithdrawalStatus string

// The statuses. The last two are final.
const (
	WithdrawalSending    WithdrawalStatus = "sending"    // deposits are refunded until the amount is reached
	WithdrawalCancelling WithdrawalStatus = "cancelling" // only the refund that is under way has still to end
	WithdrawalCompleted  WithdrawalStatus = "completed"  // it has sent the amount, or a part of it
	WithdrawalCancelled  WithdrawalStatus = "cancelled"  // it has sent nothing
)

// Ended reports whether the status is final.
func (s WithdrawalStatus) Ended() bool { return s == WithdrawalCompleted || s == WithdrawalCancelled }

// NewWithdrawal is a withdrawal that a person requests.
type NewWithdrawal struct {
	ID             string         `json:"id"`
	OrganizationID string         `json:"organization_id"`
	Currency       money.Currency `json:"currency"`
	AmountMinor    int64          `json:"amount_minor"`
	RequestedBy    string         `json:"requested_by"`
	Now            time.Time      `json:"now,omitzero"`
}

// Validate returns fault.Invalid with the field of the first rule that the withdrawal breaks.
func (w NewWithdrawal) Validate() error { return validateAmount(w.AmountMinor, w.Currency) }

// RequireSame returns fault.Conflict "withdrawal_exists" if another withdrawal was stored with the id. Who
// requests it, and when, can differ.
func (w NewWithdrawal) RequireSame(stored NewWithdrawal) error {
	stored.Now, stored.RequestedBy = w.Now, w.RequestedBy
	if stored != w {
		return fault.New(fault.Conflict, "withdrawal_exists", "an earlier request with this id or Idempotency-Key asked for another withdrawal: use a new key")
	}
	return nil
}

// Withdrawal is a withdrawal as it is stored. AmountMinor is the sum of what refunds have sent or people
// have settled outside, what returned to the balance, and what is left.
type Withdrawal struct {
	NewWithdrawal
	Status        WithdrawalStatus `json:"status"`
	SentMinor     int64            `json:"sent_minor,omitempty"`
	ReturnedMinor int64            `json:"returned_minor,omitempty"`
	// Cancelled: a person has cancelled the rest, so a refund that fails later is not sent again.
	Cancelled bool       `json:"cancelled,omitempty"`
	EndedAt   *time.Time `json:"ended_at,omitempty"`
}

// LeftMinor is what was neither sent nor returned.
func (w Withdrawal) LeftMinor() int64 { return w.AmountMinor - w.SentMinor - w.ReturnedMinor }

// Settled returns the status that follows from the amounts. Nothing is left of an ended withdrawal.
func (w Withdrawal) Settled() WithdrawalStatus {
	switch {
	case w.LeftMinor() > 0:
		return w.Status
	case w.SentMinor > 0 || w.Status == WithdrawalCompleted:
		return WithdrawalCompleted
	}
	return WithdrawalCancelled
}

// RequireCancellable returns fault.Conflict "withdrawal_ended" for a withdrawal that has ended, unless it
// is cancelled: cancelling it again changes nothing.
func (w Withdrawal) RequireCancellable() error {
	if w.Status.Ended() && w.Status != WithdrawalCancelled {
		return fault.New(fault.Conflict, "withdrawal_ended", "the withdrawal has ended already: it is %s", w.Status)
	}
	return nil
}

// RefundStatus says how far a refund of a deposit has come.
type RefundStatus string

// The statuses. One that has succeeded can still fail weeks later.
const (
	RefundRequested RefundStatus = "requested" // decided, and perhaps sent
	RefundSucceeded RefundStatus = "succeeded"
	RefundFailed    RefundStatus = "failed"  // the brand's bank did not accept it
	RefundRefused   RefundStatus = "refused" // the processor refused it, so nothing happened
)

// Refund is a refund of a deposit that a withdrawal has decided. Its number identifies it at the
// processor, so the same request can be sent again.
type Refund struct {
	WithdrawalID    string `json:"withdrawal_id"`
	Number          int    `json:"number"`
	DepositID       string `json:"deposit_id"`
	PaymentIntentID string `json:"payment_intent_id"`
	// CampaignID is the campaign that the payment was made for, if the deposit was moved from there.
	CampaignID  string         `json:"campaign_id,omitempty"`
	Currency    money.Currency `json:"currency"`
	AmountMinor int64          `json:"amount_minor"`
}

// RefundEnd is how a refund ended without money. If ClosesDeposit, the withdrawal takes the rest from
// other deposits.
type RefundEnd struct {
	WithdrawalID  string       `json:"withdrawal_id"`
	Number        int          `json:"number"`
	Status        RefundStatus `json:"status"`
	FailureCode   string       `json:"failure_code,omitempty"`
	ClosesDeposit bool         `json:"closes_deposit,omitempty"`
	At            time.Time    `json:"at"`
}

// FailedRefund is a refund that failed after it was booked. TransactionID is the balance transaction that
// returned the money, or empty if the processor names none.
type FailedRefund struct {
	RefundID      string    `json:"refund_id"`
	TransactionID string    `json:"transaction_id,omitempty"`
	FailureCode   string    `json:"failure_code,omitempty"`
	At            time.Time `json:"at"`
}

// Plan is the next step of a withdrawal: a refund, or none. Exhausted says that something is left to
// send and no deposit can be refunded.
type Plan struct {
	Withdrawal Withdrawal `json:"withdrawal"`
	Refund     *Refund    `json:"refund,omitempty"`
	Exhausted  bool       `json:"exhausted,omitempty"`
	// NeedsCover: a deposit can be refunded, once it is known that the platform's balance covers what is owed.
	NeedsCover bool `json:"needs_cover,omitempty"`
	// OpenDispute: a deposit cannot be refunded because its dispute is open.
	OpenDispute bool `json:"open_dispute,omitempty"`
	// UncoveredMinor is how far the balance less what is at risk is below zero. Nothing is refunded
	// before deposits or won disputes cover it.
	UncoveredMinor int64 `json:"uncovered_minor,omitempty"`
}
