package db_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/fault"
)

// partitionOf returns where rows lie, postings by their entry or readings by their clip.
func partitionOf(t *testing.T, conn *pgx.Conn, parent, column, id string) string {
	t.Helper()
	var name string
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT min(tableoid::regclass::text) FROM "+parent+" WHERE "+column+" = $1", id).Scan(&name))
	return name
}

// monthOf is when an id was drawn.
func monthOf(id string) time.Time {
	return time.Unix(uuid.MustParse(id).Time().UnixTime()).UTC()
}

func TestPartitions(t *testing.T) {
	t.Parallel()

	t.Run("are made ahead, once, and as the application", func(t *testing.T) {
		t.Parallel()
		store := dbtest.New(t)
		later := time.Now().AddDate(2, 0, 0)

		made, err := store.DB.EnsurePartitions(t.Context(), later)
		require.NoError(t, err)
		again, err := store.DB.EnsurePartitions(t.Context(), later)
		require.NoError(t, err)

		require.Positive(t, made)
		require.Zero(t, again)
	})

	t.Run("hold the postings of their month", func(t *testing.T) {
		t.Parallel()
		url := dbtest.URL(t)
		store := dbtest.Open(t, url)

		posted, err := store.Journal.Post(t.Context(), world.Entry("posted"))

		require.NoError(t, err)
		require.Equal(t, "postings_"+monthOf(posted.EntryID).Format("2006_01"), partitionOf(t, dbtest.Connect(t, url), "postings", "entry_id", posted.EntryID))
	})

	t.Run("refuse changes and lopsided legs when they are named directly", func(t *testing.T) {
		t.Parallel()
		url := dbtest.URL(t)
		store := dbtest.Open(t, url)
		posted, err := store.Journal.Post(t.Context(), world.Entry("posted"))
		require.NoError(t, err)
		owner := dbtest.Connect(t, url)
		partition := partitionOf(t, owner, "postings", "entry_id", posted.EntryID)

		for _, statement := range []string{
			"UPDATE " + partition + " SET amount_minor = 1", "DELETE FROM " + partition, "TRUNCATE " + partition,
			"UPDATE postings_default SET amount_minor = 1", "TRUNCATE observations_default",
		} {
			_, err := owner.Exec(t.Context(), statement)
			require.Equal(t, "immutable", fault.CodeOf(db.Translate(err)), statement)
		}
		_, err = owner.Exec(t.Context(), "INSERT INTO "+partition+" (entry_id, line, account_id, currency, amount_minor) SELECT entry_id, 3, account_id, currency, 7 FROM postings LIMIT 1")
		require.Equal(t, "postings_balance", dbtest.Constraint(err))
	})

	t.Run("hold the readings of a campaign's clips, in the month in which it was created", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		read, err := w.Campaigns.Get(t.Context(), w.CampaignID)
		require.NoError(t, err)
		w.Submit(t, read.CreatedAt)

		_, err = w.Earnings.RecordReading(t.Context(), w.Reading(1, 1, 1000))

		require.NoError(t, err)
		require.Equal(t, "observations_"+read.CreatedAt.UTC().Format("2006_01"), partitionOf(t, dbtest.Connect(t, w.URL), "observations", "clip_id", w.ClipIDs[1]))
	})

	t.Run("are made for other months when the default partition holds rows of one", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		taken := time.Now().UTC().AddDate(1, 0, 0)
		w.Submit(t, taken)
		_, err := w.Earnings.RecordReading(t.Context(), w.Reading(1, 1, 1000))
		require.NoError(t, err)
		owner := dbtest.Connect(t, w.URL)
		require.Equal(t, "observations_default", partitionOf(t, owner, "observations", "clip_id", w.ClipIDs[1]))

		_, err = w.DB.EnsurePartitions(t.Context(), taken)
		require.NoError(t, err)

		var missing []string
		require.NoError(t, owner.QueryRow(t.Context(), `SELECT array_agg(parent || to_char(month, '_YYYY_MM'))
			  FROM unnest('{postings,observations}'::text[]) AS parent, generate_series(date_trunc('month', now(), 'UTC'), $1, '1 month') AS month
			 WHERE to_regclass(parent || to_char(month, '_YYYY_MM')) IS NULL`, taken.Add(db.PartitionsAhead)).Scan(&missing))
		require.Equal(t, []string{"observations_" + taken.Format("2006_01")}, missing)
		require.NoError(t, db.Migrate(t.Context(), w.URL))
	})

	t.Run("are no different from those that the database makes itself", func(t *testing.T) {
		t.Parallel()
		owner := dbtest.Connect(t, dbtest.URL(t))

		for _, parent := range []string{"postings", "observations"} {
			made := parent + "_" + time.Now().UTC().Format("2006_01")
			_, err := owner.Exec(t.Context(), "CREATE TABLE "+parent+"_itself PARTITION OF "+parent+" FOR VALUES FROM ('fffffffe-0000-0000-0000-000000000000') TO ('ffffffff-0000-0000-0000-000000000000')")
			require.NoError(t, err)
			itself := shapeOf(t, owner, parent+"_itself")

			require.NotEmpty(t, itself)
			require.Subset(t, shapeOf(t, owner, made), itself)
			require.Equal(t, shapeOf(t, owner, parent+"_default"), shapeOf(t, owner, made), "and with the statement triggers")
		}
	})

	t.Run("give up rather than wait for a long reader, while all others continue", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 4, nil)
		reader, err := dbtest.Connect(t, w.URL).Begin(t.Context())
		require.NoError(t, err)
		_, err = reader.Exec(t.Context(), "SELECT count(*) FROM postings")
		require.NoError(t, err)
		posting := w.KeepPosting(t)

		_, busy := w.DB.EnsurePartitions(t.Context(), time.Now().AddDate(1, 0, 0))
		posting.AwaitProgress(t) // before the reader ends
		require.NoError(t, reader.Rollback(t.Context()))
		made, err := w.DB.EnsurePartitions(t.Context(), time.Now().AddDate(1, 0, 0))
		posting.AwaitProgress(t)
		slowest := posting.Stop()

		require.Equal(t, "database_busy", fault.CodeOf(busy))
		require.True(t, fault.Is(busy, fault.Unavailable))
		require.NoError(t, err)
		require.Positive(t, made)
		require.Less(t, slowest, world.StallMax)
		w.RequireBooksInOrder(t)
		require.Zero(t, dbtest.Deadlocks(t, w.URL, w.Books))
	})

	t.Run("are made next to a transaction that writes to the table", func(t *testing.T) {
		t.Parallel()
		url := dbtest.URL(t)
		store := dbtest.Open(t, url)
		writer, err := dbtest.Connect(t, url).Begin(t.Context())
		require.NoError(t, err)
		_, err = writer.Exec(t.Context(), "LOCK TABLE ONLY postings IN ROW EXCLUSIVE MODE")
		require.NoError(t, err)

		made, err := store.DB.EnsurePartitions(t.Context(), time.Now().AddDate(1, 0, 0))

		require.NoError(t, err)
		require.Positive(t, made)
		require.NoError(t, writer.Rollback(t.Context()))
	})

	t.Run("can be asked for only as far as anybody needs them, and for nothing else", func(t *testing.T) {
		t.Parallel()
		app := dbtest.Connect(t, dbtest.Member(t, dbtest.URL(t), db.AppRole))

		for _, asked := range []string{
			"'journal_entries', now()", "'pg_class', now()", "NULL, now()", "'postings', NULL", "'postings', 'infinity'", "'postings', now() + interval '61 months'",
		} {
			_, err := app.Exec(t.Context(), "SELECT ensure_partitions("+asked+")")
			require.Equal(t, "22023", dbtest.SQLState(err), asked)
		}
	})
}

// shapeOf returns the columns, constraints, indexes and triggers of a table.
func shapeOf(t *testing.T, conn *pgx.Conn, name string) (shape []string) {
	t.Helper()
	require.NoError(t, conn.QueryRow(t.Context(), `SELECT array_agg(replace(part, $1::text, 'TABLE') ORDER BY replace(part, $1::text, 'TABLE')) FROM (
		SELECT format('%s %s %s %s', attname, atttypid::regtype, attnotnull, attstorage) FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0
		UNION ALL SELECT conname || ' ' || pg_get_constraintdef(oid) || ' ' || coninhcount FROM pg_constraint WHERE conrelid = $1::regclass
		UNION ALL SELECT regexp_replace(pg_get_indexdef(indexrelid), 'INDEX \S+ ON', 'INDEX ON') || ' under ' || (SELECT inhparent::regclass FROM pg_inherits WHERE inhrelid = indexrelid)::text FROM pg_index WHERE indrelid = $1::regclass
		UNION ALL SELECT pg_get_triggerdef(oid) || ' ' || tgenabled::text FROM pg_trigger WHERE tgrelid = $1::regclass) AS described (part)`, name).Scan(&shape))
	return shape
}
