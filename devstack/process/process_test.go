package process_test

import (
	"bytes"
	"context"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/devstack/process"
)

func TestProcess(t *testing.T) {
	t.Parallel()

	t.Run("that ends by itself quotes its last lines, and passes all of them to the log", func(t *testing.T) {
		t.Parallel()
		var log bytes.Buffer

		p, err := process.Start(shell("echo to stdout; echo to stderr >&2; exit 3", func(s *process.Spec) { s.Log = &log }))
		require.NoError(t, err)
		<-p.Done()

		require.ErrorContains(t, p.Err(), "exit status 3")
		require.ErrorContains(t, p.Err(), "to stdout")
		require.ErrorContains(t, p.Err(), "to stderr")
		require.Equal(t, "to stdout\nto stderr\n", log.String())
	})

	t.Run("that ends by itself with status 0 is an error too", func(t *testing.T) {
		t.Parallel()

		p, err := process.Start(shell("exit 0"))
		require.NoError(t, err)
		<-p.Done()

		require.ErrorContains(t, p.Err(), "exit status 0")
	})

	t.Run("that prints very much has only its last lines kept", func(t *testing.T) {
		t.Parallel()

		p, err := process.Start(shell("i=0; while [ $i -lt 3000 ]; do echo line-$i; i=$((i+1)); done"))
		require.NoError(t, err)
		<-p.Done()

		require.Contains(t, p.LastLines(), "line-2999")
		require.NotContains(t, p.LastLines(), "line-2000\n")
	})

	t.Run("that ignores the signals of all steps is killed", func(t *testing.T) {
		t.Parallel()
		p := startDeaf(t)

		err := p.Stop(t.Context(),
			process.Step{Signal: syscall.SIGINT, WaitMax: time.Millisecond},
			process.Step{Signal: syscall.SIGTERM, WaitMax: time.Millisecond})

		require.NoError(t, err)
		require.False(t, process.Alive(p.PID()))
	})

	t.Run("gets only the last signal when the time to stop is over", func(t *testing.T) {
		t.Parallel()
		p := startDeaf(t)
		over, cancel := context.WithCancel(t.Context())
		cancel()

		err := p.Stop(over,
			process.Step{Signal: syscall.SIGINT, WaitMax: time.Hour},
			process.Step{Signal: syscall.SIGQUIT, WaitMax: time.Hour})

		require.NoError(t, err)
		require.ErrorContains(t, p.Err(), "stopped by SIGQUIT")
	})

	t.Run("that is killed ends with its children", func(t *testing.T) {
		t.Parallel()
		p, err := process.Start(shell("sleep 600 & sleep 600 & echo started; wait"))
		require.NoError(t, err)
		require.Eventually(t, func() bool { return p.LastLines() == "started" }, time.Minute, time.Millisecond)

		require.NoError(t, p.Kill()) // returns only when no process holds the pipe of the output

		<-p.Done()
	})

	t.Run("that does not exist is named", func(t *testing.T) {
		t.Parallel()

		_, err := process.Start(process.Spec{Name: "Nothing", Path: "/nonexistent/program"})

		require.ErrorContains(t, err, "start Nothing")
		require.ErrorIs(t, err, os.ErrNotExist)
	})

	t.Run("that should end by itself is killed when its context ends", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()

		err := process.Run(ctx, shell("sleep 600"))

		require.ErrorIs(t, err, context.Canceled)
	})
}

func TestClaim(t *testing.T) {
	t.Parallel()

	t.Run("excludes others until it is released", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		first, err := process.ClaimDir(t.Context(), dir)
		require.NoError(t, err)

		_, err = process.ClaimDir(t.Context(), dir)
		var inUse *process.InUseError
		require.ErrorAs(t, err, &inUse)
		require.Equal(t, os.Getpid(), inUse.OwnerPID)
		first.Release()
		second, err := process.ClaimDir(t.Context(), dir)

		require.NoError(t, err)
		second.Release()
	})

	t.Run("lasts as long as the server does, though it was released", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		claim, err := process.ClaimDir(t.Context(), dir)
		require.NoError(t, err)
		server, err := process.Start(shell("sleep 600", func(s *process.Spec) { s.Claim = claim }))
		require.NoError(t, err)
		claim.Release()

		_, err = process.ClaimDir(t.Context(), dir)
		var inUse *process.InUseError
		require.ErrorAs(t, err, &inUse)
		require.Equal(t, server.PID(), inUse.ServerPID)
		require.NoError(t, server.Kill())
		again, err := process.ClaimDir(t.Context(), dir)

		require.NoError(t, err)
		again.Release()
	})
}

