package funding

import (
	"time"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
)

// DepositStatus says how far a deposit has come.
type DepositStatus string

// The statuses. All but the first are final.
const (
	DepositPending   DepositStatus = "pending"   // the payment has not succeeded yet
	DepositReceived  DepositStatus = "received"  // it is in the balance
	DepositDeclined  DepositStatus = "declined"  // the payment method was declined, and the payment is cancelled
	DepositCancelled DepositStatus = "cancelled" // no money can arrive through it any more
)

// Ended reports whether the status is final.
func (s DepositStatus) Ended() bool { return s != DepositPending }

// amountMax keeps every sum of an organization far from overflow.
const amountMax = 1_000_000_000_000_000

// NewDeposit is a deposit that a person requests. SurchargeMinor is what the brand pays for the
// processing on top of AmountMinor.
type NewDeposit struct {
	ID             string         `json:"id"`
	OrganizationID string         `json:"organization_id"`
	Currency       money.Currency `json:"currency"`
	AmountMinor    int64          `json:"amount_minor"`
	SurchargeMinor int64          `json:"surcharge_minor,omitempty"`
	RequestedBy    string         `json:"requested_by"`
	Now            time.Time      `json:"now,omitzero"`
}

// PaymentMinor is what the brand pays.
func (d NewDeposit) PaymentMinor() int64 { return d.AmountMinor + d.SurchargeMinor }

// Validate returns fault.Invalid with the field of the first rule that the deposit breaks.
func (d NewDeposit) Validate() error {
	if d.SurchargeMinor < 0 || d.SurchargeMinor > amountMax {
		return fault.Field("surcharge_minor", "limit_out_of_range", "the surcharge must be between 0 and %d", int64(amountMax))
	}
	return validateAmount(d.AmountMinor, d.Currency)
}

// validateAmount returns fault.Invalid for an amount that can be neither paid nor refunded.
func validateAmount(amountMinor int64, currency money.Currency) error {
	if err := currency.RequireCirculating(); err != nil {
		return err
	}
	if amountMinor <= 0 {
		return fault.Field("amount_minor", "amount_not_positive", "the amount must be above zero")
	}
	if amountMinor > amountMax {
		return fault.Field("amount_minor", "amount_too_large", "the amount must be at most %d minor units", int64(amountMax))
	}
	if step := currency.ChargeStepMinor(); amountMinor%step != 0 {
		return fault.Field("amount_minor", "amount_not_whole_units", "amounts in %s must be multiples of %d minor units, the smallest amount that can be paid", currency, step)
	}
	return nil
}

// RequireSame returns fault.Conflict "deposit_exists" if another deposit was stored with the id. Who
// requests it, and when, can differ.
func (d NewDeposit) RequireSame(stored NewDeposit) error {
	stored.Now, stored.RequestedBy = d.Now, d.RequestedBy
	if stored != d {
		return fault.New(fault.Conflict, "deposit_exists", "an earlier request with this id or Idempotency-Key asked for another deposit: use a new key")
	}
	return nil
}

// Deposit is a deposit as it is stored. PaymentIntentID is empty until the payment is known to exist.
type Deposit struct {
	NewDeposit
	Status          DepositStatus `json:"status"`
	PaymentIntentID string        `json:"payment_intent_id,omitempty"`
	// CampaignID is the campaign whose payment it is a part of, if it was moved from there.
	CampaignID string `json:"campaign_id,omitempty"`
	// FailureCode is why the payment was declined.
	FailureCode string `json:"failure_code,omitempty"`
	// RefundedMinor is what refunds have sent back, or are about to.
	RefundedMinor int64      `json:"refunded_minor,omitempty"`
	EndedAt       *time.Time `json:"ended_at,omitempty"`
	// Generation is the last request of the payment that was frozen, and AskedAt when. They are empty
	// before the first.
	Generation int        `json:"generation,omitempty"`
	AskedAt    *time.Time `json:"asked_at,omitempty"`
}

// RequireCancellable returns fault.Conflict "deposit_ended" for a deposit that has ended, unless it is
// cancelled: cancelling it again changes nothing.
func (d Deposit) RequireCancellable() error {
	if d.Status.Ended() && d.Status != DepositCancelled {
		return fault.New(fault.Conflict, "deposit_ended", "the deposit has ended already: it is %s", d.Status)
	}
	return nil
}

// DepositEnd is how a deposit ended without money.
type DepositEnd struct {
	DepositID   string        `json:"deposit_id"`
	Status      DepositStatus `json:"status"`
	FailureCode string        `json:"failure_code,omitempty"`
	At          time.Time     `json:"at"`
}
