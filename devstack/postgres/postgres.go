package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/creditroll/creditroll/devstack/process"
)

const (
	superuser = "postgres"
	database  = "creditroll"

	// startWaitMax leaves room for the recovery of a large database after a crash.
	startWaitMax     = 2 * time.Minute
	connectWaitMax   = 5 * time.Second
	connectInterval  = 25 * time.Millisecond
	fastStopWaitMax  = 15 * time.Second
	quickStopWaitMax = 6 * time.Second
	startAttemptsMax = 5
)

// Options say where and how the server runs. The zero value is a temporary server on a free
// port.
type Options struct {
	// Dir keeps the data between starts; it is made if missing. Empty means a temporary
	// directory that is removed with the server.
	Dir string
	// Durable makes commits wait for the disk. See the package documentation.
	Durable bool
	// Port of 127.0.0.1 to listen on; 0 takes a free one.
	Port int
	// BinDir has the programs postgres and initdb; empty looks for them.
	BinDir string
	// Log receives the log of the server; nil keeps the last lines for error messages.
	Log io.Writer
}

// Server is a running PostgreSQL server that accepts connections.
type Server struct {
	home    *home
	process *process.Process
	port    int
}

// Start starts a server and returns when its database accepts connections. Its errors are
// written for people: they say what is missing and what to do about it. For a directory on
// which a server runs already it returns a *process.InUseError.
func Start(ctx context.Context, options Options) (*Server, error) {
	ctx, cancel := context.WithTimeout(ctx, startWaitMax)
	defer cancel()

	account, err := serverAccount()
	if err != nil {
		return nil, err
	}
	if options.Port != 0 {
		if err := process.CheckPort(options.Port); err != nil {
			return nil, fmt.Errorf("start PostgreSQL: %w", err)
		}
	}
	home, err := openHome(ctx, options, account)
	if err != nil {
		return nil, err
	}
	server, err := startIn(ctx, home, options)
	if err != nil {
		return nil, errors.Join(err, home.leave())
	}
	return server, nil
}

// serverAccount returns the account to run the server as, nil for our own.
func serverAccount() (*process.User, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	account, err := process.Unprivileged("postgres", "nobody")
	if err != nil {
		return nil, fmt.Errorf("PostgreSQL refuses to run as root: %w", err)
	}
	return account, nil
}

func startIn(ctx context.Context, home *home, options Options) (*Server, error) {
	binaries, err := findBinaries(ctx, options.BinDir, home.major())
	if err != nil {
		return nil, err
	}
	if err := home.initialize(ctx, binaries, options.Durable); err != nil {
		return nil, err
	}
	if err := home.removeStalePID(); err != nil {
		return nil, err
	}
	for attempt := 1; ; attempt++ {
		server, err := launch(ctx, home, binaries, options)
		if err == nil {
			return server, nil
		}
		if options.Port != 0 || attempt == startAttemptsMax || !errors.Is(err, errPortLost) {
			return nil, err
		}
	}
}

// errPortLost marks a server that ended while another program had its port.
var errPortLost = errors.New("another program took the port first")

func launch(ctx context.Context, home *home, binaries binaries, options Options) (*Server, error) {
	port := options.Port
	if port == 0 {
		free, err := process.FreePorts(1)
		if err != nil {
			return nil, err
		}
		port = free[0]
	}
	running, err := process.Start(process.Spec{
		Name:    "PostgreSQL",
		Path:    binaries.postgres(),
		Args:    append([]string{"-D", home.data()}, settings(port, options.Durable)...),
		Env:     environment(),
		WorkDir: home.data(),
		User:    home.account,
		// Immediate shutdown. Unlike SIGKILL, it ends the children too and frees the shared
		// memory.
		DeathSignal: syscall.SIGQUIT,
		Log:         options.Log,
		Claim:       home.claim,
	})
	if err != nil {
		return nil, err
	}
	server := &Server{home: home, process: running, port: port}
	if err := server.awaitReady(ctx); err != nil {
		return nil, errors.Join(err, running.Kill())
	}
	return server, nil
}

