package ledger

import (
	"time"

	"github.com/creditroll/creditroll/domain/money"
)

// Deposit is a brand's payment into its own balance that has succeeded. SurchargeMinor of GrossMinor is
// what the brand pays for the processing, which is our income. The rest goes to the balance. FeeMinor
// is what the processor kept of it, which is our expense.
type Deposit struct {
	DepositID       string         `json:"deposit_id"`
	OrganizationID  string         `json:"organization_id"`
	PaymentIntentID string         `json:"payment_intent_id"`
	Currency        money.Currency `json:"currency"`
	GrossMinor      int64          `json:"gross_minor"`
	SurchargeMinor  int64          `json:"surcharge_minor,omitempty"`
	FeeMinor        int64          `json:"fee_minor"`
	At              time.Time      `json:"at"`
	// Method and PaidAt are how and when the brand paid, in the processor's words. Without PaidAt, it is At.
	Method string    `json:"method,omitempty"`
	PaidAt time.Time `json:"paid_at,omitzero"`
}

// AmountMinor is the part of the payment that the balance has.
func (d Deposit) AmountMinor() int64 { return d.GrossMinor - d.SurchargeMinor }

// DepositReceived books a payment into the balance. The reference is the PaymentIntent.
func DepositReceived(d Deposit) Entry {
	return Entry{
		Kind: KindDepositReceived, Reference: d.PaymentIntentID, Currency: d.Currency, EffectiveAt: d.At,
		Postings: legs(
			Posting{StripePlatform, d.GrossMinor - d.FeeMinor},
			Posting{ProcessingFees, d.FeeMinor},
			Posting{ProcessingSurcharges, -d.SurchargeMinor},
			Posting{OrganizationBalance(d.OrganizationID), -d.AmountMinor()},
		),
	}
}

// DepositRefund is a deposit, or a part of it, on its way back to the brand. Number counts the refunds
// of the withdrawal that requested it. Both are empty for a refund that a person made by hand.
type DepositRefund struct {
	DepositID      string         `json:"deposit_id"`
	OrganizationID string         `json:"organization_id"`
	RefundID       string         `json:"refund_id"`
	WithdrawalID   string         `json:"withdrawal_id,omitempty"`
	Number         int            `json:"number,omitempty"`
	Currency       money.Currency `json:"currency"`
	AmountMinor    int64          `json:"amount_minor"`
	At             time.Time      `json:"at"`
}

// source is the account that the refund takes the money from.
func (r DepositRefund) source() Account {
	if r.WithdrawalID != "" {
		return OrganizationWithdrawing(r.OrganizationID)
	}
	return OrganizationBalance(r.OrganizationID)
}

// DepositRefunded books a refund out of what its withdrawal has reserved. One that was made by hand
// comes out of the balance, even below zero. The reference is the processor's refund.
func DepositRefunded(r DepositRefund) Entry {
	return Entry{
		Kind: KindDepositRefunded, Reference: r.RefundID, Currency: r.Currency, EffectiveAt: r.At,
		Postings: legs(
			Posting{r.source(), r.AmountMinor},
			Posting{StripePlatform, -r.AmountMinor},
		),
	}
}

// DepositRefundFailed undoes DepositRefunded. The brand's bank did not accept the money. The reference
// is the same refund.
func DepositRefundFailed(r DepositRefund) Entry {
	entry := Entry{
		Kind: KindDepositRefundFailed, Reference: r.RefundID, Currency: r.Currency, EffectiveAt: r.At,
		Postings: legs(
			Posting{StripePlatform, r.AmountMinor},
			Posting{r.source(), -r.AmountMinor},
		),
	}
	return entry.reversing(KindDepositRefunded, r.RefundID)
}

// Withdrawal is money of a brand that leaves its balance, or a part of it. The reference is the
// withdrawal, and for a part that returns also what returned it.
type Withdrawal struct {
	Reference      string
	OrganizationID string
	Currency       money.Currency
	AmountMinor    int64
	At             time.Time
}

// WithdrawalReserved takes the amount out of the balance, so that it cannot be spent twice.
func WithdrawalReserved(w Withdrawal) Entry {
	return w.entry(KindWithdrawalReserved,
		Posting{OrganizationBalance(w.OrganizationID), w.AmountMinor},
		Posting{OrganizationWithdrawing(w.OrganizationID), -w.AmountMinor},
	)
}

// WithdrawalReturned puts what will not be sent into the balance again.
func WithdrawalReturned(w Withdrawal) Entry {
	return w.entry(KindWithdrawalReturned,
		Posting{OrganizationWithdrawing(w.OrganizationID), w.AmountMinor},
		Posting{OrganizationBalance(w.OrganizationID), -w.AmountMinor},
	)
}

func (w Withdrawal) entry(kind Kind, postings ...Posting) Entry {
	return Entry{Kind: kind, Reference: w.Reference, Currency: w.Currency, EffectiveAt: w.At, Postings: postings}
}
