package ledger

import (
	"time"

	"github.com/creditroll/creditroll/domain/money"
)

// Dispute is a payment that a brand's bank takes back. AmountMinor is what the bank took, and
// FeeMinor what the processor charges us. The reference of its entries is the dispute. The payment is
// that of a campaign, or a deposit of an organization.
type Dispute struct {
	DisputeID       string         `json:"dispute_id"`
	PaymentIntentID string         `json:"payment_intent_id"`
	CampaignID      string         `json:"campaign_id,omitempty"`
	DepositID       string         `json:"deposit_id,omitempty"`
	OrganizationID  string         `json:"organization_id,omitempty"`
	Currency        money.Currency `json:"currency"`
	AmountMinor     int64          `json:"amount_minor"`
	FeeMinor        int64          `json:"fee_minor"`
	// PaymentMinor is the disputed amount in the currency of a payment that the processor converted. All
	// else is then in the currency in which the payment settled. It is zero for any other payment.
	PaymentMinor int64     `json:"payment_minor,omitempty"`
	At           time.Time `json:"at"`
}

// FundingDisputed moves the disputed amount to an account of its own, because it is not lost yet.
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

// DisputeWon books the return of the amount. The processor keeps its fee.
func DisputeWon(d Dispute) Entry {
	return Entry{
		Kind: KindDisputeWon, Reference: d.DisputeID, Currency: d.Currency, EffectiveAt: d.At,
		Postings: legs(
			Posting{StripePlatform, d.AmountMinor},
			Posting{StripeDisputed, -d.AmountMinor},
		),
	}
}

// DisputeLost books the loss of the amount. frozenMinor of it was still in escrow, and is the
// brand's own money. Creators had earned the rest, so that is our loss.
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

// DepositDisputeLost books the loss of a deposit. The brand has the whole amount again, so it comes out
// of the brand's balance, even below zero: campaigns may have got that money.
func DepositDisputeLost(d Dispute) Entry {
	return Entry{
		Kind: KindDisputeLost, Reference: d.DisputeID, Currency: d.Currency, EffectiveAt: d.At,
		Postings: legs(
			Posting{OrganizationBalance(d.OrganizationID), d.AmountMinor},
			Posting{StripeDisputed, -d.AmountMinor},
		),
	}
}
