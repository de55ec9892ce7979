// Package processtest holds the tests that every server of the dev stack passes as a child
// process: it starts and stops, comes back after a crash, ends with the program that started
// it, leaves no process and no directory, and shares its directory with no other server.
//
// A package of a server calls [Main] from its TestMain and [Run] from one of its tests.
package processtest

import (
	"context"
	"math/rand/v2"
	"net"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/devstack/process"
)

// Server is what the suite calls of a server.
type Server interface {
	PID() int
	Dir() string
	Done() <-chan struct{}
	Err() error
	Stop(ctx context.Context) error
	Kill() error
}

// Options say where a server is to run. Zero values stand for a directory that is removed
// with the server, and for a free port.
type Options struct {
	Dir  string
	Port int
}

// Subject is a server under test.
type Subject[S Server] struct {
	Start func(ctx context.Context, options Options) (S, error)
	// Address returns where the server answers.
	Address func(server S) string
	// Write leaves data with the server at an address, and RequireWritten fails unless they
	// are there.
	Write          func(t *testing.T, address string)
	RequireWritten func(t *testing.T, address string)
	// Crash is a signal that ends the server, and CrashMessage is what Err then contains.
	Crash        syscall.Signal
	CrashMessage string
}

// Run runs the suite.
func Run[S Server](t *testing.T, subject Subject[S]) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, Subject[S]){
		"serves until it is stopped, and then leaves no process and no directory":            servesUntilStopped[S],
		"is stopped at once when there is no time left to stop it in order":                  stopsInHurry[S],
		"reports an end that nothing asked for":                                              reportsItsEnd[S],
		"keeps data across stop and start":                                                   keepsDataAcrossStop[S],
		"keeps data when it is killed, and starts on the same port again":                    keepsDataAcrossKill[S],
		"ends with the program that started it, even by kill -9, and keeps the data":         endsWithParent[S],
		"refuses a directory on which another server runs, names it, and leaves it as it is": refusesDirectoryInUse[S],
		"refuses a port on which another program listens":                                    refusesTakenPort[S],
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, subject)
		})
	}
}

func (s Subject[S]) start(t *testing.T, options Options) S {
	t.Helper()
	server, err := s.Start(t.Context(), options)
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Stop(context.Background()) })
	return server
}

func servesUntilStopped[S Server](t *testing.T, subject Subject[S]) {
	server := subject.start(t, Options{})
	subject.Write(t, subject.Address(server))
	subject.RequireWritten(t, subject.Address(server))
	require.DirExists(t, server.Dir())

	require.NoError(t, server.Stop(t.Context()))

	require.NoDirExists(t, server.Dir())
	require.False(t, process.Alive(server.PID()))
}

func stopsInHurry[S Server](t *testing.T, subject Subject[S]) {
	server := subject.start(t, Options{})
	over, cancel := context.WithCancel(t.Context())
	cancel()

	require.NoError(t, server.Stop(over))

	require.False(t, process.Alive(server.PID()))
}

func reportsItsEnd[S Server](t *testing.T, subject Subject[S]) {
	server := subject.start(t, Options{})
	require.NoError(t, server.Err())

	require.NoError(t, syscall.Kill(server.PID(), subject.Crash))

	<-server.Done()
	require.ErrorContains(t, server.Err(), subject.CrashMessage)
}

func keepsDataAcrossStop[S Server](t *testing.T, subject Subject[S]) {
	dir := t.TempDir()
	first := subject.start(t, Options{Dir: dir})
	subject.Write(t, subject.Address(first))
	require.NoError(t, first.Stop(t.Context()))

	second := subject.start(t, Options{Dir: dir})

	subject.RequireWritten(t, subject.Address(second))
}

func keepsDataAcrossKill[S Server](t *testing.T, subject Subject[S]) {
	options := Options{Dir: t.TempDir(), Port: SteadyPort(t)}
	first := subject.start(t, options)
	subject.Write(t, subject.Address(first))
	require.NoError(t, first.Kill())

	second := subject.start(t, options)

	require.Equal(t, subject.Address(first), subject.Address(second))
	subject.RequireWritten(t, subject.Address(second))
}

func endsWithParent[S Server](t *testing.T, subject Subject[S]) {
	dir := t.TempDir()
	parent, pid, address := startParent(t, dir)
	subject.Write(t, address)

	require.NoError(t, parent.Process.Kill())
	_ = parent.Wait()

	// What is left of the server holds the claim.
	claim, err := process.ClaimDir(t.Context(), dir)
	require.NoError(t, err)
	claim.Release()
	require.False(t, process.Alive(pid))
	again := subject.start(t, Options{Dir: dir})
	subject.RequireWritten(t, subject.Address(again))
}

func refusesDirectoryInUse[S Server](t *testing.T, subject Subject[S]) {
	dir := t.TempDir()
	server := subject.start(t, Options{Dir: dir})
	subject.Write(t, subject.Address(server))

	_, err := subject.Start(t.Context(), Options{Dir: dir})

	var inUse *process.InUseError
	require.ErrorAs(t, err, &inUse)
	require.Equal(t, server.PID(), inUse.ServerPID)
	subject.RequireWritten(t, subject.Address(server))
}

func refusesTakenPort[S Server](t *testing.T, subject Subject[S]) {
	_, err := subject.Start(t.Context(), Options{Port: TakenPort(t)})

	require.ErrorContains(t, err, "is not free")
	require.ErrorContains(t, err, "choose another port")
}

// TakenPort returns a port on which another program listens for the time of the test.
func TakenPort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	return listener.Addr().(*net.TCPAddr).Port
}

// Steady ports are outside of the range from which the kernel takes the ports of connections.
const (
	steadyPortMin   = 12000
	steadyPortCount = 18000
)

// Programs that test at the same time begin at different ports.
var steadyPorts = rand.N(int64(steadyPortCount)) //nolint:gosec // a port is not a secret

// SteadyPort returns a free port that no other test of this program gets, and that is still
// free when a killed server comes back.
func SteadyPort(t *testing.T) int {
	t.Helper()
	for range steadyPortCount {
		port := steadyPortMin + int(atomic.AddInt64(&steadyPorts, 1)%steadyPortCount)
		if process.CheckPort(port) == nil {
			return port
		}
	}
	t.Fatalf("no free port between %d and %d", steadyPortMin, steadyPortMin+steadyPortCount)
	return 0
}
