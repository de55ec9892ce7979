package ledger

import (
	"time"

	"github.com/creditroll/creditroll/domain/money"
)

// TakenBack is what a clawback takes from one beneficiary: first what is still on hold, then
// what is available, and the rest becomes a debt. PendingMinor is below zero if the beneficiary
// receives a minor unit that a rounding had taken.
type TakenBack struct {
	CreatorID       string
	PendingMinor    int64
	AvailableMinor  int64
	ReceivableMinor int64
}

// TotalMinor is the beneficiary's whole part of the clawback.
func (t TakenBack) TotalMinor() int64 { return t.PendingMinor + t.AvailableMinor + t.ReceivableMinor }

// Clawback takes one accrual back, in whole or in part. AccrualEntryID is the reference of the
// clawback, so an accrual is clawed back once. AccrualReference is the reference of the accrual's
// own entry. Affiliate is empty for an accrual without one.
type Clawback struct {
	AccrualEntryID   string
	AccrualReference string
	CampaignID       string
	Currency         money.Currency
	Creator          TakenBack
	Affiliate        TakenBack
	FeeMinor         int64
	At               time.Time
}

// EarningsClawedBack returns the gross to the campaign's escrow. It takes each beneficiary's part
// from the account where the money is, and the platform's fee.
func EarningsClawedBack(c Clawback) Entry {
	entry := Entry{
		Kind: KindEarningsClawedBack, Reference: c.AccrualEntryID, Currency: c.Currency, EffectiveAt: c.At,
		Postings: legs(
			Posting{CreatorPending(c.Creator.CreatorID), c.Creator.PendingMinor},
			Posting{CreatorAvailable(c.Creator.CreatorID), c.Creator.AvailableMinor},
			Posting{CreatorReceivable(c.Creator.CreatorID), c.Creator.ReceivableMinor},
			Posting{CreatorPending(c.Affiliate.CreatorID), c.Affiliate.PendingMinor},
			Posting{CreatorAvailable(c.Affiliate.CreatorID), c.Affiliate.AvailableMinor},
			Posting{CreatorReceivable(c.Affiliate.CreatorID), c.Affiliate.ReceivableMinor},
			Posting{PlatformFees, c.FeeMinor},
			Posting{CampaignEscrow(c.CampaignID), -(c.Creator.TotalMinor() + c.Affiliate.TotalMinor() + c.FeeMinor)},
		),
	}
	return entry.reversing(KindEarningsAccrued, c.AccrualReference)
}

// Recovery is a debt of a creator that is paid from the creator's earnings. The reference begins with
// the release that made the earnings available, or with the payout that is reserved from them.
type Recovery struct {
	Reference   string
	CreatorID   string
	Currency    money.Currency
	AmountMinor int64
	At          time.Time
}

// ReceivableRecovered pays a debt out of earnings that have become available.
func ReceivableRecovered(r Recovery) Entry {
	return Entry{
		Kind: KindReceivableRecovered, Reference: r.Reference, Currency: r.Currency, EffectiveAt: r.At,
		Postings: legs(
			Posting{CreatorAvailable(r.CreatorID), r.AmountMinor},
			Posting{CreatorReceivable(r.CreatorID), -r.AmountMinor},
		),
	}
}

// WriteOff is a debt of a creator that we give up. The reference is the correction that decided it.
type WriteOff struct {
	CorrectionID string
	CreatorID    string
	Currency     money.Currency
	AmountMinor  int64
	At           time.Time
}

// WrittenOff books a debt that will not be paid as our loss.
func WrittenOff(w WriteOff) Entry {
	return Entry{
		Kind: KindWrittenOff, Reference: w.CorrectionID, Currency: w.Currency, EffectiveAt: w.At,
		Postings: legs(
			Posting{PlatformLosses, w.AmountMinor},
			Posting{CreatorReceivable(w.CreatorID), -w.AmountMinor},
		),
	}
}
