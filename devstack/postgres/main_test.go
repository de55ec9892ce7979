package postgres_test

import (
	"context"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/devstack/postgres"
	"github.com/creditroll/creditroll/devstack/process/processtest"
)

var subject = processtest.Subject[*postgres.Server]{
	Start: func(ctx context.Context, options processtest.Options) (*postgres.Server, error) {
		return postgres.Start(ctx, postgres.Options{Dir: options.Dir, Port: options.Port})
	},
	Address:        (*postgres.Server).URL,
	Write:          write,
	RequireWritten: requireWritten,
	Crash:          syscall.SIGQUIT,
	CrashMessage:   "received immediate shutdown request",
}

func TestMain(m *testing.M) { processtest.Main(m, subject) }

func TestServer(t *testing.T) {
	t.Parallel()
	processtest.Run(t, subject)
}

func requireWritten(t *testing.T, address string) {
	t.Helper()
	require.Equal(t, "kept", query(t, address, "SELECT word FROM words"))
}
