package db

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// conflictPauses are the waits before each retry of a transaction that lost a conflict. Other
// errors are returned at once: callers have retry policies of their own.
var conflictPauses = []time.Duration{100 * time.Millisecond, 250 * time.Millisecond, 600 * time.Millisecond}

// lockNotAvailable is the SQLSTATE of a statement that reached its lock timeout.
const lockNotAvailable = "55P03"

// RetryConflicts runs a whole transaction, at most four times. It retries after a deadlock, a
// serialization failure or a lock timeout, because the server has rolled the transaction back.
// It also retries when a period was closed while an entry was being dated.
func RetryConflicts(ctx context.Context, transaction func() error) error {
	for _, pause := range conflictPauses {
		err := transaction()
		if !isConflict(err) {
			return err
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return err
		}
	}
	return transaction()
}

func isConflict(err error) bool {
	var refused *pgconn.PgError
	if !errors.As(err, &refused) {
		return false
	}
	return refused.Code == "40001" || refused.Code == "40P01" || refused.Code == lockNotAvailable || refused.ConstraintName == "journal_entries_period_open"
}
