package journal_test

import (
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/ledger/seal"
)

func TestSealEntries(t *testing.T) {
	t.Parallel()

	t.Run("seals everything in blocks of a size, and then finds nothing to do", func(t *testing.T) {
		t.Parallel()
		b := world.NewJournal(t)
		b.Post(t, 25)

		sizes := b.SealAll(t, seal.Limits{EntriesMax: 10, TailMax: 500})
		again := b.SealAll(t, seal.DefaultLimits())

		require.Equal(t, []int64{10, 10, 5}, sizes)
		require.Empty(t, again)
		verified := b.Verify(t)
		require.Empty(t, verified.Findings)
		require.Equal(t, int64(3), verified.Checked.Seals)
		require.Equal(t, int64(25), verified.Checked.Entries)
		require.Equal(t, int64(3), verified.Head.Number)
	})

	t.Run("seals nothing of an empty journal", func(t *testing.T) {
		t.Parallel()

		require.Empty(t, world.NewJournal(t).SealAll(t, seal.DefaultLimits()))
	})

	t.Run("waits for a transaction that may still commit a low number, and seals nothing above it", func(t *testing.T) {
		t.Parallel()
		b := world.NewJournal(t)
		b.Post(t, 3)
		slow, id := dbtest.Connect(t, b.URL), uuid.NewString()
		tx, err := slow.Begin(t.Context())
		require.NoError(t, err)
		_, err = tx.Exec(t.Context(), `INSERT INTO journal_entries (id, kind, reference, currency, request_hash, effective_at) VALUES ($1, 'adjustment', 'slow', 'USD', $2, now())`, id, world.Entry("slow").RequestHash())
		require.NoError(t, err)
		b.Post(t, 3)

		while, err := b.Journal.SealEntries(t.Context(), seal.DefaultLimits())
		require.NoError(t, err)
		_, err = tx.Exec(t.Context(), `INSERT INTO postings (entry_id, seq, line, account_id, currency, amount_minor)
			SELECT $1, (SELECT seq FROM journal_entries WHERE id = $1), line, (SELECT id FROM ledger_accounts WHERE code = account), 'USD', amount
			  FROM (VALUES (1, 'test/a', 5), (2, 'test/b', -5)) AS leg (line, account, amount)`, id)
		require.NoError(t, err)
		require.NoError(t, tx.Commit(t.Context()))
		after := b.SealAll(t, seal.DefaultLimits())

		require.Equal(t, seal.Progress{Held: true}, while)
		require.Equal(t, []int64{7}, after)
		require.Empty(t, b.Verify(t).Findings)
	})

	t.Run("never takes a number for unused that a running transaction holds, however many write", func(t *testing.T) {
		t.Parallel()
		b := world.NewJournal(t)
		const writers, each = 8, 30
		done := make(chan struct{})

		var writing, sealing sync.WaitGroup
		for range writers {
			writing.Go(func() {
				for range each {
					if _, err := b.Journal.Post(t.Context(), world.Entry(uuid.NewString())); !assert.NoError(t, err) {
						return
					}
				}
			})
		}
		for range 2 {
			sealing.Go(func() {
				for {
					if _, err := b.Journal.SealEntries(t.Context(), seal.Limits{EntriesMax: 50, TailMax: 20}); !assert.NoError(t, err) {
						return
					}
					select {
					case <-done:
						return
					default:
					}
				}
			})
		}
		writing.Wait()
		close(done)
		sealing.Wait()
		b.SealAll(t, seal.DefaultLimits())

		verified := b.Verify(t)
		require.Empty(t, verified.Findings)
		require.Equal(t, int64(writers*each), verified.Checked.Entries)
		var sealed int64
		require.NoError(t, dbtest.Connect(t, b.URL).QueryRow(t.Context(), "SELECT sum(entries) FROM seals").Scan(&sealed))
		require.Equal(t, int64(writers*each), sealed)
	})

	t.Run("refuses to change or remove a seal or a checkpoint, to the owner too", func(t *testing.T) {
		t.Parallel()
		b := world.NewJournal(t)
		b.Post(t, 3)
		b.SealAll(t, seal.Limits{EntriesMax: 10, TailMax: 1})
		owner, app := dbtest.Connect(t, b.URL), dbtest.Connect(t, dbtest.Member(t, b.URL, db.AppRole))

		for _, statement := range []string{"UPDATE seals SET hash = hash", "DELETE FROM seals", "UPDATE balance_checkpoints SET balance_minor = 0", "DELETE FROM balance_checkpoints"} {
			_, byOwner := owner.Exec(t.Context(), statement)
			_, byApp := app.Exec(t.Context(), statement)

			require.Equal(t, "23001", dbtest.SQLState(byOwner), statement)
			require.Equal(t, "42501", dbtest.SQLState(byApp), statement)
		}
	})
}

func TestCheckpoints(t *testing.T) {
	t.Parallel()

	t.Run("are written when the tail is long, and leave every balance as it was", func(t *testing.T) {
		t.Parallel()
		b := world.NewJournal(t)
		for range 3 {
			b.Post(t, 12)
			b.SealAll(t, seal.Limits{EntriesMax: 5, TailMax: 8})
		}
		b.Post(t, 2)

		balanceMinor, err := b.Journal.GetBalance(t.Context(), "test/a", "USD")

		require.NoError(t, err)
		require.Equal(t, int64(38*-5), balanceMinor)
		verified := b.Verify(t)
		require.Empty(t, verified.Findings)
		require.Equal(t, int64(2*3), verified.Checked.Checkpoints, "two accounts, once in ten entries")
		tails := dbtest.Connect(t, b.URL).QueryRow(t.Context(), `SELECT count(*) FROM postings AS posting
			WHERE account_id = (SELECT id FROM ledger_accounts WHERE code = 'test/a')
			  AND seq > (SELECT max(through_seq) FROM balance_checkpoints WHERE account_id = posting.account_id)`)
		var tail int
		require.NoError(t, tails.Scan(&tail))
		require.LessOrEqual(t, tail, 8+2)
	})

	t.Run("make a balance cost the same, however long its history is", func(t *testing.T) {
		t.Parallel()
		b := world.NewJournal(t)
		b.Post(t, 300)
		b.SealAll(t, seal.Limits{EntriesMax: 100, TailMax: 10})
		owner := dbtest.Connect(t, b.URL)
		_, err := owner.Exec(t.Context(), "ANALYZE postings, balance_checkpoints, ledger_accounts")
		require.NoError(t, err)

		var plan []struct {
			Plan planNode `json:"Plan"`
		}
		err = owner.QueryRow(t.Context(), "EXPLAIN (ANALYZE, FORMAT JSON) SELECT sum_minor FROM balances WHERE code = 'test/a' AND currency = 'USD'").Scan(&plan)

		require.NoError(t, err)
		require.Less(t, plan[0].Plan.rowsRead(), 50.0, plan)
	})
}

// planNode is what a test wants to know of a plan.
type planNode struct {
	Rows  float64    `json:"Actual Rows"`
	Loops float64    `json:"Actual Loops"`
	Plans []planNode `json:"Plans"`
}

// rowsRead adds up what every node of the plan returned.
func (n planNode) rowsRead() float64 {
	total := n.Rows * n.Loops
	for _, child := range n.Plans {
		total += child.rowsRead()
	}
	return total
}
