package payouts

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
)

// OpenRun writes down a run for a period, once, and returns its id: the given one, or
// that of the run which has the period already. It returns fault.Invalid "unknown_period" and
// fault.Conflict "period_in_future".
func (s *Store) OpenRun(ctx context.Context, id, period string, now time.Time) (string, error) {
	if err := payout.RequireBegun(period, now); err != nil {
		return "", err
	}
	if err := s.db.Queries.InsertPayoutRun(ctx, sqlc.InsertPayoutRunParams{ID: id, Period: period}); err != nil {
		return "", db.Translate(err)
	}
	run, err := s.db.Queries.GetPayoutRunByPeriod(ctx, period)
	return run.ID, db.Translate(err)
}

// MoveRun stores a run's progress.
func (s *Store) MoveRun(ctx context.Context, move payout.RunMove) error {
	return db.Translate(s.db.Queries.UpdatePayoutRunStatus(ctx, sqlc.UpdatePayoutRunStatusParams{
		ID: move.RunID, Status: string(move.Status), BlockedReason: db.Optional(move.BlockedReason), Payouts: int32(move.Payouts),
	}))
}

// ListEligible lists one page of creators who can be paid, in order of id and currency.
func (s *Store) ListEligible(ctx context.Context, after payout.EligibleAfter, minimums payout.Minimums, limit int) ([]payout.Eligible, error) {
	if after.CreatorID == "" {
		after.CreatorID = names.NilID
	}
	currencies, minimumsMinor, othersMinor := minimums.Table()
	rows, err := s.db.Queries.ListEligibleCreators(ctx, sqlc.ListEligibleCreatorsParams{
		AfterCreator: after.CreatorID, AfterCurrency: string(after.Currency), Batch: int32(limit),
		Currencies: currencies, MinimumsMinor: minimumsMinor, OthersMinor: othersMinor,
	})
	if err != nil {
		return nil, db.Translate(err)
	}
	eligible := make([]payout.Eligible, len(rows))
	for i, row := range rows {
		eligible[i] = payout.Eligible{CreatorID: row.CreatorID, Currency: money.Currency(row.Currency), AmountMinor: row.AmountMinor}
	}
	return eligible, nil
}
