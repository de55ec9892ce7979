// Package db is the only way to the database: one file an entity, SQL in queries/, generated
// code in internal/sqlc. Every exported method is one transaction or one statement, and
// returns faults (db/errors.go) that name what is wrong.
package db

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/ledger"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Roles made by the migrations. Neither can log in: a login role becomes a member.
const (
	AppRole   = "creditroll_app"
	AuditRole = "creditroll_audit"
)

// Store reads and writes through one pool of connections that act as AppRole.
type Store struct {
	pool    *pgxpool.Pool
	queries *sqlc.Queries
	// accounts are ids by code, earners the accounts that a clip's earnings go to.
	accounts *remembered[ledger.Account, int64]
	earners  *remembered[string, []ledger.Account]
	commits  *commitGroups
}

// Options tune a Store.
type Options struct {
	// MaxConnections of the pool; zero leaves the driver's default.
	MaxConnections int32
}

// Open connects to url and acts as AppRole from then on, whoever logged in: the process
// that serves traffic has no right to change a ledger row. It returns fault.Unavailable
// when the database cannot be reached, fault.Conflict "not_migrated" when the schema is
// missing or old, and fault.Denied "not_a_member" when the login may not act as AppRole.
func Open(ctx context.Context, url string, options Options) (*Store, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, invalidURL(err)
	}
	if options.MaxConnections > 0 {
		config.MaxConns = options.MaxConnections
	}
	// No statement here runs long enough to be worth compiling.
	config.ConnConfig.RuntimeParams["jit"] = "off"
	config.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		encodeUUIDs(conn.TypeMap())
		_, err := conn.Exec(ctx, "SET ROLE "+AppRole)
		return err
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, unreachable(err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, unreachable(err)
	}
	// Roles outlive databases: that the role is there does not mean that the tables are.
	if _, err := pool.Exec(ctx, newestTable); err != nil {
		pool.Close()
		return nil, translate(err)
	}
	store := &Store{
		pool: pool, queries: sqlc.New(pool),
		accounts: newRemembered[ledger.Account, int64](200_000), earners: newRemembered[string, []ledger.Account](50_000),
	}
	if err := requireKinds(ctx, store.queries); err != nil {
		pool.Close()
		return nil, err
	}
	store.commits = newCommitGroups(store)
	return store, nil
}

// newestTable fails where the last migration has not run.
const newestTable = "SELECT FROM audit.seals LIMIT 0"

// Close waits for running statements and closes the connections.
func (s *Store) Close() { s.pool.Close() }

// inTx runs work in one read-committed transaction and commits it; an error rolls back.
// work may run more than once, and must set what it returns instead of adding to it.
func (s *Store) inTx(ctx context.Context, work func(q *sqlc.Queries) error) error {
	return retryConflicts(ctx, func() error {
		return translate(pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
			return work(s.queries.WithTx(tx))
		}))
	})
}

// Migrate brings the schema of url up to date as the role that logs in, which becomes its
// owner. It is idempotent and safe to run from several processes at once.
func Migrate(ctx context.Context, url string) error {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return invalidURL(err)
	}
	connection := stdlib.OpenDB(*config)
	defer func() { _ = connection.Close() }()
	if err := connection.PingContext(ctx); err != nil {
		return unreachable(err)
	}
	// Two processes that migrate the same fresh database would both create the version table.
	lock, err := connection.Conn(ctx)
	if err != nil {
		return unreachable(err)
	}
	defer func() { _ = lock.Close() }()
	if _, err := lock.ExecContext(ctx, "SELECT pg_advisory_lock(hashtext('creditroll migrate'))"); err != nil {
		return fmt.Errorf("lock migrations: %w", err)
	}
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return fmt.Errorf("read embedded migrations: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, connection, files)
	if err != nil {
		return fmt.Errorf("read embedded migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if err := lock.Raw(func(driver any) error { return storeKinds(ctx, sqlc.New(driver.(*stdlib.Conn).Conn())) }); err != nil {
		return fmt.Errorf("store the kinds of journal entries: %w", err)
	}
	_, err = ensurePartitions(ctx, func(ctx context.Context, parent string) (made int32, err error) {
		err = lock.QueryRowContext(ctx, "SELECT ensure_partitions($1, now() + $2::interval)", parent, PartitionsAhead.String()).Scan(&made)
		return made, err
	})
	return err
}
