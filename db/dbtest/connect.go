package dbtest

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/books"
)

// T is what *testing.T and *rapid.T have in common.
type T interface {
	require.TestingT
	Helper()
	Context() context.Context
}

const (
	// sessionName tells sessions of tests from those of stores.
	sessionName = "test"
	// patience is when a test gives up: what it waits for comes much sooner.
	patience = time.Minute
)

// Connect returns a connection that only the test uses.
func Connect(t testing.TB, url string) *pgx.Conn {
	t.Helper()
	config, err := pgx.ParseConfig(url)
	require.NoError(t, err)
	config.RuntimeParams["application_name"] = sessionName
	conn, err := pgx.ConnectConfig(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// Member returns the address for an ordinary login that is a member of a role, as in
// production, or of none. Roles are shared by all databases of the server, so each login has
// a name of its own.
func Member(t testing.TB, ownerURL, role string) string {
	t.Helper()
	owner := Connect(t, ownerURL)
	name := "login_" + strings.ReplaceAll(uuid.NewString(), "-", "")
	_, err := owner.Exec(t.Context(), "CREATE ROLE "+name+" LOGIN PASSWORD 'secret'")
	require.NoError(t, err)
	if role != "" {
		_, err = owner.Exec(t.Context(), "GRANT "+role+" TO "+name)
		require.NoError(t, err)
	}
	address, err := url.Parse(ownerURL)
	require.NoError(t, err)
	address.User = url.UserPassword(name, "secret")
	return address.String()
}

// Tamper changes rows with all triggers switched off, and requires that it changed some.
func Tamper(t testing.TB, url, change string) {
	t.Helper()
	err := pgx.BeginFunc(t.Context(), Connect(t, url), func(tx pgx.Tx) error {
		if _, err := tx.Exec(t.Context(), "SET LOCAL session_replication_role = replica"); err != nil {
			return err
		}
		changed, err := tx.Exec(t.Context(), change)
		if err == nil {
			require.Positive(t, changed.RowsAffected(), "rows that were changed")
		}
		return err
	})
	require.NoError(t, err)
}

// WriteLegs writes the legs of an entry by hand: rows are its lines with account, currency
// and amount.
func WriteLegs(t testing.TB, tx pgx.Tx, entryID, rows string) error {
	t.Helper()
	_, err := tx.Exec(t.Context(), `INSERT INTO public.postings (entry_id, line, account_id, currency, amount_minor)
		SELECT $1::uuid, line, id, currency, amount FROM (VALUES `+rows+`) AS leg (line, code, currency, amount) JOIN ledger_accounts USING (code)`, entryID)
	return err
}

// AwaitBlocked returns when so many sessions wait for locks of the database.
func AwaitBlocked(t testing.TB, url string, sessions int) {
	t.Helper()
	watch := Connect(t, url)
	require.Eventually(t, func() bool {
		var blocked int
		err := watch.QueryRow(t.Context(), "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'").Scan(&blocked)
		return err == nil && blocked >= sessions
	}, patience, 5*time.Millisecond, "sessions that wait for a lock")
}

// Deadlocks closes the stores, and returns how many deadlocks the database has seen: a
// session reports its own at its end.
func Deadlocks(t testing.TB, url string, stores ...*books.Books) int {
	t.Helper()
	for _, store := range stores {
		store.DB.Close()
	}
	watch := Connect(t, url)
	require.Eventually(t, func() bool {
		var sessions int
		err := watch.QueryRow(t.Context(), "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' AND application_name <> $1", sessionName).Scan(&sessions)
		return err == nil && sessions == 0
	}, patience, 10*time.Millisecond, "the sessions of the stores have ended")
	var deadlocks int
	err := watch.QueryRow(t.Context(), "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()", pgx.QueryExecModeExec).Scan(&deadlocks)
	require.NoError(t, err)
	return deadlocks
}
