package postgres_test

import (
	"bytes"
	"context"
	"os/exec"
	"strconv"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/devstack/postgres"
)

func start(t *testing.T, options postgres.Options) *postgres.Server {
	t.Helper()
	server, err := postgres.Start(t.Context(), options)
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Stop(context.Background()) })
	return server
}

func connect(t *testing.T, address string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func query(t *testing.T, address, sql string) string {
	t.Helper()
	var answer string
	require.NoError(t, connect(t, address).QueryRow(t.Context(), sql).Scan(&answer))
	return answer
}

func write(t *testing.T, address string) {
	t.Helper()
	_, err := connect(t, address).Exec(t.Context(), "CREATE TABLE words AS SELECT 'kept' AS word")
	require.NoError(t, err)
}

// startSleeper returns the id of a process that is not a PostgreSQL server.
func startSleeper(t *testing.T) int {
	t.Helper()
	sleeper := exec.Command("sleep", "600")
	require.NoError(t, sleeper.Start())
	t.Cleanup(func() {
		_ = sleeper.Process.Kill()
		_ = sleeper.Wait()
	})
	return sleeper.Process.Pid
}

func withPID(lockFile []byte, pid int) []byte {
	_, rest, _ := bytes.Cut(lockFile, []byte("\n"))
	return append([]byte(strconv.Itoa(pid)+"\n"), rest...)
}
