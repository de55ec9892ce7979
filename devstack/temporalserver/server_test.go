package temporalserver_test

import (
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"github.com/creditroll/creditroll/devstack/process"
	"github.com/creditroll/creditroll/devstack/temporalserver"
)

func TestThrowAwayServer(t *testing.T) {
	t.Parallel()

	t.Run("starts workflows until it is stopped, and leaves nothing behind", func(t *testing.T) {
		t.Parallel()
		server := start(t, temporalserver.Options{})
		require.Empty(t, server.UIURL())

		startWorkflow(t, server.Address(), "first")
		requireWorkflow(t, server.Address(), "first")
		require.NoError(t, server.Stop(t.Context()))

		require.NoDirExists(t, server.Dir())
		require.False(t, process.Alive(server.PID()))
	})

	t.Run("keeps closed workflows of its namespace for 30 days", func(t *testing.T) {
		t.Parallel()
		server := start(t, temporalserver.Options{Namespace: "payments"})

		namespaces, err := client.NewNamespaceClient(clientOptions(server.Address(), "payments"))
		require.NoError(t, err)
		t.Cleanup(namespaces.Close)
		description, err := namespaces.Describe(t.Context(), "payments")

		require.NoError(t, err)
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

	t.Run("tells when it ends without being asked", func(t *testing.T) {
		t.Parallel()
		server := start(t, temporalserver.Options{})
		require.NoError(t, server.Err())

		require.NoError(t, syscall.Kill(server.PID(), syscall.SIGKILL))

		<-server.Done()
		require.ErrorContains(t, server.Err(), "killed")
	})
}

func TestDatabaseFile(t *testing.T) {
	t.Parallel()

	t.Run("keeps workflows across stop and start", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		first := start(t, temporalserver.Options{Dir: dir})
		startWorkflow(t, first.Address(), "kept")
		require.NoError(t, first.Stop(t.Context()))

		second := start(t, temporalserver.Options{Dir: dir})

		requireWorkflow(t, second.Address(), "kept")
	})

	t.Run("keeps workflows when the server is killed", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		first := start(t, temporalserver.Options{Dir: dir})
		startWorkflow(t, first.Address(), "kept")
		require.NoError(t, first.Kill())

		second := start(t, temporalserver.Options{Dir: dir})

		requireWorkflow(t, second.Address(), "kept")
	})

	t.Run("survives a kill -9 of the program that started the server, which takes the server with it", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		child, pid, address := startChild(t, dir)
		startWorkflow(t, address, "kept")

		require.NoError(t, child.Process.Kill())
		_ = child.Wait()

		// The claim is held by whatever is left of the server.
		claim, err := process.ClaimDir(t.Context(), dir)
		require.NoError(t, err)
		claim.Release()
		require.False(t, process.Alive(pid))
		again := start(t, temporalserver.Options{Dir: dir})
		requireWorkflow(t, again.Address(), "kept")
	})

	t.Run("is refused while a server runs on it, naming that server", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		server := start(t, temporalserver.Options{Dir: dir})

		_, err := temporalserver.Start(t.Context(), temporalserver.Options{Dir: dir})

		var inUse *process.InUseError
		require.ErrorAs(t, err, &inUse)
		require.Equal(t, server.PID(), inUse.ServerPID)
	})

	t.Run("that is no database gives the last lines of the server's log", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, "temporal.db"), []byte("not a database, but long enough to look"), 0o600))

		_, err := temporalserver.Start(t.Context(), temporalserver.Options{Dir: dir})

		require.ErrorContains(t, err, "file is not a database")
	})
}

func TestStartRefuses(t *testing.T) {
	t.Parallel()

	t.Run("a port that is taken", func(t *testing.T) {
		t.Parallel()
		port := takenPort(t)

		_, err := temporalserver.Start(t.Context(), temporalserver.Options{Port: port})

		require.ErrorContains(t, err, "is not free")
	})

	t.Run("a port of the web page that is taken", func(t *testing.T) {
		t.Parallel()
		port := takenPort(t)

		_, err := temporalserver.Start(t.Context(), temporalserver.Options{UI: true, UIPort: port})

		require.ErrorContains(t, err, "is not free")
	})

	t.Run("a binary that does not exist", func(t *testing.T) {
		t.Parallel()

		_, err := temporalserver.Start(t.Context(), temporalserver.Options{Binary: "/nonexistent/temporal"})

		require.ErrorContains(t, err, "/nonexistent/temporal")
		require.ErrorIs(t, err, os.ErrNotExist)
	})

	t.Run("a binary that is something else, with what that printed", func(t *testing.T) {
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

func takenPort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	return listener.Addr().(*net.TCPAddr).Port
}
