package months_test

import (
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/db/journal"
	"github.com/creditroll/creditroll/db/journal/months"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/ledger/seal"
)

// monthsAgo is a month before the one that these tests run in.
func monthsAgo(t *testing.T, months int) ledger.Period {
	t.Helper()
	begins := time.Now().UTC()
	return dbtest.Period(t, time.Date(begins.Year(), begins.Month()-time.Month(months), 1, 0, 0, 0, 0, time.UTC).Format("2006-01"))
}

func lastMonth(t *testing.T) ledger.Period {
	t.Helper()
	return monthsAgo(t, 1)
}

// agedPayout is a world with a reserved payout, all of which was posted last month.
func agedPayout(t *testing.T) (*world.World, string) {
	t.Helper()
	w, payoutID := world.ReservedPayout(t)
	age(t, w, 1)
	dbtest.SealAll(t, w.Books, seal.DefaultLimits())
	return w, payoutID
}

// age moves everything that was posted this month to an earlier one.
func age(t *testing.T, w *world.World, months int) {
	t.Helper()
	dbtest.Tamper(t, w.URL, strings.ReplaceAll(`
		SELECT make_partition(parent, '$month'::timestamptz) FROM unnest('{postings,observations}'::text[]) AS parent
		 WHERE to_regclass(parent || to_char('$month'::timestamptz AT TIME ZONE 'UTC', '_YYYY_MM')) IS NULL;
		CREATE FUNCTION pg_temp.aged(id uuid) RETURNS uuid LANGUAGE sql AS $$
			SELECT CASE WHEN id < first_id_at(date_trunc('month', now(), 'UTC')) THEN id
			       ELSE (lpad(to_hex(('x' || substr(replace(id::text, '-', ''), 1, 12))::bit(48)::bigint
			            - (extract(epoch FROM now() - '$month'::timestamptz - interval '10 days') * 1000)::bigint), 12, '0') || substr(replace(id::text, '-', ''), 13))::uuid END
		$$;
		UPDATE postings SET entry_id = pg_temp.aged(entry_id);
		UPDATE journal_entries SET id = pg_temp.aged(id), reverses = pg_temp.aged(reverses);
		UPDATE accruals SET entry_id = pg_temp.aged(entry_id);
		UPDATE holds SET entry_id = pg_temp.aged(entry_id), release_entry_id = pg_temp.aged(release_entry_id);
		UPDATE earning_deductions SET entry_id = pg_temp.aged(entry_id);
		UPDATE correction_entries SET entry_id = pg_temp.aged(entry_id);
		UPDATE external_objects SET entry_id = pg_temp.aged(entry_id);
		UPDATE campaigns SET created_at = '$month'::timestamptz + interval '10 days'`, "$month", monthsAgo(t, months).StartsAt.Format(time.RFC3339)))
}

func closePeriod(t *testing.T, w *world.World, period ledger.Period) {
	t.Helper()
	require.NoError(t, w.Journal.ClosePeriod(t.Context(), period, "finance-1", "reported", time.Now()))
}

func detach(t *testing.T, w *world.World, table string) (months.DetachedMonth, error) {
	t.Helper()
	return months.Detach(t.Context(), w.URL, months.DetachMonth{Table: table, Period: lastMonth(t), Actor: "finance-1", Reason: "kept elsewhere", Now: time.Now()})
}

func mustDetach(t *testing.T, w *world.World, table string) months.DetachedMonth {
	t.Helper()
	detached, err := detach(t, w, table)
	require.NoError(t, err)
	return detached
}

// attach brings a month back, and requires that no caller waits while its table is read.
func attach(t *testing.T, w *world.World, month months.DetachedMonth) {
	t.Helper()
	config, err := pgx.ParseConfig(w.URL)
	require.NoError(t, err)
	config.RuntimeParams["client_min_messages"] = "debug1"
	var said []string
	config.OnNotice = func(_ *pgconn.PgConn, notice *pgconn.Notice) { said = append(said, notice.Message) }
	owner, err := pgx.ConnectConfig(t.Context(), config)
	require.NoError(t, err)
	defer func() { _ = owner.Close(t.Context()) }()

	_, err = owner.Exec(t.Context(), month.Attach)

	require.NoError(t, err)
	require.Contains(t, said, `partition constraint for table "`+month.TableName+`" is implied by existing constraints`)
}

// bookkeeping is what must not change when a month is detached.
type bookkeeping struct {
	balances []journal.AccountBalance
	totals   []journal.TrialBalance
}

func bookkeepingOf(t *testing.T, w *world.World) (books bookkeeping) {
	t.Helper()
	var err error
	books.balances, err = w.Journal.ListBalances(t.Context(), "", db.Page{Size: 1000}, ledger.AsOf{})
	require.NoError(t, err)
	books.totals, err = w.Journal.ListTrialBalances(t.Context())
	require.NoError(t, err)
	return books
}
