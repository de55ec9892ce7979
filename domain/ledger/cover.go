package ledger

import (
	"time"

	"github.com/creditroll/creditroll/domain/money"
)

// Cover compares what we owe in a currency out of our balance at the processor with that balance. All
// amounts are in minor units.
type Cover struct {
	Currency money.Currency
	// EscrowMinor is the unearned budget of campaigns. FrozenMinor of it waits for the outcome of
	// disputes: the processor has taken it already, and it can be neither earned nor refunded.
	EscrowMinor int64
	FrozenMinor int64
	// BalancesMinor is what brands have in balances of their own, and WithdrawingMinor what leaves them.
	// AtRiskMinor of the balances was taken by banks in disputes that are open. A brand whose balance is
	// below zero owes us, and that pays no one else: it counts as zero.
	BalancesMinor    int64
	WithdrawingMinor int64
	AtRiskMinor      int64
	// PendingMinor, AvailableMinor and InTransitMinor are what creators have earned and what has not left
	// for their connected accounts.
	PendingMinor   int64
	AvailableMinor int64
	InTransitMinor int64
	// RefundingMinor are refunds under way: the processor took them from our balance before it was read,
	// and the books still owe them, because a refund is booked when it has arrived. It is at most what is
	// owed to those who get them.
	RefundingMinor int64
	// Processor is our balance at the processor as it was last read. ReadAt is zero if it was never
	// read, and then BookedMinor, which is the balance of StripePlatform, stands for it.
	Processor   ProcessorBalance
	BookedMinor int64
	// UnconfirmedMinor are transfers that were requested and are not booked, so the books still have
	// them in transit. They may have left the processor. BookedSinceMinor are transfers that were
	// requested after the balance was read, and are booked.
	UnconfirmedMinor int64
	BookedSinceMinor int64
}

// ProcessorBalance is what the processor shows as our balance.
type ProcessorBalance struct {
	AvailableMinor int64
	PendingMinor   int64
	ReadAt         time.Time
}

// OwedMinor is the amount that we owe out of our balance at the processor. A refund under way is not owed
// out of it any more.
func (c Cover) OwedMinor() int64 {
	return c.EscrowMinor - c.FrozenMinor + c.BalancesMinor - c.AtRiskMinor + c.WithdrawingMinor + c.PendingMinor + c.AvailableMinor + c.InTransitMinor - c.RefundingMinor
}

// HeldMinor is our balance at the processor.
func (c Cover) HeldMinor() int64 {
	if c.Processor.ReadAt.IsZero() {
		return c.BookedMinor
	}
	return c.Processor.AvailableMinor + c.Processor.PendingMinor
}

// SureMinor is what is both in the books and at the processor. The books do not have a payment that
// has only just arrived, whose budget is not in EscrowMinor either. The processor does not have a
// transfer that is not booked yet.
func (c Cover) SureMinor() int64 { return min(c.expectedMinor(), c.HeldMinor()) }

// expectedMinor is what the books have of our balance, less the refunds that have left it already.
func (c Cover) expectedMinor() int64 { return c.BookedMinor - c.RefundingMinor }

// SpendableMinor is what new payouts can move now: what is available at the processor, less what
// payouts under way have reserved.
//
// The balance and the books are read at different moments. A transfer that has left the processor and
// is not booked is missing in the balance and is in transit in the books, and is subtracted once. How
// far the balance is below the books shows how much that can be. A transfer that was booked after the
// balance was read is in the balance and not in transit, and is subtracted too.
func (c Cover) SpendableMinor() int64 {
	if c.Processor.ReadAt.IsZero() {
		return c.BookedMinor - c.InTransitMinor
	}
	behindMinor := c.expectedMinor() - c.HeldMinor()
	leftMinor := min(max(0, behindMinor), c.UnconfirmedMinor, c.InTransitMinor)
	staleMinor := min(max(0, -behindMinor), c.BookedSinceMinor)
	return c.Processor.AvailableMinor - (c.InTransitMinor - leftMinor) - staleMinor
}

// GapMinor is how much less we hold than we owe; zero if all is covered.
func (c Cover) GapMinor() int64 { return c.missing(c.HeldMinor()) }

// SureGapMinor is how much less is sure to be there than we owe. It is never below GapMinor.
func (c Cover) SureGapMinor() int64 { return c.missing(c.SureMinor()) }

func (c Cover) missing(heldMinor int64) int64 { return max(0, c.OwedMinor()-max(0, heldMinor)) }
