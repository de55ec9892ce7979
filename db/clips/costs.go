package clips

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
)

// CostKey is what a cost stands for.
type CostKey string

// The keys.
const (
	CostByDay      CostKey = "day"
	CostByProvider CostKey = "provider"
	CostByCampaign CostKey = "campaign"
)

// CostFilter selects costs of readings. Both days are UTC and included. Empty ids select all.
type CostFilter struct {
	By                CostKey
	FirstDay, LastDay time.Time
	CampaignID        string
	Provider          string
}

// Cost is what readings have cost. Key is a day as 2006-01-02, a provider or the id of a campaign, which is names.NilID for what
// no campaign has asked for. CostMicros are millionths of a US dollar.
type Cost struct {
	Key        string
	Clips      int64
	CostMicros int64
}

// ListCosts returns a page of costs in the order of their keys.
func (s *Store) ListCosts(ctx context.Context, filter CostFilter, page db.Page) ([]Cost, error) {
	rows, err := s.db.Queries.ListTrackingCosts(ctx, sqlc.ListTrackingCostsParams{
		ByKey: string(filter.By), FirstDay: filter.FirstDay, LastDay: filter.LastDay, CampaignID: db.Optional(filter.CampaignID), Provider: db.Optional(filter.Provider),
		AfterKey: page.After, PageSize: page.Size,
	})
	costs := make([]Cost, len(rows))
	for i, row := range rows {
		costs[i] = Cost(row)
	}
	return costs, db.Translate(err)
}

// SumCosts returns the total of all pages.
func (s *Store) SumCosts(ctx context.Context, filter CostFilter) (Cost, error) {
	sum, err := s.db.Queries.SumTrackingCosts(ctx, sqlc.SumTrackingCostsParams{
		FirstDay: filter.FirstDay, LastDay: filter.LastDay, CampaignID: db.Optional(filter.CampaignID), Provider: db.Optional(filter.Provider),
	})
	return Cost{Clips: sum.Clips, CostMicros: sum.CostMicros}, db.Translate(err)
}
