package db

import (
	"context"

	"github.com/creditroll/creditroll/db/internal/sqlc"
)

// DisputeFilter narrows a list of disputes; what is empty narrows nothing.
type DisputeFilter struct {
	CampaignID string
	Status     DisputeStatus
}

// ListDisputes returns a page of disputes in the order of Stripe's ids.
func (s *Store) ListDisputes(ctx context.Context, filter DisputeFilter, page Page) ([]FundingDispute, error) {
	rows, err := s.queries.ListDisputePage(ctx, sqlc.ListDisputePageParams{
		CampaignID: optional(filter.CampaignID), Status: optional(string(filter.Status)), AfterID: optional(page.After), PageSize: page.Size,
	})
	if err != nil {
		return nil, translate(err)
	}
	disputes := make([]FundingDispute, len(rows))
	for i, row := range rows {
		disputes[i] = newDispute(row)
	}
	return disputes, nil
}
