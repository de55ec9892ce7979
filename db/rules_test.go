package db_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
)

// The rules below hold in SQL, whatever the code does. "owner" is a superuser, who could
// only get around them by an ALTER TABLE that no one issues by mistake.

// factTables are immutable, each with a column to try.
var factTables = map[string]string{
	"ledger_accounts": "code", "cover_checkpoints": "sum_minor", "journal_entries": "kind", "postings": "amount_minor", "external_objects": "object_id",
	"provider_attempts": "outcome", "observations": "views", "accruals": "gross_minor", "payout_lines": "amount_minor", "operator_actions": "reason",
	"earning_deductions": "amount_minor", "correction_entries": "correction_id", "restores": "reason", "campaign_payments": "method",
}

func TestFactsAreImmutable(t *testing.T) {
	t.Parallel()
	w, _ := world.ReservedPayout(t)
	require.NoError(t, w.Edge.RecordAction(t.Context(), access.OperatorAction{ID: uuid.NewString(), Subject: "payout/x", Action: "retry", Actor: "finance", Reason: "r"}))
	owner, app := dbtest.Connect(t, w.URL), dbtest.Connect(t, dbtest.Member(t, w.URL, db.AppRole))

	for table, column := range factTables {
		for _, statement := range []string{
			"UPDATE " + table + " SET " + column + " = " + column,
			"DELETE FROM " + table,
			"TRUNCATE " + table + " CASCADE",
		} {
			t.Run("refuses to the owner: "+statement, func(t *testing.T) {
				_, err := owner.Exec(t.Context(), statement)

				require.Equal(t, "23001", dbtest.SQLState(err), err)
				require.Equal(t, "immutable", fault.CodeOf(db.Translate(err)))
			})
			t.Run("refuses to the application: "+statement, func(t *testing.T) {
				_, err := app.Exec(t.Context(), statement)

				require.Equal(t, "42501", dbtest.SQLState(err), err)
			})
		}
	}
	w.RequireBooksInOrder(t)
}

const insertEntry = `INSERT INTO public.journal_entries (id, kind, reference, currency, request_hash, effective_at)
	VALUES ($1::uuid, 'adjustment', $1::uuid::text, 'USD', sha256('x'), now())`

// writeEntry writes one entry by hand, with the legs that rows selects from the accounts a
// and b, in one transaction.
func writeEntry(t *testing.T, conn *pgx.Conn, id string, rows string) error {
	t.Helper()
	return pgx.BeginFunc(t.Context(), conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(t.Context(), insertEntry, id); err != nil {
			return err
		}
		return dbtest.WriteLegs(t, tx, id, rows)
	})
}

