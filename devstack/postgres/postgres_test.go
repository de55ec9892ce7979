package postgres_test

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/devstack/postgres"
)

func TestTemporaryServer(t *testing.T) {
	t.Parallel()

	t.Run("has the database creditroll, and a superuser who owns it", func(t *testing.T) {
		t.Parallel()
		server := start(t, postgres.Options{})

		require.Equal(t, "creditroll", query(t, server.URL(), "SELECT current_database()"))
		require.Equal(t, "on", query(t, server.URL(), "SELECT current_setting('is_superuser')"))
	})

	t.Run("refuses a connection with a wrong password", func(t *testing.T) {
		t.Parallel()
		server := start(t, postgres.Options{})
		address, err := url.Parse(server.URL())
		require.NoError(t, err)

		address.User = url.UserPassword("postgres", "guess")
		_, err = pgx.Connect(t.Context(), address.String())

		require.ErrorContains(t, err, "password authentication failed")
	})

	t.Run("stops in order while a client is in the middle of a query", func(t *testing.T) {
		t.Parallel()
		server := start(t, postgres.Options{})
		conn := connect(t, server.URL())
		sleeping := make(chan error, 1)
		go func() {
			_, err := conn.Exec(context.Background(), "SELECT pg_sleep(600)")
			sleeping <- err
		}()
		require.Eventually(t, func() bool {
			return query(t, server.URL(), "SELECT count(*)::text FROM pg_stat_activity WHERE wait_event = 'PgSleep'") == "1"
		}, time.Minute, 10*time.Millisecond)

		require.NoError(t, server.Stop(t.Context()))

		require.Error(t, <-sleeping)
		require.NoDirExists(t, server.Dir())
	})
}

func TestDataDirectory(t *testing.T) {
	t.Parallel()

	t.Run("keeps data across stop and start when commits wait for the disk", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		first := start(t, postgres.Options{Dir: dir, Durable: true})
		write(t, first.URL())
		require.NoError(t, first.Stop(t.Context()))

		second := start(t, postgres.Options{Dir: dir, Durable: true})

		requireWritten(t, second.URL())
		require.Equal(t, "on", query(t, second.URL(), "SHOW fsync"))
	})

	t.Run("starts although the process id of the killed server was reused", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		first := start(t, postgres.Options{Dir: dir})
		lockFile := filepath.Join(dir, "data", "postmaster.pid")
		left, err := os.ReadFile(lockFile)
		require.NoError(t, err)
		require.NoError(t, first.Kill())
		reused := startSleeper(t)
		require.NoError(t, os.WriteFile(lockFile, withPID(left, reused), 0o600))

		second := start(t, postgres.Options{Dir: dir})

		require.Equal(t, "creditroll", query(t, second.URL(), "SELECT current_database()"))
	})

	t.Run("starts over after an initdb that was interrupted", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		require.NoError(t, os.MkdirAll(filepath.Join(dir, "initializing", "base"), 0o700))

		server := start(t, postgres.Options{Dir: dir})

		require.Equal(t, "creditroll", query(t, server.URL(), "SELECT current_database()"))
	})

	t.Run("of another major version is refused and left as it is", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		version := filepath.Join(dir, "data", "PG_VERSION")
		require.NoError(t, os.MkdirAll(filepath.Dir(version), 0o700))
		require.NoError(t, os.WriteFile(version, []byte("9\n"), 0o600))

		_, err := postgres.Start(t.Context(), postgres.Options{Dir: dir})

		require.ErrorContains(t, err, "written by PostgreSQL 9")
		require.ErrorContains(t, err, "Install PostgreSQL 9, or move")
		require.FileExists(t, version)
	})

	t.Run("that is damaged gives the last lines of the server's log", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		first := start(t, postgres.Options{Dir: dir})
		require.NoError(t, first.Stop(t.Context()))
		require.NoError(t, os.Remove(filepath.Join(dir, "data", "global", "pg_control")))

		_, err := postgres.Start(t.Context(), postgres.Options{Dir: dir})

		require.ErrorContains(t, err, "could not find the database system")
	})
}

func TestStartRefuses(t *testing.T) {
	t.Parallel()

	t.Run("a directory of programs without a server", func(t *testing.T) {
		t.Parallel()

		_, err := postgres.Start(t.Context(), postgres.Options{BinDir: t.TempDir()})

		require.ErrorContains(t, err, "no PostgreSQL server in")
	})
}
