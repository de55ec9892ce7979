package campaigns

import (
	"context"
	"strconv"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/campaign"
)

// Amendment is an amendment on record, with the values before it.
type Amendment struct {
	campaign.Amendment
	Number            int
	BudgetBeforeMinor int64
	EndsBefore        time.Time
}

// ListAmendments returns a page of a campaign's amendments, in their order.
func (s *Store) ListAmendments(ctx context.Context, campaignID string, page db.Page) ([]Amendment, error) {
	var after *int32
	if page.After != "" {
		number, err := strconv.ParseInt(page.After, 10, 32)
		if err != nil {
			return nil, err
		}
		after = new(int32(number))
	}
	rows, err := s.db.Queries.ListAmendments(ctx, sqlc.ListAmendmentsParams{CampaignID: campaignID, AfterNumber: after, PageSize: page.Size})
	if err != nil {
		return nil, db.Translate(err)
	}
	amendments := make([]Amendment, len(rows))
	for i, row := range rows {
		amendments[i] = Amendment{
			Amendment: campaign.Amendment{
				CampaignID: row.CampaignID, ID: row.ID, Change: campaign.Change{BudgetMinor: row.BudgetAfterMinor, EndsAt: row.EndsAfter.UTC()},
				Actor: row.Actor, Reason: row.Reason, Now: row.AmendedAt.UTC(),
			},
			Number: int(row.Number), BudgetBeforeMinor: row.BudgetBeforeMinor, EndsBefore: row.EndsBefore.UTC(),
		}
	}
	return amendments, nil
}
