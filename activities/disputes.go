package activities

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
)

// PaidCampaign is the campaign that a payment funds. Found is false for a payment of nobody.
type PaidCampaign struct {
	Found      bool           `json:"found"`
	CampaignID string         `json:"campaign_id,omitempty"`
	Currency   money.Currency `json:"currency,omitempty"`
	// Funded: the payment is in the books.
	Funded bool `json:"funded"`
}

// FindPaidCampaign finds the campaign that a payment funds.
func (a *Ledger) FindPaidCampaign(ctx context.Context, paymentIntentID string) (PaidCampaign, error) {
	paid, found, err := a.Store.Campaigns.FindByPayment(ctx, paymentIntentID)
	return PaidCampaign{Found: found, CampaignID: paid.CampaignID, Currency: paid.Currency, Funded: paid.Funded}, Failure(err)
}

// RecordDisputeOpened books money that was withdrawn, and freezes what is not spent of it.
func (a *Ledger) RecordDisputeOpened(ctx context.Context, in ledger.Dispute) error {
	return Failure(a.Store.Campaigns.RecordDisputeOpened(ctx, in))
}

// EndDispute is the moment at which a dispute ended for the books.
type EndDispute struct {
	DisputeID string    `json:"dispute_id"`
	At        time.Time `json:"at"`
}

// RecordDisputeWon books money that came back.
func (a *Ledger) RecordDisputeWon(ctx context.Context, in EndDispute) error {
	return Failure(a.Store.Campaigns.RecordDisputeWon(ctx, in.DisputeID, in.At))
}

// RecordDisputeLost books money that stays away.
func (a *Ledger) RecordDisputeLost(ctx context.Context, in EndDispute) error {
	return Failure(a.Store.Campaigns.RecordDisputeLost(ctx, in.DisputeID, in.At))
}
