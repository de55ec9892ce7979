package statement

import (
	"time"

	"github.com/creditroll/creditroll/domain/money"
)

// DepositReceipt is one payment of a brand into its balance, and what became of it. PaidMinor is
// SurchargeMinor, which the brand paid for the processing fee, and DepositedMinor, which went to the
// balance. What went back since is negative.
type DepositReceipt struct {
	OrganizationID string
	Name           string
	DepositID      string
	PaymentID      string
	// Method is the processor's word for how the brand paid, such as card. It is empty if it is not known.
	Method  string
	EntryID string
	// PaidAt is when the brand paid, and BookedAt the date in the books.
	PaidAt         time.Time
	BookedAt       time.Time
	Currency       money.Currency
	PaidMinor      int64
	SurchargeMinor int64
	DepositedMinor int64

	RefundedMinor    int64
	ChargedBackMinor int64
	// Returns are the refunds, those that failed, and the lost disputes.
	Returns  []BalanceLine
	Disputes []Dispute
}

// OtherMinor is the part of the payment that went elsewhere. It is zero for every kind of now.
func (r *DepositReceipt) OtherMinor() int64 {
	return r.PaidMinor - r.SurchargeMinor - r.DepositedMinor
}

// NetMinor is what the brand has paid and has not got back.
func (r *DepositReceipt) NetMinor() int64 { return r.PaidMinor + r.RefundedMinor + r.ChargedBackMinor }

// DisputedMinor is what is in dispute now.
func (r *DepositReceipt) DisputedMinor() int64 { return frozenMinor(r.Disputes) }

// Add adds what an entry about the payment posted after it was received.
func (r *DepositReceipt) Add(posted BalancePosted) {
	line := posted.Line
	line.AmountMinor = -posted.SumMinor
	if line.Item = balanceItem(line.Kind, posted.Part); line.Item == ChargedBack {
		r.ChargedBackMinor += line.AmountMinor
	} else {
		r.RefundedMinor += line.AmountMinor
	}
	r.Returns = append(r.Returns, line)
}
