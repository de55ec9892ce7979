package journal

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/names"
)

// ClosedPeriod is an accounting period that accepts no more postings.
type ClosedPeriod struct {
	ledger.Period
	ClosedBy string
	ClosedAt time.Time
}

// ClosePeriod closes a month and everything before it for good. An entry that a person dates
// there is refused. A late entry of the engine gets the first open date. ClosePeriod waits for
// transactions that are posting, so none of them posts into the closed period.
//
// It returns fault.Conflict "period_not_over" or "period_closed", and fault.Invalid
// "actor_missing". After a crash, call it again: "period_closed" shows that the first call
// succeeded.
func (s *Store) ClosePeriod(ctx context.Context, period ledger.Period, by, reason string, now time.Time) error {
	if by == "" || reason == "" {
		return fault.Field("actor", "actor_missing", "give the actor who closes the period and a reason")
	}
	if err := period.RequireOver(now); err != nil {
		return err
	}
	return s.db.InTx(ctx, func(q *sqlc.Queries) error {
		closed, err := q.GetClosedThrough(ctx, period.EndsAt)
		if err != nil {
			return err
		}
		if closed {
			return fault.New(fault.Conflict, "period_closed", "a later period is closed, which closed %s as well", period.Name)
		}
		if err := q.InsertAccountingPeriod(ctx, sqlc.InsertAccountingPeriodParams{Period: period.Name, StartsAt: period.StartsAt, EndsAt: period.EndsAt, ClosedBy: by}); err != nil {
			return err
		}
		return db.RecordAction(ctx, q, access.OperatorAction{ID: db.NewID(), Subject: names.Period(period.Name), Action: "close", Actor: by, Reason: reason})
	})
}

// ListClosedPeriods returns the closed periods, the newest first.
func (s *Store) ListClosedPeriods(ctx context.Context) ([]ClosedPeriod, error) {
	rows, err := s.db.Queries.ListAccountingPeriods(ctx)
	if err != nil {
		return nil, db.Translate(err)
	}
	periods := make([]ClosedPeriod, len(rows))
	for i, row := range rows {
		periods[i] = ClosedPeriod{Period: ledger.Period{Name: row.Period, StartsAt: row.StartsAt, EndsAt: row.EndsAt}, ClosedBy: row.ClosedBy, ClosedAt: row.ClosedAt}
	}
	return periods, nil
}
