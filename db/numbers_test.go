package db_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/ledger/seal"
)

// What the application may not say at all (TestApplicationRole), an owner may not say wrongly.
func TestNumbersAreThoseThatWereDrawn(t *testing.T) {
	t.Parallel()
	b := world.NewJournal(t)
	b.Post(t, 3)
	owner := dbtest.Connect(t, b.URL)
	_, err := owner.Exec(t.Context(), "SELECT setval('journal_entries_seq_seq', 8)")
	require.NoError(t, err)
	b.Post(t, 1)
	b.SealAll(t, seal.Limits{EntriesMax: 10, TailMax: 1})
	b.Post(t, 1)

	for _, tc := range []struct {
		name       string
		seq        int64
		constraint string
	}{
		{"refuses a number below all others", -5, "journal_entries_seq_check"},
		{"refuses a gap in what is sealed", 6, "journal_entries_seq_drawn"},
		{"refuses a number that is still to be drawn", 11, "journal_entries_seq_drawn"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			id := uuid.NewString()
			err := pgx.BeginFunc(t.Context(), owner, func(tx pgx.Tx) error {
				_, err := tx.Exec(t.Context(), `INSERT INTO journal_entries (id, seq, kind, reference, currency, request_hash, effective_at)
					OVERRIDING SYSTEM VALUE VALUES ($1::uuid, $2, 'adjustment', $1::uuid::text, 'USD', sha256('x'), now())`, id, tc.seq)
				if err != nil {
					return err
				}
				return dbtest.WriteLegs(t, tx, id, "(1, 'test/a', 'USD', 100), (2, 'test/b', 'USD', -100)")
			})

			require.Equal(t, tc.constraint, dbtest.Constraint(err), err)
		})
	}

	for name, statement := range map[string]string{
		"refuses a posting below all others":             "INSERT INTO postings (entry_id, seq, line, account_id, currency, amount_minor) SELECT id, -7, 1, 1, 'USD', 5 FROM journal_entries LIMIT 1",
		"refuses a date without end":                     "INSERT INTO journal_entries (id, kind, reference, currency, request_hash, effective_at) VALUES (gen_random_uuid(), 'adjustment', 'x', 'USD', sha256('x'), 'infinity')",
		"refuses a period that is not the month it says": "INSERT INTO accounting_periods (period, starts_at, ends_at, closed_by) VALUES ('2020-01', '2020-01-01Z', '2020-03-01Z', 'test')",
		"refuses a period in another time zone":          "INSERT INTO accounting_periods (period, starts_at, ends_at, closed_by) VALUES ('2020-01', '2020-01-01 00:00:00+01', '2020-02-01 00:00:00+01', 'test')",
		"refuses a seal that leaves entries out":         "INSERT INTO seals (number, first_seq, last_seq, entries, postings, previous_hash, hash, leaves) SELECT 2, 1000, 1000, 1, 2, hash, hash, decode(repeat('00', 40), 'hex') FROM seals",
		"refuses a seal that follows another hash":       "INSERT INTO seals (number, first_seq, last_seq, entries, postings, previous_hash, hash, leaves) VALUES (2, 10, 10, 1, 2, sha256('x'), sha256('x'), decode(repeat('00', 40), 'hex'))",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := owner.Exec(t.Context(), statement)

			require.Contains(t, []string{"postings_seq_check", "journal_entries_effective_check", "accounting_periods_month_check", "seals_chain"}, dbtest.Constraint(err), err)
		})
	}
	require.Empty(t, b.Verify(t).Findings)
}

func TestCheckpointsSayWhatThePostingsSumTo(t *testing.T) {
	t.Parallel()
	b := world.NewJournal(t)
	b.Post(t, 3)
	b.SealAll(t, seal.DefaultLimits())
	b.Post(t, 2)
	app := dbtest.Connect(t, dbtest.Member(t, b.URL, db.AppRole))

	var written int64
	err := app.QueryRow(t.Context(), `SELECT write_checkpoints(array_agg(id), array_agg('USD'::text), -1) FROM ledger_accounts`).Scan(&written)

	require.NoError(t, err)
	require.Equal(t, int64(2), written, "the two accounts that have sealed postings")
	balanceMinor, err := b.Journal.GetBalance(t.Context(), "test/a", "USD")
	require.NoError(t, err)
	require.Equal(t, int64(-25), balanceMinor)
	require.Empty(t, b.Verify(t).Findings)
}
