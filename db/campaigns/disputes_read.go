package campaigns

import (
	"context"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/dispute"
)

// DisputeFilter selects disputes. Empty fields select all.
type DisputeFilter struct {
	CampaignID string
	Status     dispute.Status
}

// ListDisputes returns a page of disputes in the order of Stripe's ids.
func (s *Store) ListDisputes(ctx context.Context, filter DisputeFilter, page db.Page) ([]FundingDispute, error) {
	rows, err := s.db.Queries.ListDisputePage(ctx, sqlc.ListDisputePageParams{
		CampaignID: db.Optional(filter.CampaignID), Status: db.Optional(string(filter.Status)), AfterID: db.Optional(page.After), PageSize: page.Size,
	})
	if err != nil {
		return nil, db.Translate(err)
	}
	disputes := make([]FundingDispute, len(rows))
	for i, row := range rows {
		disputes[i] = newDispute(row)
	}
	return disputes, nil
}