func TestEntriesBalance(t *testing.T) {
	t.Parallel()
	w := world.New(t, 0, nil)
	app := dbtest.Connect(t, dbtest.Member(t, w.URL, db.AppRole))
	const good = "(1, 'stripe/platform', 'USD', 100), (2, 'platform/processing_fees', 'USD', -100)"

	cases := []struct{ name, rows, constraint string }{
		{"takes a balanced entry", good, ""},
		{"refuses an entry that is off by one", "(1, 'stripe/platform', 'USD', 100), (2, 'platform/processing_fees', 'USD', -99)", "postings_balance"},
		{"refuses legs in two currencies", "(1, 'stripe/platform', 'USD', 100), (2, 'platform/processing_fees', 'EUR', -100)", "postings_balance"},
		{"refuses legs in another currency than the entry's", "(1, 'stripe/platform', 'EUR', 100), (2, 'platform/processing_fees', 'EUR', -100)", "postings_balance"},
		{"refuses a leg of zero", good + ", (3, 'stripe/platform', 'USD', 0)", "postings_amount_check"},
		{"refuses a single leg", "(1, 'stripe/platform', 'USD', 100)", "postings_balance"},
		{"refuses a gap between lines", "(1, 'stripe/platform', 'USD', 100), (3, 'platform/processing_fees', 'USD', -100)", "postings_balance"},
		{"refuses a line below one", "(0, 'stripe/platform', 'USD', 100), (1, 'platform/processing_fees', 'USD', -100)", "postings_line_check"},
		{"refuses a line that comes twice", "(1, 'stripe/platform', 'USD', 100), (1, 'platform/processing_fees', 'USD', -100)", "postings_default_pkey"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			err := writeEntry(t, app, uuid.NewString(), tc.rows)

			require.Equal(t, tc.constraint, dbtest.Constraint(err), err)
			require.Equal(t, tc.constraint == "", err == nil)
		})
	}

	t.Run("refuses legs without an entry", func(t *testing.T) {
		err := pgx.BeginFunc(t.Context(), app, func(tx pgx.Tx) error { return dbtest.WriteLegs(t, tx, uuid.NewString(), good) })

		require.Equal(t, "postings_entry_fkey", dbtest.Constraint(err))
	})

	t.Run("refuses a balanced pair of legs for an entry of an earlier transaction", func(t *testing.T) {
		id := uuid.NewString()
		require.NoError(t, writeEntry(t, app, id, good))

		err := pgx.BeginFunc(t.Context(), app, func(tx pgx.Tx) error {
			return dbtest.WriteLegs(t, tx, id, "(3, 'stripe/platform', 'USD', 100), (4, 'platform/processing_fees', 'USD', -100)")
		})

		require.Equal(t, "postings_balance", dbtest.Constraint(err))
	})

	t.Run("refuses an entry that claims another transaction as its own", func(t *testing.T) {
		err := pgx.BeginFunc(t.Context(), dbtest.Connect(t, w.URL), func(tx pgx.Tx) error {
			id := uuid.NewString()
			_, err := tx.Exec(t.Context(), `INSERT INTO journal_entries (id, kind, reference, currency, request_hash, effective_at, recorded_xact)
				VALUES ($1::uuid, 'adjustment', $1::uuid::text, 'USD', sha256('x'), now(), '1')`, id)
			require.NoError(t, err)
			return dbtest.WriteLegs(t, tx, id, good)
		})

		require.Equal(t, "postings_balance", dbtest.Constraint(err))
	})

	t.Run("refuses an entry without postings when it commits", func(t *testing.T) {
		err := pgx.BeginFunc(t.Context(), app, func(tx pgx.Tx) error {
			_, err := tx.Exec(t.Context(), insertEntry, uuid.NewString())
			require.NoError(t, err)
			return nil
		})

		require.Equal(t, "journal_entries_have_postings", dbtest.Constraint(err))
		require.Equal(t, "entry_empty", fault.CodeOf(db.Translate(err)))
	})

	t.Run("is not deceived by temporary tables of the same names", func(t *testing.T) {
		deceiver := dbtest.Connect(t, dbtest.Member(t, w.URL, db.AppRole))
		_, err := deceiver.Exec(t.Context(), "CREATE TEMP TABLE journal_entries (LIKE public.journal_entries); CREATE TEMP TABLE postings AS SELECT id AS entry_id FROM public.journal_entries WHERE false")
		require.NoError(t, err)
		empty := uuid.NewString()
		_, err = deceiver.Exec(t.Context(), "INSERT INTO postings VALUES ($1)", empty)
		require.NoError(t, err)

		unbalanced := writeEntry(t, deceiver, uuid.NewString(), "(1, 'stripe/platform', 'USD', 100)")
		_, withoutPostings := deceiver.Exec(t.Context(), insertEntry, empty)

		require.Equal(t, "postings_balance", dbtest.Constraint(unbalanced))
		require.Equal(t, "journal_entries_have_postings", dbtest.Constraint(withoutPostings))
	})
}

func TestBudgetGuard(t *testing.T) {
	t.Parallel()
	w := world.New(t, 1, nil)
	_, err := w.Earnings.RecordReading(t.Context(), w.Reading(0, 1, 100_000))
	require.NoError(t, err)

	for name, url := range map[string]string{"the owner": w.URL, "the application": dbtest.Member(t, w.URL, db.AppRole)} {
		conn := dbtest.Connect(t, url)
		for _, change := range []string{"spent_minor = funded_minor + 1", "refunded_minor = funded_minor - spent_minor + 1", "funded_minor = spent_minor - 1"} {
			t.Run("cannot be exceeded by "+name+": "+change, func(t *testing.T) {
				_, err := conn.Exec(t.Context(), "UPDATE campaign_budgets SET "+change)

				require.Equal(t, "campaign_budgets_never_exceeded", dbtest.Constraint(err))
			})
		}
	}

	t.Run("counts what a refund took beyond it as our loss: the money has left", func(t *testing.T) {
		require.NoError(t, w.Campaigns.RecordRefund(t.Context(), w.Refund("re_1", 50_001)))

		require.Zero(t, w.Balance(t, ledger.CampaignEscrow(w.CampaignID)))
		require.Equal(t, int64(1), w.Balance(t, ledger.PlatformLosses))
		w.RequireBooksInOrder(t)
	})
}
