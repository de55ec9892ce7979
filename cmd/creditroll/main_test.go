package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creditroll/creditroll/devstack"
)

// asCommand makes the test binary act as the command. The processes that these tests start and
// kill are then the code under test, built once.
const asCommand = "CREDITROLL_TEST_AS_COMMAND"

// worldsAtOnce is how many worlds run in parallel. They mostly wait for the engine to notice a
// killed worker, so there are more worlds than processors. All share one engine, whose schedules
// take most of a processor.
const worldsAtOnce = "8"

const stackTimeout = 5 * time.Minute

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
		return
	}
	flag.Parse()
	if !given("test.parallel") {
		_ = flag.Set("test.parallel", worldsAtOnce)
	}
	code := m.Run()
	if err := errors.Join(stopStack(), nothingRuns()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = max(code, 1)
	}
	os.Exit(code)
}

func given(name string) bool {
	found := false
	flag.Visit(func(f *flag.Flag) { found = found || f.Name == name })
	return found
}

// shared are the servers of all worlds. Each world has its own database, namespace and
// simulators. If this program panics, the kernel ends the servers too.
var shared struct {
	once  sync.Once
	stack *devstack.Stack
	err   error
}

// sharedStack returns a database server and a Temporal server. The first call starts them.
func sharedStack(t *testing.T) *devstack.Stack {
	t.Helper()
	shared.once.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), stackTimeout)
		defer cancel()
		shared.stack, shared.err = devstack.StartServers(ctx, devstack.Options{})
	})
	if shared.err != nil {
		t.Fatal("start the servers of all worlds:", shared.err)
	}
	return shared.stack
}

func stopStack() error {
	if shared.stack == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), stackTimeout)
	defer cancel()
	return shared.stack.Stop(ctx)
}

// nothingRuns returns an error that names the processes that the tests did not stop.
func nothingRuns() error {
	threads, _ := filepath.Glob("/proc/" + strconv.Itoa(os.Getpid()) + "/task/*/children")
	var left []string
	for _, thread := range threads {
		children, _ := os.ReadFile(thread)
		for _, child := range strings.Fields(string(children)) {
			command, _ := os.ReadFile("/proc/" + child + "/cmdline")
			left = append(left, child+" "+strings.ReplaceAll(string(command), "\x00", " "))
		}
	}
	if len(left) == 0 {
		return nil
	}
	return fmt.Errorf("the tests did not stop their processes: %s", strings.Join(left, "; "))
}

// temporalBinary is the CLI of an operator: the one on PATH, or the one that the stack has
// built.
func temporalBinary() (string, error) {
	if path, err := exec.LookPath("temporal"); err == nil {
		return path, nil
	}
	path, err := filepath.Abs("../../.bin/temporal")
	if err != nil {
		return "", err
	}
	return exec.LookPath(path)
}