// settings go on the command line rather than into postgresql.conf, so that old data
// directories get the present ones.
func settings(port int, durable bool) []string {
	values := []string{
		"listen_addresses=127.0.0.1",
		"port=" + strconv.Itoa(port),
		"unix_socket_directories=",
		// Test packages run at the same time, each with a pool for every test.
		"max_connections=200",
		"shared_buffers=128MB",
		// In the data directory, so that a crash leaves nothing outside it, and a small /dev/shm
		// of a container does not matter.
		"dynamic_shared_memory_type=mmap",
		"max_wal_size=512MB",
		"min_wal_size=80MB",
		"logging_collector=off",
		"log_destination=stderr",
		"lc_messages=C",
		"timezone=UTC",
		"log_timezone=UTC",
	}
	if !durable {
		// synchronous_commit stays on, so that a commit survives kill -9.
		values = append(values, "fsync=off", "full_page_writes=off")
	}
	args := make([]string, 0, 2*len(values))
	for _, value := range values {
		args = append(args, "-c", value)
	}
	return args
}

// environment is ours without the variables that configure PostgreSQL and its clients.
func environment() []string {
	env := []string{"LC_ALL=C"}
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "PG") && !strings.HasPrefix(variable, "LC_ALL=") {
			env = append(env, variable)
		}
	}
	return env
}

func (s *Server) awaitReady(ctx context.Context) error {
	for {
		err := s.ensureDatabase(ctx)
		if err == nil {
			return nil
		}
		var refusal *pgconn.PgError
		if errors.As(err, &refusal) && refusal.Code == "28P01" {
			return fmt.Errorf("PostgreSQL refuses the password stored in %s; move %s away to start with empty data: %w",
				s.home.passwordFile(), s.home.dir, err)
		}
		select {
		case <-s.process.Done():
			return s.explainEnd()
		case <-ctx.Done():
			return fmt.Errorf("PostgreSQL does not accept connections on port %d (%w): %w; its last lines:\n%s",
				s.port, ctx.Err(), err, s.process.LastLines())
		case <-time.After(connectInterval):
		}
	}
}

func (s *Server) explainEnd() error {
	if portErr := process.CheckPort(s.port); portErr != nil {
		return fmt.Errorf("%w: %w", errPortLost, errors.Join(portErr, s.process.Err()))
	}
	return fmt.Errorf("start PostgreSQL on %s: %w", s.home.data(), s.process.Err())
}

func (s *Server) ensureDatabase(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, connectWaitMax)
	defer cancel()

	conn, err := pgx.Connect(ctx, s.url("postgres"))
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer func() { _ = conn.Close(ctx) }()

	var exists bool
	err = conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", database).Scan(&exists)
	if err != nil {
		return fmt.Errorf("look for the database: %w", err)
	}
	if exists {
		return nil
	}
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+database); err != nil {
		return fmt.Errorf("create the database: %w", err)
	}
	return nil
}

// URL returns the address of the database "creditroll" for its owner, a superuser. It
// contains the password.
func (s *Server) URL() string { return s.url(database) }

func (s *Server) url(name string) string {
	address := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(superuser, s.home.password),
		Host:     net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)),
		Path:     name,
		RawQuery: "sslmode=disable",
	}
	return address.String()
}

// PID returns the process id of the server.
func (s *Server) PID() int { return s.process.PID() }

// Dir returns where the data are. For root that may be another directory than Options.Dir.
func (s *Server) Dir() string { return s.home.dir }

// Done is closed when the server has ended for any reason.
func (s *Server) Done() <-chan struct{} { return s.process.Done() }

// Err reports how the server ended, with the last lines of its log; nil while it runs.
func (s *Server) Err() error { return s.process.Err() }

// Stop closes all connections and shuts the server down in order. When that takes too long or
// ctx ends, the server ends without a checkpoint, and recovers at the next start.
func (s *Server) Stop(ctx context.Context) error {
	err := s.process.Stop(ctx,
		process.Step{Signal: syscall.SIGINT, WaitMax: fastStopWaitMax},
		process.Step{Signal: syscall.SIGQUIT, WaitMax: quickStopWaitMax},
	)
	return errors.Join(err, s.home.leave())
}

// Kill ends the server and its children by SIGKILL, as a crash would. A server on Options.Dir
// can be started again there. A temporary server is only shut down without a checkpoint. The
// difference is not visible, and SIGKILL would leave a shared memory segment that no later
// start removes.
func (s *Server) Kill() error {
	if s.home.temporary {
		err := s.process.Stop(context.Background(), process.Step{Signal: syscall.SIGQUIT, WaitMax: quickStopWaitMax})
		return errors.Join(err, s.home.leave())
	}
	return errors.Join(s.process.Kill(), s.home.leave())
}
