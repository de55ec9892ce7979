package db

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// A transaction that lost against another one is tried again this often, after these
// pauses. Everything else fails at once: the callers know better when to come back.
var conflictPauses = []time.Duration{100 * time.Millisecond, 250 * time.Millisecond, 600 * time.Millisecond}

// lockNotAvailable is what a statement fails with that waits for a lock no longer than it may.
const lockNotAvailable = "55P03"

// RetryConflicts runs a whole transaction, and runs it again after a deadlock, a
// serialization failure or a lock that did not come in time: the server has rolled it back,
// so nothing of it happened. It does so too when a period was closed just as an entry was
// dated.
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
