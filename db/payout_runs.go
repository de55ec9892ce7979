package db

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/payout"
)

// OpenPayoutRun writes down a run for a period, once, and returns its id: the given one, or
// that of the run which has the period already. It returns fault.Invalid "unknown_period" and
// fault.Conflict "period_in_future".
func (s *Store) OpenPayoutRun(ctx context.Context, id, period string, now time.Time) (string, error) {
	if err := payout.RequireBegun(period, now); err != nil {
		return "", err
	}
	if err := s.queries.InsertPayoutRun(ctx, sqlc.InsertPayoutRunParams{ID: id, Period: period}); err != nil {
		return "", translate(err)
	}
	run, err := s.queries.GetPayoutRunByPeriod(ctx, period)
	return run.ID, translate(err)
}

// RunStatus is how far a payout run is.
type RunStatus string

// The states of a payout run.
const (
	RunRunning          RunStatus = "running"
	RunAwaitingApproval RunStatus = "awaiting_approval"
	RunBlocked          RunStatus = "blocked"
	RunFinished         RunStatus = "finished"
	RunCancelled        RunStatus = "cancelled"
)

// MovePayoutRun is the progress of a run.
type MovePayoutRun struct {
	RunID         string
	Status        RunStatus
	BlockedReason string
	Payouts       int
}

// MovePayoutRun stores a run's progress.
func (s *Store) MovePayoutRun(ctx context.Context, move MovePayoutRun) error {
	return translate(s.queries.UpdatePayoutRunStatus(ctx, sqlc.UpdatePayoutRunStatusParams{
		ID: move.RunID, Status: string(move.Status), BlockedReason: optional(move.BlockedReason), Payouts: int32(move.Payouts),
	}))
}

// EligibleCreator has at least the minimum available in one currency.
type EligibleCreator struct {
	CreatorID   string
	Currency    money.Currency
	AmountMinor int64
}

// EligibleAfter names where a page begins: behind this creator and currency.
type EligibleAfter struct {
	CreatorID string
	Currency  money.Currency
}

// EligibleCreators lists one page of creators who can be paid, in order of id and currency.
func (s *Store) EligibleCreators(ctx context.Context, after EligibleAfter, minimumMinor int64, limit int) ([]EligibleCreator, error) {
	if after.CreatorID == "" {
		after.CreatorID = zeroID
	}
	rows, err := s.queries.ListEligibleCreators(ctx, sqlc.ListEligibleCreatorsParams{
		AfterCreator: after.CreatorID, AfterCurrency: string(after.Currency), MinimumMinor: minimumMinor, Batch: int32(limit),
	})
	if err != nil {
		return nil, translate(err)
	}
	eligible := make([]EligibleCreator, len(rows))
	for i, row := range rows {
		eligible[i] = EligibleCreator{CreatorID: row.CreatorID, Currency: money.Currency(row.Currency), AmountMinor: row.AmountMinor}
	}
	return eligible, nil
}
