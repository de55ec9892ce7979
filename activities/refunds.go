package activities

import (
	"context"

	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
)

// ReadRefundsOnRecord looks up what the books know of Stripe's refunds.
func (a *Ledger) ReadRefundsOnRecord(ctx context.Context, refundIDs []string) (campaign.BookedRefunds, error) {
	known, err := a.Store.Campaigns.ListRefundsOnRecord(ctx, refundIDs)
	return known, Failure(err)
}

// FailedRefund is a refund that came back, by a balance transaction of Stripe's.
type FailedRefund struct {
	Refund        ledger.Refund `json:"refund"`
	TransactionID string        `json:"transaction_id,omitempty"`
}

// RecordRefundFailed books a refund that came back as escrow again.
func (a *Ledger) RecordRefundFailed(ctx context.Context, in FailedRefund) error {
	return Failure(a.Store.Campaigns.RecordRefundFailed(ctx, in.Refund, in.TransactionID))
}

// EndedCampaign is a campaign whose process has done all there was to do. Ended is false
// for a campaign that is under way, and for one that does not exist.
type EndedCampaign struct {
	Ended          bool           `json:"ended"`
	OrganizationID string         `json:"organization_id,omitempty"`
	Name           string         `json:"name,omitempty"`
	Terms          campaign.Terms `json:"terms"`
}

// ReadEndedCampaign reads what it takes to begin the process of a campaign that has ended anew.
func (a *Ledger) ReadEndedCampaign(ctx context.Context, campaignID string) (EndedCampaign, error) {
	read, err := a.Store.Campaigns.Get(ctx, campaignID)
	if fault.Is(err, fault.NotFound) {
		return EndedCampaign{}, nil
	}
	if err != nil || !read.Status.Ended() {
		return EndedCampaign{}, Failure(err)
	}
	return EndedCampaign{Ended: true, OrganizationID: read.OrganizationID, Name: read.Name, Terms: read.Terms}, nil
}
