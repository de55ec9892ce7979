package processtest

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

// parentDir names the variable that turns the test binary into a program which starts a
// server on that directory, and then waits to be killed.
const parentDir = "CREDITROLL_TEST_SERVER_DIR"

// Main is the body of TestMain.
func Main[S Server](m *testing.M, subject Subject[S]) {
	if dir := os.Getenv(parentDir); dir != "" { //nolint:forbidigo // this is the body of a TestMain
		runParent(subject, dir)
	}
	os.Exit(m.Run())
}

func runParent[S Server](subject Subject[S], dir string) {
	server, err := subject.Start(context.Background(), Options{Dir: dir})
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	fmt.Println(server.PID(), subject.Address(server))
	select {}
}

// startParent returns a program that runs a server on dir, with the process id and the
// address of that server.
func startParent(t *testing.T, dir string) (parent *exec.Cmd, pid int, address string) {
	t.Helper()
	parent = exec.Command(os.Args[0]) //nolint:gosec // the test binary runs itself
	parent.Env = append(os.Environ(), parentDir+"="+dir)
	parent.Stderr = os.Stderr
	stdout, err := parent.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, parent.Start())
	t.Cleanup(func() {
		_ = parent.Process.Kill()
		_ = parent.Wait()
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	_, err = fmt.Sscan(line, &pid, &address)
	require.NoError(t, err, line)
	return parent, pid, address
}
