package ledger

import (
	"strconv"
	"time"

	"github.com/creditroll/creditroll/domain/money"
)

// Funding is a brand's payment that has succeeded. SurchargeMinor of GrossMinor is what the brand pays
// for the processing, which is our income. The rest goes to escrow. FeeMinor is what the processor
// kept of it, which is our expense.
type Funding struct {
	CampaignID      string         `json:"campaign_id"`
	PaymentIntentID string         `json:"payment_intent_id"`
	Currency        money.Currency `json:"currency"`
	GrossMinor      int64          `json:"gross_minor"`
	SurchargeMinor  int64          `json:"surcharge_minor,omitempty"`
	FeeMinor        int64          `json:"fee_minor"`
	At              time.Time      `json:"at"`
	// Method is the processor's word for how it was paid, such as card, and empty if it is not known.
	// PaidAt is when; zero stands for At. Neither is part of the entry.
	Method string    `json:"method,omitempty"`
	PaidAt time.Time `json:"paid_at,omitzero"`
}

// BudgetMinor is the part of the payment that can be earned.
func (f Funding) BudgetMinor() int64 { return f.GrossMinor - f.SurchargeMinor }

// CampaignFunded books a payment into escrow. The reference is the PaymentIntent.
func CampaignFunded(f Funding) Entry {
	return Entry{
		Kind: KindCampaignFunded, Reference: f.PaymentIntentID, Currency: f.Currency, EffectiveAt: f.At,
		Postings: legs(
			Posting{StripePlatform, f.GrossMinor - f.FeeMinor},
			Posting{ProcessingFees, f.FeeMinor},
			Posting{ProcessingSurcharges, -f.SurchargeMinor},
			Posting{CampaignEscrow(f.CampaignID), -f.BudgetMinor()},
		),
	}
}

// Earning is one accrual. Its gross is CreatorMinor + FeeMinor + AffiliateMinor. An accrual
// without an affiliate has neither AffiliateID nor AffiliateMinor. CreatorMinor can be below zero,
// see earnings.Accrual.
type Earning struct {
	ClipID         string
	Poll           int
	CampaignID     string
	CreatorID      string
	AffiliateID    string
	Currency       money.Currency
	CreatorMinor   int64
	FeeMinor       int64
	AffiliateMinor int64
	At             time.Time
}

// EarningsAccrued splits the gross between creator, platform and affiliate. The reference is
// the reading that earned it: the clip and its number. What a rounding takes from the creator is a
// debt, because earlier earnings may be released already. The next release pays it.
func EarningsAccrued(e Earning) Entry {
	return Entry{
		Kind: KindEarningsAccrued, Reference: e.ClipID + "/" + strconv.Itoa(e.Poll), Currency: e.Currency, EffectiveAt: e.At,
		Postings: legs(
			Posting{CampaignEscrow(e.CampaignID), e.CreatorMinor + e.FeeMinor + e.AffiliateMinor},
			Posting{CreatorPending(e.CreatorID), -max(0, e.CreatorMinor)},
			Posting{CreatorReceivable(e.CreatorID), max(0, -e.CreatorMinor)},
			Posting{PlatformFees, -e.FeeMinor},
			Posting{CreatorPending(e.AffiliateID), -e.AffiliateMinor},
		),
	}
}

// Release makes held earnings of one creator available. Reference is the entry of the first hold
// that is released, and the creator: {entry}/{creator}. A hold is released once, so this
// identifies the release.
type Release struct {
	Reference   string
	CreatorID   string
	Currency    money.Currency
	AmountMinor int64
	At          time.Time
}

// HoldReleased moves earnings from pending to available.
func HoldReleased(r Release) Entry {
	return Entry{
		Kind: KindHoldReleased, Reference: r.Reference, Currency: r.Currency, EffectiveAt: r.At,
		Postings: legs(
			Posting{CreatorPending(r.CreatorID), r.AmountMinor},
			Posting{CreatorAvailable(r.CreatorID), -r.AmountMinor},
		),
	}
}

// Payout is what the entries of one payout share.
type Payout struct {
	PayoutID    string
	CreatorID   string
	Currency    money.Currency
	AmountMinor int64
	At          time.Time
	// Converted reports that the amount is what the payout was converted into. What we owe stays in the
	// currency of the payout, so the entry is against FXClearing.
	Converted bool
}

// owed is the account that a bank payout takes from.
func (p Payout) owed() Account {
	if p.Converted {
		return FXClearing
	}
	return CreatorConnected(p.CreatorID)
}

// PayoutAdvanced makes available what a payout paid that is not available in the books, and has the
// creator owe it. AmountMinor is that part of the payout.
func PayoutAdvanced(p Payout) Entry {
	return p.entry(KindPayoutAdvanced, p.PayoutID,
		Posting{CreatorReceivable(p.CreatorID), p.AmountMinor},
		Posting{CreatorAvailable(p.CreatorID), -p.AmountMinor},
	)
}

