package ledger

import (
	"time"

	"github.com/creditroll/creditroll/domain/money"
)

// Dispute is a brand's bank that takes a payment back. AmountMinor is what it took, FeeMinor
// what the processor charges us for it. The reference of its entries is the dispute.
type Dispute struct {
	DisputeID       string         `json:"dispute_id"`
	PaymentIntentID string         `json:"payment_intent_id"`
	CampaignID      string         `json:"campaign_id"`
	Currency        money.Currency `json:"currency"`
	AmountMinor     int64          `json:"amount_minor"`
	FeeMinor        int64          `json:"fee_minor"`
	At              time.Time      `json:"at"`
}

// FundingDisputed sets the disputed amount aside: it is neither spent nor lost yet.
func FundingDisputed(d Dispute) Entry {
	return Entry{
		Kind: KindFundingDisputed, Reference: d.DisputeID, Currency: d.Currency, EffectiveAt: d.At,
		Postings: legs(
			Posting{StripeDisputed, d.AmountMinor},
			Posting{ProcessingFees, d.FeeMinor},
			Posting{StripePlatform, -d.AmountMinor - d.FeeMinor},
		),
	}
}

// DisputeWon brings the amount back. The fee stays spent: Stripe keeps it.
func DisputeWon(d Dispute) Entry {
	return Entry{
		Kind: KindDisputeWon, Reference: d.DisputeID, Currency: d.Currency, EffectiveAt: d.At,
		Postings: legs(
			Posting{StripePlatform, d.AmountMinor},
			Posting{StripeDisputed, -d.AmountMinor},
		),
	}
}

// DisputeLost lets the amount go: frozenMinor of it was still in escrow and is the brand's
// own money, the rest had been earned by creators before and is our loss.
func DisputeLost(d Dispute, frozenMinor int64) Entry {
	return Entry{
		Kind: KindDisputeLost, Reference: d.DisputeID, Currency: d.Currency, EffectiveAt: d.At,
		Postings: legs(
			Posting{CampaignEscrow(d.CampaignID), frozenMinor},
			Posting{PlatformLosses, d.AmountMinor - frozenMinor},
			Posting{StripeDisputed, -d.AmountMinor},
		),
	}
}
