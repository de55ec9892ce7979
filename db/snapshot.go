package db

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/creditroll/creditroll/db/internal/sqlc"
)

// InSnapshot runs read in one read-only snapshot, so that its statements agree with each other.
// No month is detached until read returns. Errors of the driver become faults.
func (s *DB) InSnapshot(ctx context.Context, read func(q *sqlc.Queries) error) error {
	options := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	return Translate(pgx.BeginTxFunc(ctx, s.Pool, options, func(tx pgx.Tx) error {
		q := s.Queries.WithTx(tx)
		if err := q.KeepPartitions(ctx); err != nil {
			return err
		}
		return read(q)
	}))
}

// Ready returns nil if the database answers, and fault.Unavailable otherwise.
func (s *DB) Ready(ctx context.Context) error { return Translate(s.Pool.Ping(ctx)) }