// PayoutReserved takes the amount out of available, once per payout.
func PayoutReserved(p Payout) Entry {
	return p.entry(KindPayoutReserved, p.PayoutID,
		Posting{CreatorAvailable(p.CreatorID), p.AmountMinor},
		Posting{CreatorInTransit(p.CreatorID), -p.AmountMinor},
	)
}

// PayoutCancelled undoes PayoutReserved.
func PayoutCancelled(p Payout) Entry {
	entry := p.entry(KindPayoutCancelled, p.PayoutID,
		Posting{CreatorInTransit(p.CreatorID), p.AmountMinor},
		Posting{CreatorAvailable(p.CreatorID), -p.AmountMinor},
	)
	return entry.reversing(KindPayoutReserved, p.PayoutID)
}

// TransferSettled records that the money is on the connected account.
func TransferSettled(p Payout, generation int) Entry {
	return p.entry(KindTransferSettled, p.generationOf(generation),
		Posting{CreatorInTransit(p.CreatorID), p.AmountMinor},
		Posting{StripePlatform, -p.AmountMinor},
		Posting{StripeConnected(p.CreatorID), p.AmountMinor},
		Posting{CreatorConnected(p.CreatorID), -p.AmountMinor},
	)
}

// TransferReversed undoes TransferSettled of the same generation.
func TransferReversed(p Payout, generation int) Entry {
	return TransferPartlyReversed(p, generation, p.AmountMinor)
}

// TransferPartlyReversed is TransferReversed if less came back to the platform, because the account
// did not have more in its own currency. The creator is owed the whole amount again.
func TransferPartlyReversed(p Payout, generation int, backMinor int64) Entry {
	entry := p.entry(KindTransferReversed, p.generationOf(generation), legs(
		Posting{CreatorConnected(p.CreatorID), p.AmountMinor},
		Posting{StripeConnected(p.CreatorID), -p.AmountMinor},
		Posting{StripePlatform, backMinor},
		Posting{ExchangeDifferences, p.AmountMinor - backMinor},
		Posting{CreatorInTransit(p.CreatorID), -p.AmountMinor},
	)...)
	return entry.reversing(KindTransferSettled, p.generationOf(generation))
}

// BankPayoutSettled records that the bank has the money.
func BankPayoutSettled(p Payout, generation int) Entry {
	return p.entry(KindBankPayoutSettled, p.generationOf(generation),
		Posting{p.owed(), p.AmountMinor},
		Posting{StripeConnected(p.CreatorID), -p.AmountMinor},
	)
}

// BankPayoutReturned undoes BankPayoutSettled. The bank returned the money to the connected balance
// after the processor had shown the payout as paid.
func BankPayoutReturned(p Payout, generation int) Entry {
	entry := p.entry(KindBankPayoutFailed, p.generationOf(generation),
		Posting{StripeConnected(p.CreatorID), p.AmountMinor},
		Posting{p.owed(), -p.AmountMinor},
	)
	return entry.reversing(KindBankPayoutSettled, p.generationOf(generation))
}

// BankPayoutRefused records a bank payout that failed before it was ever paid. One entry takes the
// money out of the connected balance and back, as the processor's two balance transactions do.
func BankPayoutRefused(p Payout, generation int) Entry {
	return p.entry(KindBankPayoutFailed, p.generationOf(generation),
		Posting{p.owed(), p.AmountMinor},
		Posting{StripeConnected(p.CreatorID), -p.AmountMinor},
		Posting{StripeConnected(p.CreatorID), p.AmountMinor},
		Posting{p.owed(), -p.AmountMinor},
	)
}

func (p Payout) entry(kind Kind, reference string, postings ...Posting) Entry {
	return Entry{Kind: kind, Reference: reference, Currency: p.Currency, EffectiveAt: p.At, Postings: postings}
}

func (p Payout) generationOf(generation int) string {
	return p.PayoutID + "/g" + strconv.Itoa(generation)
}

func (e Entry) reversing(kind Kind, reference string) Entry {
	e.ReversesKind, e.ReversesReference = kind, reference
	return e
}

// Refund is unspent escrow on its way back to the brand.
type Refund struct {
	CampaignID  string         `json:"campaign_id"`
	RefundID    string         `json:"refund_id"`
	Currency    money.Currency `json:"currency"`
	AmountMinor int64          `json:"amount_minor"`
	At          time.Time      `json:"at"`
}

// EscrowRefunded books a refund out of escrow. The reference is the processor's refund.
func EscrowRefunded(r Refund) Entry {
	return Entry{
		Kind: KindEscrowRefunded, Reference: r.RefundID, Currency: r.Currency, EffectiveAt: r.At,
		Postings: legs(
			Posting{CampaignEscrow(r.CampaignID), r.AmountMinor},
			Posting{StripePlatform, -r.AmountMinor},
		),
	}
}