func TestTempDir(t *testing.T) {
	t.Parallel()

	t.Run("removes what killed programs left, but nothing that is in use, new or not ours", func(t *testing.T) {
		t.Parallel()
		base := t.TempDir()
		longAgo := time.Now().Add(-time.Hour)
		old := func(name string) string {
			dir := filepath.Join(base, name)
			require.NoError(t, os.Mkdir(dir, 0o700))
			require.NoError(t, os.Chtimes(dir, longAgo, longAgo))
			return dir
		}
		abandoned, other := old("server-1"), old("other-1")
		used := old("server-2")
		claim, err := process.ClaimDir(t.Context(), used)
		require.NoError(t, err)
		t.Cleanup(claim.Release)
		require.NoError(t, os.Chtimes(used, longAgo, longAgo))
		link := filepath.Join(base, "server-3")
		require.NoError(t, os.Symlink(other, link))

		first, err := process.TempDir(base, "server-")
		require.NoError(t, err)
		second, err := process.TempDir(base, "server-")
		require.NoError(t, err)

		require.NoDirExists(t, abandoned)
		for _, kept := range []string{other, used, first, second} {
			require.DirExists(t, kept)
		}
		_, err = os.Lstat(link)
		require.NoError(t, err)
		require.NoFileExists(t, filepath.Join(other, "claim"))
	})
}

func TestPorts(t *testing.T) {
	t.Parallel()

	t.Run("are all different", func(t *testing.T) {
		t.Parallel()

		ports, err := process.FreePorts(3)

		require.NoError(t, err)
		require.Len(t, map[int]bool{ports[0]: true, ports[1]: true, ports[2]: true}, 3)
	})

	t.Run("in use are refused", func(t *testing.T) {
		t.Parallel()
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		t.Cleanup(func() { _ = listener.Close() })

		err = process.CheckPort(listener.Addr().(*net.TCPAddr).Port)

		require.ErrorContains(t, err, "is not free")
	})
}

func TestUserBarrier(t *testing.T) {
	t.Parallel()

	t.Run("is the topmost closed directory above a path, and never the path itself", func(t *testing.T) {
		t.Parallel()
		stranger := &process.User{Name: "stranger", UID: 4_000_000_001, GID: 4_000_000_001}
		top := t.TempDir()
		require.NoError(t, os.Chmod(filepath.Dir(top), 0o711))
		closed := filepath.Join(top, "closed")
		require.NoError(t, os.MkdirAll(filepath.Join(closed, "alsoClosed"), 0o700))

		require.Equal(t, closed, stranger.Barrier(filepath.Join(closed, "alsoClosed", "end")))
		require.Empty(t, stranger.Barrier(closed))
	})
}

func shell(script string, changes ...func(*process.Spec)) process.Spec {
	spec := process.Spec{Name: "script", Path: "/bin/sh", Args: []string{"-c", script}}
	for _, change := range changes {
		change(&spec)
	}
	return spec
}

// startDeaf returns a process that ignores every signal but SIGQUIT and SIGKILL.
func startDeaf(t *testing.T) *process.Process {
	t.Helper()
	p, err := process.Start(shell(`trap "" INT TERM; trap "echo stopped by SIGQUIT; exit" QUIT; echo deaf; while :; do sleep 0.01; done`))
	require.NoError(t, err)
	t.Cleanup(func() { _ = p.Kill() })
	require.Eventually(t, func() bool { return p.LastLines() == "deaf" }, time.Minute, time.Millisecond)
	return p
}
