package temporalserver_test

import (
	"context"
	"syscall"
	"testing"

	"github.com/creditroll/creditroll/devstack/process/processtest"
	"github.com/creditroll/creditroll/devstack/temporalserver"
)

var subject = processtest.Subject[*temporalserver.Server]{
	Start: func(ctx context.Context, options processtest.Options) (*temporalserver.Server, error) {
		return temporalserver.Start(ctx, temporalserver.Options{Dir: options.Dir, Port: options.Port})
	},
	Address:        (*temporalserver.Server).Address,
	Write:          startWorkflow,
	RequireWritten: requireWorkflow,
	Crash:          syscall.SIGKILL,
	CrashMessage:   "killed",
}

func TestMain(m *testing.M) { processtest.Main(m, subject) }

func TestServer(t *testing.T) {
	t.Parallel()
	processtest.Run(t, subject)
}
