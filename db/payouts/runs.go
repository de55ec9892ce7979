package payouts

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/payout"
)

// OpenRun opens the weekly run of a period, however long ago it is. It returns the id of the run
// that has the period, and the faults of payout.RequireBegun.
func (s *Store) OpenRun(ctx context.Context, id, period string, now time.Time) (string, error) {
	if err := payout.RequireBegun(period, now); err != nil {
		return "", err
	}
	opened, err := s.openRun(ctx, payout.RunOpening{RunID: id, Period: period, Number: payout.WeeklyRun, StartedBy: payout.StartedBySchedule})
	return opened.RunID, err
}

// StartRun writes down a run, once, and returns the one on record. A new run has a period of the
// last weeks: otherwise StartRun returns the faults of payout.RequireRecent. It returns
// fault.Invalid "run_number_out_of_range" too.
func (s *Store) StartRun(ctx context.Context, opening payout.RunOpening) (payout.RunOpened, error) {
	if _, err := payout.ParsePeriod(opening.Period); err != nil {
		return payout.RunOpened{}, err
	}
	existing, err := s.findRun(ctx, opening.Period, opening.Number)
	if err != nil || existing.RunID != "" {
		return existing, err
	}
	if err := payout.RequireRecent(opening.Period, opening.Now); err != nil {
		return payout.RunOpened{}, err
	}
	return s.openRun(ctx, opening)
}

func (s *Store) openRun(ctx context.Context, opening payout.RunOpening) (payout.RunOpened, error) {
	err := s.db.Queries.InsertPayoutRun(ctx, sqlc.InsertPayoutRunParams{
		ID: opening.RunID, Period: opening.Period, Number: int32(opening.Number), StartedBy: opening.StartedBy,
	})
	if err != nil {
		return payout.RunOpened{}, db.Translate(err)
	}
	return s.findRun(ctx, opening.Period, opening.Number)
}

// findRun returns a run, or the zero value if there is none.
func (s *Store) findRun(ctx context.Context, period string, number int) (payout.RunOpened, error) {
	rows, err := s.db.Queries.FindPayoutRun(ctx, sqlc.FindPayoutRunParams{Period: period, Number: int32(number)})
	if err != nil || len(rows) == 0 {
		return payout.RunOpened{}, db.Translate(err)
	}
	return payout.RunOpened{RunID: rows[0].ID, Status: payout.RunStatus(rows[0].Status)}, nil
}

// MoveRun stores a run's progress and counts its payouts. It returns fault.Denied "same_person" if
// the person who started the run approves it.
func (s *Store) MoveRun(ctx context.Context, move payout.RunMove) error {
	return db.Translate(s.db.Queries.UpdatePayoutRunStatus(ctx, sqlc.UpdatePayoutRunStatusParams{
		ID: move.RunID, Status: string(move.Status), BlockedReason: db.Optional(move.BlockedReason),
		ApprovedBy: db.Optional(move.ApprovedBy), CancelledBy: db.Optional(move.CancelledBy), CancelReason: db.Optional(move.CancelReason),
	}))
}

// Count counts the payouts of a run.
func (s *Store) Count(ctx context.Context, request payout.RunCount) (payout.Count, error) {
	var count payout.Count
	err := s.db.InTx(ctx, func(q *sqlc.Queries) error {
		row, err := q.CountPayouts(ctx, request.RunID)
		if err != nil {
			return err
		}
		count = payout.Count{Reserved: row.Reserved, AtWork: row.AtWork, AtBank: row.AtBank, Parked: row.Parked}
		if len(request.Starting) > 0 {
			count.Unreserved, err = q.ListUnreservedPayouts(ctx, request.Starting)
		}
		return err
	})
	return count, err
}
