// Package statements reads the statements of creators and campaigns from the ledger. It only reads.
package statements

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/db/journal/months"
	"github.com/creditroll/creditroll/domain/ledger"
)

// Store reads the statements of one database.
type Store struct {
	db *db.DB
	// batch is how many creators an export reads at once.
	batch int32
}

// exportBatch is the batch of every store. A batch may read all entries of the month, so there should
// be few of them.
const exportBatch = 2000

// New returns a Store on an open database.
func New(db *db.DB) *Store {
	return &Store{db: db, batch: exportBatch}
}

// planning suits reads by lists of ids. PostgreSQL could choose a full scan while it has no
// statistics, for example after a restore. A plan for any list would expect a short one. The plans
// look expensive, because a balance may have many currencies, and compiling them took longer than
// reading.
var planning = []string{"SET LOCAL enable_seqscan = off", "SET LOCAL plan_cache_mode = force_custom_plan", "SET LOCAL jit = off"}

// inSnapshot runs read in one read-only snapshot, so that its figures agree with each other.
func (s *Store) inSnapshot(ctx context.Context, read func(q *sqlc.Queries) error) error {
	options := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	return db.Translate(pgx.BeginTxFunc(ctx, s.db.Pool, options, func(tx pgx.Tx) error {
		for _, setting := range planning {
			if _, err := tx.Exec(ctx, setting); err != nil {
				return err
			}
		}
		q := s.db.Queries.WithTx(tx)
		if err := q.KeepPartitions(ctx); err != nil {
			return err
		}
		return read(q)
	}))
}

// requirePostings returns fault.Conflict "archived" unless every posting from a moment on is
// attached.
func requirePostings(ctx context.Context, q *sqlc.Queries, from time.Time) error {
	detached, err := months.ListDetached(ctx, q)
	if err != nil {
		return err
	}
	before := lastMomentBefore(from)
	return detached.RequirePostings(ledger.AsOf{EffectiveAt: &before})
}

// isClosed reports whether no entry can be dated before a moment any more.
func isClosed(ctx context.Context, q *sqlc.Queries, end time.Time) (bool, error) {
	return q.IsPeriodClosed(ctx, lastMomentBefore(end))
}

// lastMomentBefore returns the last moment before another one that the database can tell apart.
func lastMomentBefore(moment time.Time) time.Time { return moment.Add(-time.Microsecond) }
