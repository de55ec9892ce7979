package journal_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
)

func writtenOff(at time.Time, exact bool) ledger.Entry {
	return ledger.Entry{
		Kind: ledger.KindAdjustment, Reference: uuid.NewString(), Currency: "USD", EffectiveAt: at, ExactDate: exact,
		Postings: []ledger.Posting{{Account: ledger.ProcessingFees, AmountMinor: 5}, {Account: ledger.StripePlatform, AmountMinor: -5}},
	}
}

func effectiveAt(t *testing.T, conn *pgx.Conn, entryID string) time.Time {
	t.Helper()
	var at time.Time
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT effective_at FROM journal_entries WHERE id = $1", entryID).Scan(&at))
	return at.UTC()
}

func TestClosedPeriods(t *testing.T) {
	t.Parallel()
	period := dbtest.Period(t, "2026-02")
	lastMoment := period.EndsAt.Add(-time.Microsecond)

	t.Run("refuse an entry that a person dates inside them, and take the next moment", func(t *testing.T) {
		t.Parallel()
		store := dbtest.New(t)
		require.NoError(t, store.Journal.ClosePeriod(t.Context(), period, "finance-1", "February is reported", world.Now))

		_, inside := store.Journal.Post(t.Context(), writtenOff(lastMoment, true))
		_, before := store.Journal.Post(t.Context(), writtenOff(period.StartsAt.AddDate(-1, 0, 0), true))
		_, after := store.Journal.Post(t.Context(), writtenOff(period.EndsAt, true))

		require.Equal(t, "period_closed", fault.CodeOf(inside))
		require.Equal(t, "period_closed", fault.CodeOf(before))
		require.NoError(t, after)
	})

	t.Run("move what the engine books late to the first open moment", func(t *testing.T) {
		t.Parallel()
		url := dbtest.URL(t)
		store := dbtest.Open(t, url)
		require.NoError(t, store.Journal.ClosePeriod(t.Context(), period, "finance-1", "February is reported", world.Now))

		late, err := store.Journal.Post(t.Context(), writtenOff(lastMoment, false))
		require.NoError(t, err)
		current, err := store.Journal.Post(t.Context(), writtenOff(world.Now, false))
		require.NoError(t, err)

		conn := dbtest.Connect(t, url)
		require.Equal(t, period.EndsAt, effectiveAt(t, conn, late.EntryID))
		require.Equal(t, world.Now, effectiveAt(t, conn, current.EntryID))
	})

	t.Run("refuse raw SQL of the owner as well", func(t *testing.T) {
		t.Parallel()
		url := dbtest.URL(t)
		store := dbtest.Open(t, url)
		require.NoError(t, store.Journal.ClosePeriod(t.Context(), period, "finance-1", "February is reported", world.Now))

		_, err := dbtest.Connect(t, url).Exec(t.Context(), `INSERT INTO journal_entries (id, kind, reference, currency, request_hash, effective_at)
			VALUES (gen_random_uuid(), 'adjustment', 'x', 'USD', sha256('x'), $1)`, lastMoment)

		require.Equal(t, "journal_entries_period_open", dbtest.Constraint(err))
	})

	t.Run("are closed once, in order, when they are over, and by a person", func(t *testing.T) {
		t.Parallel()
		store := dbtest.New(t)
		january, march := dbtest.Period(t, "2026-01"), dbtest.Period(t, "2026-03")
		closing := func(p ledger.Period, by string) string {
			return fault.CodeOf(store.Journal.ClosePeriod(t.Context(), p, by, "reported", world.Now))
		}

		require.Equal(t, "actor_missing", closing(period, ""))
		require.Equal(t, "period_not_over", closing(march, "finance-1"))
		require.Empty(t, closing(period, "finance-1"))
		require.Equal(t, "period_closed", closing(period, "finance-2"))
		require.Equal(t, "period_closed", closing(january, "finance-1"))
		closed, err := store.Journal.ListClosedPeriods(t.Context())
		require.NoError(t, err)
		require.Len(t, closed, 1)
		require.Equal(t, "finance-1", closed[0].ClosedBy)
	})

	t.Run("wait for a transaction that is posting into them", func(t *testing.T) {
		t.Parallel()
		url := dbtest.URL(t)
		store := dbtest.Open(t, url)
		posting := dbtest.Connect(t, url)
		tx, err := posting.Begin(t.Context())
		require.NoError(t, err)
		_, err = store.Journal.Post(t.Context(), writtenOff(world.Now, false)) // opens the accounts
		require.NoError(t, err)
		id := uuid.NewString()
		_, err = tx.Exec(t.Context(), `INSERT INTO journal_entries (id, kind, reference, currency, request_hash, effective_at)
			VALUES ($1, 'adjustment', 'in flight', 'USD', sha256('x'), $2)`, id, lastMoment)
		require.NoError(t, err)
		require.NoError(t, dbtest.WriteLegs(t, tx, id, "(1, 'stripe/platform', 'USD', 1), (2, 'platform/processing_fees', 'USD', -1)"))

		closed := make(chan error, 1)
		go func() {
			closed <- store.Journal.ClosePeriod(context.Background(), period, "finance-1", "reported", world.Now)
		}()
		dbtest.AwaitBlocked(t, url, 1)
		require.Empty(t, closed)
		require.NoError(t, tx.Commit(t.Context()))

		require.NoError(t, <-closed)
		require.Equal(t, lastMoment, effectiveAt(t, posting, id))
	})
}
