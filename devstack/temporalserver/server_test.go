package temporalserver_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"github.com/creditroll/creditroll/devstack/process/processtest"
	"github.com/creditroll/creditroll/devstack/temporalserver"
)

func TestNamespaceAndPage(t *testing.T) {
	t.Parallel()

	t.Run("keeps closed workflows of its namespace for 30 days", func(t *testing.T) {
		t.Parallel()
		server := start(t, temporalserver.Options{Namespace: "payments"})

		namespaces, err := client.NewNamespaceClient(clientOptions(server.Address(), "payments"))
		require.NoError(t, err)
		t.Cleanup(namespaces.Close)
		description, err := namespaces.Describe(t.Context(), "payments")

		require.NoError(t, err)
		require.Empty(t, server.UIURL())
		require.Equal(t, 720*time.Hour, description.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration())
	})

	t.Run("serves its web page when asked to", func(t *testing.T) {
		t.Parallel()
		server := start(t, temporalserver.Options{UI: true})

		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.UIURL(), nil)
		require.NoError(t, err)
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		defer func() { _ = response.Body.Close() }()

		require.Equal(t, http.StatusOK, response.StatusCode)
		require.Contains(t, response.Header.Get("Content-Type"), "text/html")
	})
}

func TestDatabaseFile(t *testing.T) {
	t.Parallel()

	t.Run("that is not a database gives the last lines of the server's log", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, "temporal.db"), []byte("not a database, but long enough to look"), 0o600))

		_, err := temporalserver.Start(t.Context(), temporalserver.Options{Dir: dir})

		require.ErrorContains(t, err, "file is not a database")
	})
}

func TestStartRefuses(t *testing.T) {
	t.Parallel()

	t.Run("a port of the web page that is taken", func(t *testing.T) {
		t.Parallel()
		port := processtest.TakenPort(t)

		_, err := temporalserver.Start(t.Context(), temporalserver.Options{UI: true, UIPort: port})

		require.ErrorContains(t, err, "is not free")
	})

	t.Run("a binary that does not exist", func(t *testing.T) {
		t.Parallel()

		_, err := temporalserver.Start(t.Context(), temporalserver.Options{Binary: "/nonexistent/temporal"})

		require.ErrorContains(t, err, "/nonexistent/temporal")
		require.ErrorIs(t, err, os.ErrNotExist)
	})

	t.Run("a binary of another program, with what that printed", func(t *testing.T) {
		t.Parallel()
		binary := filepath.Join(t.TempDir(), "temporal")
		require.NoError(t, os.WriteFile(binary, []byte("#!/bin/sh\necho \"no such command: $1\"\nexit 2\n"), 0o755))

		_, err := temporalserver.Start(t.Context(), temporalserver.Options{Binary: binary})

		require.ErrorContains(t, err, "no such command: server")
	})

	t.Run("to go on when there is no time left", func(t *testing.T) {
		t.Parallel()
		over, cancel := context.WithCancel(t.Context())
		cancel()

		_, err := temporalserver.Start(over, temporalserver.Options{})

		require.ErrorIs(t, err, context.Canceled)
	})
}
