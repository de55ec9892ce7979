package temporalserver_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"

	"github.com/creditroll/creditroll/devstack/temporalserver"
)

func start(t *testing.T, options temporalserver.Options) *temporalserver.Server {
	t.Helper()
	server, err := temporalserver.Start(t.Context(), options)
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Stop(context.Background()) })
	return server
}

func clientOptions(address, namespace string) client.Options {
	return client.Options{
		HostPort:  address,
		Namespace: namespace,
		Logger:    sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	}
}

func dial(t *testing.T, address, namespace string) client.Client {
	t.Helper()
	connection, err := client.DialContext(t.Context(), clientOptions(address, namespace))
	require.NoError(t, err)
	t.Cleanup(connection.Close)
	return connection
}

const workflowID = "kept"

// startWorkflow starts a workflow that no worker runs, so that it stays open.
func startWorkflow(t *testing.T, address string) {
	t.Helper()
	_, err := dial(t, address, "default").ExecuteWorkflow(t.Context(),
		client.StartWorkflowOptions{ID: workflowID, TaskQueue: "without-workers"}, "Anything")
	require.NoError(t, err)
}

func requireWorkflow(t *testing.T, address string) {
	t.Helper()
	_, err := dial(t, address, "default").DescribeWorkflowExecution(t.Context(), workflowID, "")
	require.NoError(t, err)
}
