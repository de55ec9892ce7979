package temporalserver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/creditroll/creditroll/devstack/process"
)

const (
	startWaitMax     = time.Minute
	stopWaitMax      = 10 * time.Second
	killWaitMax      = 5 * time.Second
	startAttemptsMax = 3

	tempPrefix = "creditroll-temporal-"
)

// Options say where and how the server runs. The zero value is a temporary server without a
// web page, on a free port, with the namespace "default".
type Options struct {
	// Dir keeps the database file between starts; it is made if missing. Empty means a
	// temporary directory that is removed with the server.
	Dir string
	// Namespace exists when Start returns; empty means "default".
	Namespace string
	// UI serves the web page.
	UI bool
	// Port and UIPort of 127.0.0.1 to listen on; 0 takes a free one.
	Port, UIPort int
	// Binary is the Temporal CLI to run. Empty takes the one on PATH, or else the one of this
	// repository, which is built if necessary.
	Binary string
	// Log receives the log of the server; nil keeps the last lines for error messages.
	Log io.Writer
	// Progress receives a sentence about work that takes minutes; nil prints it on standard
	// error.
	Progress func(string)
}

// Server is a running Temporal server whose namespace answers.
type Server struct {
	home    *home
	process *process.Process
	port    int
	// uiPort is 0 without a web page.
	uiPort int
}

// Start starts a server and returns when workflows can be started in its namespace, which
// keeps closed workflows for 30 days. Its errors are written for people. For a directory on
// which a server runs already it returns a *process.InUseError.
func Start(ctx context.Context, options Options) (*Server, error) {
	options = withDefaults(options)
	if err := checkPorts(options); err != nil {
		return nil, err
	}
	binary, err := findBinary(ctx, options)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, startWaitMax)
	defer cancel()

	home, err := openHome(ctx, options.Dir)
	if err != nil {
		return nil, err
	}
	server, err := startIn(ctx, home, binary, options)
	if err != nil {
		return nil, errors.Join(err, home.leave())
	}
	return server, nil
}

func withDefaults(options Options) Options {
	if options.Namespace == "" {
		options.Namespace = "default"
	}
	if options.Progress == nil {
		options.Progress = func(line string) { fmt.Fprintln(os.Stderr, line) }
	}
	return options
}

func checkPorts(options Options) error {
	ports := []int{options.Port}
	if options.UI {
		ports = append(ports, options.UIPort)
	}
	for _, port := range ports {
		if port == 0 {
			continue
		}
		if err := process.CheckPort(port); err != nil {
			return fmt.Errorf("start Temporal: %w", err)
		}
	}
	return nil
}

// startIn tries again when the server ends before it is ready. The server takes several more
// free ports by itself, and another program may take any of them first.
func startIn(ctx context.Context, home *home, binary string, options Options) (*Server, error) {
	for attempt := 1; ; attempt++ {
		server, err := launch(ctx, home, binary, options)
		if err == nil {
			return server, nil
		}
		var ended *process.ExitError
		if attempt == startAttemptsMax || !errors.As(err, &ended) {
			return nil, err
		}
	}
}

func launch(ctx context.Context, home *home, binary string, options Options) (*Server, error) {
	free, err := process.FreePorts(2)
	if err != nil {
		return nil, err
	}
	server := &Server{home: home, port: options.Port}
	if server.port == 0 {
		server.port = free[0]
	}
	if options.UI {
		server.uiPort = options.UIPort
	}
	if options.UI && server.uiPort == 0 {
		server.uiPort = free[1]
	}
	server.process, err = process.Start(process.Spec{
		Name:        "Temporal",
		Path:        binary,
		Args:        server.arguments(options.Namespace),
		Env:         environment(),
		WorkDir:     home.dir,
		DeathSignal: syscall.SIGKILL,
		Log:         options.Log,
		Claim:       home.claim,
	})
	if err != nil {
		return nil, err
	}
	if err := server.awaitReady(ctx, options.Namespace); err != nil {
		return nil, errors.Join(err, server.process.Kill())
	}
	return server, nil
}

func (s *Server) arguments(namespace string) []string {
	args := []string{
		"server", "start-dev",
		"--ip", "127.0.0.1",
		"--port", strconv.Itoa(s.port),
		"--namespace", namespace,
		"--db-filename", filepath.Join(s.home.dir, "temporal.db"),
		"--sqlite-pragma", "journal_mode=WAL",
		"--sqlite-pragma", "synchronous=1",
		"--log-level", "warn",
		"--color", "never",
	}
	if s.uiPort == 0 {
		return append(args, "--headless")
	}
	return append(args, "--ui-port", strconv.Itoa(s.uiPort))
}

// environment is ours without the variables that configure Temporal's clients, which the CLI
// would use as its own settings.
func environment() []string {
	var env []string
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "TEMPORAL_") {
			env = append(env, variable)
		}
	}
	return env
}

// Address returns host and port for clients.
func (s *Server) Address() string {
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port))
}

// UIURL returns the address of the web page, "" without one.
func (s *Server) UIURL() string {
	if s.uiPort == 0 {
		return ""
	}
	return "http://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(s.uiPort))
}

// PID returns the process id of the server.
func (s *Server) PID() int { return s.process.PID() }

// Dir returns where the database file is.
func (s *Server) Dir() string { return s.home.dir }

// Done is closed when the server has ended for any reason.
func (s *Server) Done() <-chan struct{} { return s.process.Done() }

// Err reports how the server ended, with the last lines of its log; nil while it runs.
func (s *Server) Err() error { return s.process.Err() }

// Stop shuts the server down in order, and kills it when that takes too long or ctx ends.
func (s *Server) Stop(ctx context.Context) error {
	err := s.process.Stop(ctx,
		process.Step{Signal: syscall.SIGTERM, WaitMax: stopWaitMax},
		process.Step{Signal: syscall.SIGKILL, WaitMax: killWaitMax},
	)
	return errors.Join(err, s.home.leave())
}

// Kill ends the server by SIGKILL, as a crash would. A server on Options.Dir can be
// started again there.
func (s *Server) Kill() error {
	return errors.Join(s.process.Kill(), s.home.leave())
}
