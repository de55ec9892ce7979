package temporalserver_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/devstack/temporalserver"
)

// childDir names the variable that turns the test binary into a program which starts a
// server there and waits to be killed.
const childDir = "CREDITROLL_TEST_TEMPORAL_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		runChild(dir)
	}
	os.Exit(m.Run())
}

func runChild(dir string) {
	server, err := temporalserver.Start(context.Background(), temporalserver.Options{Dir: dir})
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	fmt.Println(server.PID(), server.Address())
	select {}
}

// startChild returns a program that runs a server on dir, with the process id and the
// address of that server.
func startChild(t *testing.T, dir string) (child *exec.Cmd, pid int, address string) {
	t.Helper()
	child = exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childDir+"="+dir)
	child.Stderr = os.Stderr
	stdout, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	t.Cleanup(func() {
		_ = child.Process.Kill()
		_ = child.Wait()
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	require.NoError(t, err)
	_, err = fmt.Sscan(line, &pid, &address)
	require.NoError(t, err, line)
	return child, pid, address
}
