package api

import (
	"context"
	"regexp"

	"github.com/creditroll/creditroll/api/internal/openapi"
	"github.com/creditroll/creditroll/db/campaigns"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/dispute"
)

// byDispute is the place of a dispute in a list: Stripe's id.
var byDispute = regexp.MustCompile(`^[A-Za-z0-9_]{1,255}$`)

// ListDisputes lists the disputes over payments of brands.
func (r *resources) ListDisputes(ctx context.Context, request openapi.ListDisputesRequestObject) (openapi.ListDisputesResponseObject, error) {
	if _, err := permit(ctx, access.LedgerRead); err != nil {
		return nil, err
	}
	page, err := pageOf(request.Params.Limit, request.Params.Cursor, byDispute)
	if err != nil {
		return nil, err
	}
	rows, err := r.store.Campaigns.ListDisputes(ctx, campaigns.DisputeFilter{
		CampaignID: given(request.Params.CampaignId), Status: dispute.Status(given(request.Params.Status)),
	}, page)
	if err != nil {
		return nil, err
	}
	items, next := present(rows, page, func(row campaigns.FundingDispute) string { return row.DisputeID }, disputeOf)
	return openapi.ListDisputes200JSONResponse{Items: items, NextCursor: next}, nil
}

func disputeOf(read campaigns.FundingDispute) openapi.Dispute {
	return openapi.Dispute{
		Id: read.DisputeID, CampaignId: text(read.CampaignID), DepositId: text(read.DepositID), PaymentIntentId: read.PaymentIntentID, Currency: string(read.Currency),
		AmountMinor: read.AmountMinor, FeeMinor: read.FeeMinor, FrozenMinor: read.FrozenMinor, Status: string(read.Status),
		OpenedAt: read.At, ClosedAt: read.ClosedAt,
	}
}
