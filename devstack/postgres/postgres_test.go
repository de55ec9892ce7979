package postgres_test

import (
	"context"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/devstack/postgres"
	"github.com/creditroll/creditroll/devstack/process"
)

func TestThrowAwayServer(t *testing.T) {
	t.Parallel()

	t.Run("accepts connections to the database until it is stopped, and leaves nothing behind", func(t *testing.T) {
		t.Parallel()
		server := start(t, postgres.Options{})

		database := query(t, server.URL(), "SELECT current_database()")
		require.Equal(t, "creditroll", database)
		require.Equal(t, "on", query(t, server.URL(), "SELECT current_setting('is_superuser')"))

		require.NoError(t, server.Stop(t.Context()))

		require.NoDirExists(t, server.Dir())
		require.False(t, process.Alive(server.PID()))
	})

	t.Run("refuses whoever does not know the password", func(t *testing.T) {
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

	t.Run("is stopped at once when there is no time left to stop it in order", func(t *testing.T) {
		t.Parallel()
		server := start(t, postgres.Options{})
		hurry, cancel := context.WithCancel(t.Context())
		cancel()

		require.NoError(t, server.Stop(hurry))

		require.False(t, process.Alive(server.PID()))
	})

	t.Run("tells when it ends without being asked", func(t *testing.T) {
		t.Parallel()
		server := start(t, postgres.Options{})
		require.NoError(t, server.Err())

		require.NoError(t, syscall.Kill(server.PID(), syscall.SIGQUIT))

		<-server.Done()
		require.ErrorContains(t, server.Err(), "received immediate shutdown request")
	})
}

func TestDataDirectory(t *testing.T) {
	t.Parallel()

	t.Run("keeps what was written, across stop and start", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		first := start(t, postgres.Options{Dir: dir, Durable: true})
		write(t, first.URL())
		require.NoError(t, first.Stop(t.Context()))

		second := start(t, postgres.Options{Dir: dir, Durable: true})

		require.Equal(t, "kept", query(t, second.URL(), "SELECT word FROM words"))
		require.Equal(t, "on", query(t, second.URL(), "SHOW fsync"))
	})

	t.Run("keeps an acknowledged write when the server is killed, durable or not", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		first := start(t, postgres.Options{Dir: dir})
		write(t, first.URL())
		require.NoError(t, first.Kill())

		second := start(t, postgres.Options{Dir: dir, Port: first.Port()})

		require.Equal(t, "kept", query(t, second.URL(), "SELECT word FROM words"))
	})

	t.Run("survives a kill -9 of the program that started the server, which takes the server with it", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		child, pid, address := startChild(t, dir)
		write(t, address)

		require.NoError(t, child.Process.Kill())
		_ = child.Wait()

		// The claim is held by whatever is left of the server.
		claim, err := process.ClaimDir(t.Context(), dir)
		require.NoError(t, err)
		claim.Release()
		require.False(t, process.Alive(pid))
		again := start(t, postgres.Options{Dir: dir})
		require.Equal(t, "kept", query(t, again.URL(), "SELECT word FROM words"))
	})

	t.Run("is refused while a server runs on it, naming that server", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		server := start(t, postgres.Options{Dir: dir})

		_, err := postgres.Start(t.Context(), postgres.Options{Dir: dir})

		var inUse *process.InUseError
		require.ErrorAs(t, err, &inUse)
		require.Equal(t, server.PID(), inUse.ServerPID)
		require.Equal(t, "creditroll", query(t, server.URL(), "SELECT current_database()"))
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

	t.Run("begins anew after an initdb that was interrupted", func(t *testing.T) {
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
		require.ErrorContains(t, err, "install PostgreSQL 9, or move")
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

	t.Run("a port that is taken", func(t *testing.T) {
		t.Parallel()
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		t.Cleanup(func() { _ = listener.Close() })

		_, err = postgres.Start(t.Context(), postgres.Options{Port: listener.Addr().(*net.TCPAddr).Port})

		require.ErrorContains(t, err, "is not free")
		require.ErrorContains(t, err, "choose another port")
	})

	t.Run("a directory of programs that holds no server", func(t *testing.T) {
		t.Parallel()

		_, err := postgres.Start(t.Context(), postgres.Options{BinDir: t.TempDir()})

		require.ErrorContains(t, err, "no PostgreSQL server in")
	})
}
