// Package db opens and migrates the PostgreSQL database. It holds what the packages below it
// share: transactions, retries, paging, and the translation of errors into faults.
//
// Each package below reads and writes one subject through its own Store: journal, earnings,
// campaigns, corrections, clips, payouts, reconciliation, edge and audit. Package books opens
// all of them. Every exported method is one transaction or one statement. The SQL is in
// queries/, the generated code in internal/sqlc.
package db

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/creditroll/creditroll/db/internal/sqlc"
)

// Roles that the migrations create. Neither can log in: grant them to a login role.
const (
	AppRole   = "creditroll_app"
	AuditRole = "creditroll_audit"
)

// DB is a pool of connections that act as AppRole.
type DB struct {
	Pool    *pgxpool.Pool
	Queries *sqlc.Queries
}

// Options configure a DB.
type Options struct {
	// MaxConnections limits the pool; zero keeps the driver's default.
	MaxConnections int32
}

// Open connects to url and switches every connection to AppRole, so that the process that
// serves traffic cannot change a ledger row. It returns fault.Unavailable
// "database_unreachable" when the database does not answer, fault.Conflict "not_migrated" when
// the schema is missing or old, and fault.Denied "not_a_member" when the login may not act as
// AppRole.
func Open(ctx context.Context, url string, options Options) (*DB, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, invalidURL(err)
	}
	if options.MaxConnections > 0 {
		config.MaxConns = options.MaxConnections
	}
	// Compiling a statement takes longer than running any of ours.
	config.ConnConfig.RuntimeParams["jit"] = "off"
	config.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		encodeUUIDs(conn.TypeMap())
		_, err := conn.Exec(ctx, "SET ROLE "+AppRole)
		return err
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, Unreachable(err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, Unreachable(err)
	}
	// Roles belong to the server, so AppRole may exist in a database without tables.
	if _, err := pool.Exec(ctx, newestTable); err != nil {
		pool.Close()
		return nil, Translate(err)
	}
	opened := &DB{Pool: pool, Queries: sqlc.New(pool)}
	if err := requireKinds(ctx, opened.Queries); err != nil {
		pool.Close()
		return nil, err
	}
	return opened, nil
}

// newestTable fails if the last migration has not run.
const newestTable = "SELECT FROM audit.seals LIMIT 0"

// Close waits for running statements and closes the connections.
func (s *DB) Close() { s.Pool.Close() }

// InTx runs work in one read-committed transaction and commits it. An error of work rolls
// back and is returned as a fault. After a conflict work runs again, so it must assign its
// results and not add to them.
func (s *DB) InTx(ctx context.Context, work func(q *sqlc.Queries) error) error {
	return RetryConflicts(ctx, func() error {
		return Translate(pgx.BeginFunc(ctx, s.Pool, func(tx pgx.Tx) error {
			return work(s.Queries.WithTx(tx))
		}))
	})
}
