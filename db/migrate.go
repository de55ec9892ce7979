package db

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"github.com/creditroll/creditroll/db/internal/sqlc"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrate brings the schema of url up to date. The role that logs in becomes its owner. Migrate
// is idempotent and safe to run from several processes at once.
func Migrate(ctx context.Context, url string) error {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return invalidURL(err)
	}
	connection := stdlib.OpenDB(*config)
	defer func() { _ = connection.Close() }()
	if err := connection.PingContext(ctx); err != nil {
		return Unreachable(err)
	}
	// Two processes that migrate the same fresh database would both create the version table.
	lock, err := connection.Conn(ctx)
	if err != nil {
		return Unreachable(err)
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
