package ledger

import (
	"time"

	"github.com/creditroll/creditroll/domain/money"
)

// PayoutSettledOnAccount books a payout whose money lay on the connected account and has reached
// the creator without a bank payout of ours. The reference is the payout, so a payout is settled
// outside once, whichever way.
func PayoutSettledOnAccount(p Payout) Entry {
	return p.entry(KindPayoutSettledOutside, p.PayoutID,
		Posting{CreatorConnected(p.CreatorID), p.AmountMinor},
		Posting{StripeConnected(p.CreatorID), -p.AmountMinor},
	)
}

// PayoutSettledElsewhere books a payout that was never transferred and that the platform has paid
// with money of its own, for example by wire.
func PayoutSettledElsewhere(p Payout) Entry {
	return p.entry(KindPayoutSettledOutside, p.PayoutID,
		Posting{CreatorInTransit(p.CreatorID), p.AmountMinor},
		Posting{PlatformCapital, -p.AmountMinor},
	)
}

// PayoutLost books that the money of a payout is gone from the connected account and did not
// reach the creator. The creator can be paid again, and the platform bears the loss.
func PayoutLost(p Payout) Entry {
	return p.entry(KindPayoutLost, p.PayoutID,
		Posting{CreatorConnected(p.CreatorID), p.AmountMinor},
		Posting{CreatorAvailable(p.CreatorID), -p.AmountMinor},
		Posting{PlatformLosses, p.AmountMinor},
		Posting{StripeConnected(p.CreatorID), -p.AmountMinor},
	)
}

// OutsideRefund is escrow that the brand has received from money of the platform that is not in the
// books. The reference is the correction that decided it.
type OutsideRefund struct {
	CorrectionID string
	CampaignID   string
	Currency     money.Currency
	AmountMinor  int64
	At           time.Time
}

// RefundSettledOutside books a refund that the processor will never make and that the platform has
// paid elsewhere, for example by wire.
func RefundSettledOutside(r OutsideRefund) Entry {
	return Entry{
		Kind: KindRefundSettledOutside, Reference: r.CorrectionID, Currency: r.Currency, EffectiveAt: r.At,
		Postings: legs(
			Posting{CampaignEscrow(r.CampaignID), r.AmountMinor},
			Posting{PlatformCapital, -r.AmountMinor},
		),
	}
}

// WithdrawalSettledOutside books a part of a withdrawal that the processor will never refund and that the
// platform has paid elsewhere. The reference is the correction that decided it.
func WithdrawalSettledOutside(w Withdrawal) Entry {
	return w.entry(KindWithdrawalSettled,
		Posting{OrganizationWithdrawing(w.OrganizationID), w.AmountMinor},
		Posting{PlatformCapital, -w.AmountMinor},
	)
}

// ConvertedPaymentSettledOutside books a part of a converted payment that the processor will never refund
// and that the platform has paid elsewhere. What this part had brought is the platform's own. What the
// platform paid is not in the books, so no rate is either. The reference is the correction that decided it.
func ConvertedPaymentSettledOutside(r ConvertedReturn) Entry {
	return r.against(KindConvertedSettled, PlatformCapital)
}

// OutsideBalance is money on a connected account that belongs to no payout. FoundMinor is positive
// for money that the books lack, and negative for money that the books have and that is gone. The
// reference is the correction that decided it.
type OutsideBalance struct {
	CorrectionID string
	CreatorID    string
	Currency     money.Currency
	FoundMinor   int64
	At           time.Time
}

// ConnectedBalanceSettled makes the books follow a connected account. What is found makes up for
// losses of the platform, and what is gone is one.
func ConnectedBalanceSettled(b OutsideBalance) Entry {
	return Entry{
		Kind: KindBalanceSettled, Reference: b.CorrectionID, Currency: b.Currency, EffectiveAt: b.At,
		Postings: legs(
			Posting{StripeConnected(b.CreatorID), b.FoundMinor},
			Posting{PlatformLosses, -b.FoundMinor},
		),
	}
}
