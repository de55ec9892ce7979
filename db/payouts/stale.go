package payouts

import (
	"cmp"
	"context"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
)

// ListStale lists one page of payouts whose workflow must run and that have not changed for a
// while, in order of id.
func (s *Store) ListStale(ctx context.Context, page payout.StalePage) ([]payout.Identity, error) {
	rows, err := s.db.Queries.ListStalePayouts(ctx, sqlc.ListStalePayoutsParams{
		After: cmp.Or(page.After, names.NilID), UnchangedForSeconds: page.UnchangedFor.Std().Seconds(), ReturnWindowSeconds: page.ReturnWindow.Std().Seconds(), Batch: int32(page.Limit),
	})
	stale := make([]payout.Identity, len(rows))
	for i, row := range rows {
		stale[i] = payout.Identity{PayoutID: row.ID, RunID: row.RunID, CreatorID: row.CreatorID, Currency: money.Currency(row.Currency)}
	}
	return stale, db.Translate(err)
}
