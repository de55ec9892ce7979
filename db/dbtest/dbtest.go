// Package dbtest gives each test a migrated PostgreSQL database of its own, cloned from a
// template. One throw-away server serves all tests of a package; Main stops it.
package dbtest

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/url"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/devstack/postgres"
)

const (
	template     = "creditroll_template"
	startTimeout = 2 * time.Minute
)

var (
	server   *postgres.Server
	startErr error
	once     sync.Once
	mainRuns atomic.Bool
	database atomic.Int64
)

// Main runs the tests of a package and stops the server afterwards. Use it as
//
//	func TestMain(m *testing.M) { dbtest.Main(m) }
func Main(m *testing.M) {
	mainRuns.Store(true)
	searchLess()
	runMore()
	code := m.Run()
	if server != nil {
		ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
		err := server.Stop(ctx)
		cancel()
		if err != nil {
			fmt.Fprintln(os.Stderr, "dbtest: stop PostgreSQL:", err)
			code = max(code, 1)
		}
	}
	os.Exit(code)
}

// propertyChecks is how often a property of the database is checked, unless -rapid.checks says
// otherwise, as in `make nightly`. Each check takes hundreds of transactions.
const propertyChecks = "25"

func searchLess() {
	if checks := flag.Lookup("rapid.checks"); checks != nil {
		_ = checks.Value.Set(propertyChecks) // a constant that is a number
	}
}

// runMore runs twice as many tests in parallel as there are processors, unless -parallel says otherwise. A test
// waits half of its time for its server. It takes a quarter off the time of a package.
func runMore() {
	if parallel := flag.Lookup("test.parallel"); parallel != nil && parallel.Value.String() == parallel.DefValue {
		_ = parallel.Value.Set(strconv.Itoa(2 * runtime.GOMAXPROCS(0)))
	}
}

// New returns the stores of a fresh database, which is dropped when the test ends.
func New(t testing.TB) *books.Books {
	t.Helper()
	return Open(t, URL(t))
}

// Open returns the stores of the database at url, and closes them when the test ends.
func Open(t testing.TB, url string) *books.Books {
	t.Helper()
	return OpenWith(t, url, 8)
}

// OpenWith is Open with so many connections at most. Each has to read the catalogue and to plan each statement
// for itself, so a test that does one thing after the other is faster with few.
func OpenWith(t testing.TB, url string, connections int32) *books.Books {
	t.Helper()
	store, err := books.Open(t.Context(), url, db.Options{MaxConnections: connections})
	if err != nil {
		t.Fatal("open test database:", err)
	}
	t.Cleanup(store.DB.Close)
	return store
}

// URL returns the address of a fresh migrated database, as its owner.
func URL(t testing.TB) string {
	t.Helper()
	return create(t, " TEMPLATE "+template)
}

// CopyURL returns the address of a copy of the database at another address, as a backup of it would
// be. No store may have that one open.
func CopyURL(t testing.TB, original string) string {
	t.Helper()
	address, err := url.Parse(original)
	if err != nil {
		t.Fatal("copy test database:", err)
	}
	return create(t, " TEMPLATE "+strings.TrimPrefix(address.Path, "/"))
}

var week atomic.Int64

// Week names a week of the past that no other test of the package has.
func Week() string {
	first := time.Date(1000, time.January, 6, 0, 0, 0, 0, time.UTC)
	year, number := first.AddDate(0, 0, 7*int(week.Add(1))).ISOWeek()
	return fmt.Sprintf("%04d-W%02d", year, number)
}

// EmptyURL returns the address of a fresh database that nothing was migrated into.
func EmptyURL(t testing.TB) string {
	t.Helper()
	return create(t, "")
}

func create(t testing.TB, from string) string {
	t.Helper()
	if !mainRuns.Load() {
		t.Fatal("dbtest: add `func TestMain(m *testing.M) { dbtest.Main(m) }` to this package")
	}
	once.Do(start)
	if startErr != nil {
		t.Fatal("dbtest:", startErr)
	}
	name := fmt.Sprintf("test_%d", database.Add(1))
	if err := execute("CREATE DATABASE " + name + from + strategy); err != nil {
		t.Fatal("create test database:", err)
	}
	t.Cleanup(func() {
		if err := execute("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Error("drop test database:", err)
		}
	})
	return urlOf(name)
}

func start() {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	if server, startErr = postgres.Start(ctx, postgres.Options{}); startErr != nil {
		return
	}
	startErr = errors.Join(
		execute("CREATE DATABASE "+template),
		db.Migrate(ctx, urlOf(template)),
	)
	if startErr == nil {
		startErr = chooseStrategy(ctx)
	}
}

// strategy is how a database is copied. Copying files takes half the time of writing every page to
// the log, which is the default since PostgreSQL 15. Before that there is no choice.
var strategy string

func chooseStrategy(ctx context.Context) error {
	return owner.QueryRow(ctx, `SELECT CASE WHEN current_setting('server_version_num')::int >= 150000 THEN ' STRATEGY file_copy' ELSE '' END`).Scan(&strategy)
}

// Cloning takes a lock on the template, so statements go one after the other, over one connection.
var (
	executing sync.Mutex
	owner     *pgx.Conn
)

func execute(statement string) error {
	executing.Lock()
	defer executing.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	if owner == nil || owner.IsClosed() {
		connection, err := pgx.Connect(ctx, server.URL())
		if err != nil {
			return err
		}
		owner = connection
	}
	_, err := owner.Exec(ctx, statement)
	return err
}

func urlOf(name string) string {
	address, err := url.Parse(server.URL())
	if err != nil {
		panic(err) // the server made it
	}
	address.Path = "/" + name
	return address.String()
}
