package db_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/fault"
)

var auditViews = []string{"audit.postings", "audit.external_objects", "audit.campaigns", "audit.clips", "audit.payouts", "audit.provider_attempts", "audit.seals", "audit.differences", "audit.detached_months"}

func TestApplicationRole(t *testing.T) {
	t.Parallel()
	app := dbtest.Connect(t, dbtest.Member(t, dbtest.URL(t), db.AppRole))

	for _, statement := range []string{
		"CREATE TABLE mine (id int)",
		"CREATE SCHEMA mine",
		"CREATE TABLE audit.mine (id int)",
		"DROP TABLE postings",
		"ALTER TABLE postings DISABLE TRIGGER ALL",
		"ALTER TABLE postings DISABLE TRIGGER postings_balance",
		"DROP TRIGGER postings_immutable ON postings",
		"ALTER TABLE campaign_budgets DROP CONSTRAINT campaign_budgets_never_exceeded",
		"CREATE OR REPLACE FUNCTION public.check_postings_balance() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
		"SET session_replication_role = replica",
		"DELETE FROM campaign_budgets",
		"DELETE FROM payouts",
		"DELETE FROM payout_attempts",
		"UPDATE holds SET amount_minor = 1",
		"UPDATE payouts SET reserved_account = 'acct_x'",
		"UPDATE payouts SET adopted_at = now()",
		"UPDATE payouts SET fee_minor = 0",
		"UPDATE payouts SET method = 'instant'",
		"UPDATE payout_attempts SET method = 'standard'",
		"UPDATE adoption_items SET amount_minor = 1",
		"DELETE FROM adoptions",
		"UPDATE payout_attempts SET idempotency_key = 'k'",
		"UPDATE clips SET creator_id = gen_random_uuid()",
		"UPDATE campaigns SET terms = '{}'",
		"UPDATE campaign_budgets SET currency = 'EUR'",
		"UPDATE participations SET affiliate_id = NULL",
		"DELETE FROM webhook_inbox",
		"UPDATE webhook_inbox SET payload = '{}'",
		"INSERT INTO journal_entries (id, seq, kind, reference, currency, request_hash, effective_at) OVERRIDING SYSTEM VALUE VALUES (gen_random_uuid(), -5, 'adjustment', 'x', 'USD', sha256('x'), now())",
		"INSERT INTO journal_entries (id, kind, reference, currency, request_hash, effective_at, recorded_at) VALUES (gen_random_uuid(), 'adjustment', 'x', 'USD', sha256('x'), now(), now())",
		"INSERT INTO journal_entries (id, kind, reference, currency, request_hash, effective_at, recorded_xact) VALUES (gen_random_uuid(), 'adjustment', 'x', 'USD', sha256('x'), now(), '1')",
		"INSERT INTO balance_checkpoints (account_id, currency, through_seq, balance_minor) VALUES (1, 'USD', 1000000, 999999999)",
		"INSERT INTO seals (number, first_seq, last_seq, entries, postings, previous_hash, hash, leaves, sealed_at) VALUES (1, 1, 1, 1, 2, sha256('x'), sha256('x'), '', now())",
		"INSERT INTO accounting_periods (period, starts_at, ends_at, closed_by, closed_at) VALUES ('2020-01', '2020-01-01Z', '2020-02-01Z', 'x', '2020-02-01Z')",
	} {
		t.Run("may not: "+statement, func(t *testing.T) {
			_, err := app.Exec(t.Context(), statement)

			require.Equal(t, "42501", dbtest.SQLState(err), err)
			require.Equal(t, "database_right_missing", fault.CodeOf(db.Translate(err)))
		})
	}
	for _, view := range auditViews {
		t.Run("reads and cannot write "+view, func(t *testing.T) {
			_, read := app.Exec(t.Context(), "SELECT FROM "+view)
			_, deleted := app.Exec(t.Context(), "DELETE FROM "+view)

			require.NoError(t, read)
			// A view over several tables is not even a thing to delete from.
			require.Contains(t, []string{"42501", "55000"}, dbtest.SQLState(deleted), deleted)
		})
	}
}

func TestAuditRole(t *testing.T) {
	t.Parallel()
	w := world.New(t, 1, nil)
	audit := dbtest.Connect(t, dbtest.Member(t, w.URL, db.AuditRole))

	for _, view := range auditViews {
		t.Run("reads and cannot write "+view, func(t *testing.T) {
			_, read := audit.Exec(t.Context(), "SELECT * FROM "+view)
			_, deleted := audit.Exec(t.Context(), "DELETE FROM "+view)

			require.NoError(t, read)
			require.Contains(t, []string{"42501", "55000"}, dbtest.SQLState(deleted), deleted)
		})
	}

	t.Run("reads no table behind the views, whichever is added", func(t *testing.T) {
		rows, err := audit.Query(t.Context(), "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'")
		require.NoError(t, err)
		tables := map[string]string{}
		for rows.Next() {
			var table string
			require.NoError(t, rows.Scan(&table))
			tables[table] = ""
		}
		require.NoError(t, rows.Err())
		require.Contains(t, tables, "creators")

		for table := range tables {
			_, err := audit.Exec(t.Context(), "SELECT FROM public."+table)

			require.Equal(t, "42501", dbtest.SQLState(err), table)
		}
	})

	t.Run("may run nothing that runs as the owner, and nor may PUBLIC", func(t *testing.T) {
		rows, err := audit.Query(t.Context(), `SELECT oid::regprocedure::text, has_function_privilege('public', oid, 'EXECUTE'), has_function_privilege($1, oid, 'EXECUTE'),
			       EXISTS (SELECT FROM unnest(proconfig) AS setting WHERE setting LIKE 'search_path=pg_catalog%pg_temp')
			  FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace`, db.AuditRole)
		require.NoError(t, err)
		seen := 0
		for ; rows.Next(); seen++ {
			var function string
			var public, auditor, safePath bool
			require.NoError(t, rows.Scan(&function, &public, &auditor, &safePath))
			require.False(t, public, function)
			require.False(t, auditor, function)
			require.True(t, safePath, function)
		}
		require.NoError(t, rows.Err())
		require.Positive(t, seen)

		_, err = audit.Exec(t.Context(), "SELECT public.ensure_partitions('postings', now())")
		require.Equal(t, "42501", dbtest.SQLState(err))
	})

	t.Run("sees the books as they are", func(t *testing.T) {
		var totalMinor, postings int64
		err := audit.QueryRow(t.Context(), "SELECT sum(amount_minor), count(*) FROM audit.postings").Scan(&totalMinor, &postings)

		require.NoError(t, err)
		require.Zero(t, totalMinor)
		require.Equal(t, int64(3), postings)
	})
}
