package db_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/audit"
	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/ledger/seal"
)

func TestSealEntries(t *testing.T) {
	t.Parallel()

	t.Run("seals everything in blocks of a size, and then finds nothing to do", func(t *testing.T) {
		t.Parallel()
		b := setupBooks(t)
		b.post(t, 25)

		sizes := b.sealAll(t, seal.Limits{EntriesMax: 10, TailMax: 500})
		again := b.sealAll(t, seal.DefaultLimits())

		require.Equal(t, []int64{10, 10, 5}, sizes)
		require.Empty(t, again)
		verified := b.verify(t)
		require.Empty(t, verified.Findings)
		require.Equal(t, int64(3), verified.Checked.Seals)
		require.Equal(t, int64(25), verified.Checked.Entries)
		require.Equal(t, int64(3), verified.Head.Number)
	})

	t.Run("seals nothing of an empty journal", func(t *testing.T) {
		t.Parallel()

		require.Empty(t, setupBooks(t).sealAll(t, seal.DefaultLimits()))
	})

	t.Run("waits for a transaction that may still commit a low number, and seals nothing above it", func(t *testing.T) {
		t.Parallel()
		b := setupBooks(t)
		b.post(t, 3)
		slow, id := connect(t, b.url), uuid.NewString()
		tx, err := slow.Begin(t.Context())
		require.NoError(t, err)
		_, err = tx.Exec(t.Context(), `INSERT INTO journal_entries (id, kind, reference, currency, request_hash, effective_at) VALUES ($1, 'adjustment', 'slow', 'USD', $2, now())`, id, b.entry("slow").RequestHash())
		require.NoError(t, err)
		b.post(t, 3)

		while, err := b.store.Journal.SealEntries(t.Context(), seal.DefaultLimits())
		require.NoError(t, err)
		_, err = tx.Exec(t.Context(), `INSERT INTO postings (entry_id, seq, line, account_id, currency, amount_minor)
			SELECT $1, (SELECT seq FROM journal_entries WHERE id = $1), line, (SELECT id FROM ledger_accounts WHERE code = account), 'USD', amount
			  FROM (VALUES (1, 'test/a', 5), (2, 'test/b', -5)) AS leg (line, account, amount)`, id)
		require.NoError(t, err)
		require.NoError(t, tx.Commit(t.Context()))
		after := b.sealAll(t, seal.DefaultLimits())

		require.Equal(t, seal.Progress{Held: true}, while)
		require.Equal(t, []int64{7}, after)
		require.Empty(t, b.verify(t).Findings)
	})

	t.Run("never takes a number for unused that a running transaction holds, however many write", func(t *testing.T) {
		t.Parallel()
		b := setupBooks(t)
		const writers, each = 8, 30
		done := make(chan struct{})

		var writing, sealing sync.WaitGroup
		for range writers {
			writing.Go(func() {
				for range each {
					if _, err := b.store.Journal.Post(t.Context(), b.entry(uuid.NewString())); !errorsNil(t, err) {
						return
					}
				}
			})
		}
		for range 2 {
			sealing.Go(func() {
				for {
					if _, err := b.store.Journal.SealEntries(t.Context(), seal.Limits{EntriesMax: 50, TailMax: 20}); !errorsNil(t, err) {
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
		b.sealAll(t, seal.DefaultLimits())

		verified := b.verify(t)
		require.Empty(t, verified.Findings)
		require.Equal(t, int64(writers*each), verified.Checked.Entries)
		var sealed int64
		require.NoError(t, connect(t, b.url).QueryRow(t.Context(), "SELECT sum(entries) FROM seals").Scan(&sealed))
		require.Equal(t, int64(writers*each), sealed)
	})

	t.Run("refuses to change or remove a seal or a checkpoint, to the owner too", func(t *testing.T) {
		t.Parallel()
		b := setupBooks(t)
		b.post(t, 3)
		b.sealAll(t, seal.Limits{EntriesMax: 10, TailMax: 1})
		owner, app := connect(t, b.url), connect(t, member(t, b.url, db.AppRole))

		for _, statement := range []string{"UPDATE seals SET hash = hash", "DELETE FROM seals", "UPDATE balance_checkpoints SET balance_minor = 0", "DELETE FROM balance_checkpoints"} {
			_, byOwner := owner.Exec(t.Context(), statement)
			_, byApp := app.Exec(t.Context(), statement)

			require.Equal(t, "23001", codeOf(byOwner), statement)
			require.Equal(t, "42501", codeOf(byApp), statement)
		}
	})
}

func TestCheckpoints(t *testing.T) {
	t.Parallel()

	t.Run("are written when the tail is long, and leave every balance as it was", func(t *testing.T) {
		t.Parallel()
		b := setupBooks(t)
		for range 3 {
			b.post(t, 12)
			b.sealAll(t, seal.Limits{EntriesMax: 5, TailMax: 8})
		}
		b.post(t, 2)

		balanceMinor, err := b.store.Journal.GetBalance(t.Context(), "test/a", "USD")

		require.NoError(t, err)
		require.Equal(t, int64(38*-5), balanceMinor)
		verified := b.verify(t)
		require.Empty(t, verified.Findings)
		require.Equal(t, int64(2*3), verified.Checked.Checkpoints, "two accounts, once in ten entries")
		tails := connect(t, b.url).QueryRow(t.Context(), `SELECT count(*) FROM postings AS posting
			WHERE account_id = (SELECT id FROM ledger_accounts WHERE code = 'test/a')
			  AND seq > (SELECT max(through_seq) FROM balance_checkpoints WHERE account_id = posting.account_id)`)
		var tail int
		require.NoError(t, tails.Scan(&tail))
		require.LessOrEqual(t, tail, 8+2)
	})

	t.Run("make a balance cost the same, however long its history is", func(t *testing.T) {
		t.Parallel()
		b := setupBooks(t)
		b.post(t, 300)
		b.sealAll(t, seal.Limits{EntriesMax: 100, TailMax: 10})
		owner := connect(t, b.url)
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

// books is a database with nothing but a journal.
type sealedBooks struct {
	url   string
	store *books.Books
}

func setupBooks(t *testing.T) *sealedBooks {
	t.Helper()
	url := dbtest.URL(t)
	return &sealedBooks{url: url, store: dbtest.Open(t, url)}
}

// entry moves five cents.
func (b *sealedBooks) entry(reference string) ledger.Entry {
	return ledger.Entry{
		Kind: ledger.KindAdjustment, Reference: reference, Currency: "USD", EffectiveAt: now,
		Postings: []ledger.Posting{{Account: "test/a", AmountMinor: 5}, {Account: "test/b", AmountMinor: -5}},
	}
}

func (b *sealedBooks) post(t *testing.T, entries int) {
	t.Helper()
	for range entries {
		_, err := b.store.Journal.Post(t.Context(), b.entry(uuid.NewString()))
		require.NoError(t, err)
	}
}

// sealAll seals until nothing is left, and returns the sizes of the blocks. Transactions of
// other tests on this server may hold a pass up.
func (b *sealedBooks) sealAll(t *testing.T, limits seal.Limits) []int64 {
	t.Helper()
	return sealAll(t, t.Context(), b.store, limits)
}

func sealAll(t require.TestingT, ctx context.Context, store *books.Books, limits seal.Limits) []int64 { //nolint:revive // t comes first in every helper of a test
	var sizes []int64
	for deadline := time.Now().Add(time.Minute); ; {
		sealed, err := store.Journal.SealEntries(ctx, limits)
		require.NoError(t, err)
		require.True(t, time.Now().Before(deadline), "held up for a minute")
		if sealed.Held {
			continue
		}
		if sealed.Number == 0 {
			return sizes
		}
		sizes, deadline = append(sizes, sealed.Entries), time.Now().Add(time.Minute)
	}
}

func (b *sealedBooks) verify(t *testing.T) audit.Verification {
	t.Helper()
	verified, err := b.store.Audit.Verify(t.Context())
	require.NoError(t, err)
	return verified
}

// Nothing that the application does can break the journal, so a superuser does who switches
// the triggers off first. Each change is found, and the first row that is named is the one
// that was changed.
func TestVerifyBooksNamesWhatWasTamperedWith(t *testing.T) {
	t.Parallel()
	const third = "(SELECT id FROM journal_entries ORDER BY seq OFFSET 2 LIMIT 1)"

	for _, tc := range []struct {
		name, tamper string
		// first begins the finding that comes first, with SEQ for that of the third entry.
		first  string
		detail string
	}{
		{"an amount", "UPDATE postings SET amount_minor = amount_minor + 1 WHERE line = 1 AND entry_id = " + third, "seal SEQ adjustment", "posting was changed"},
		{"both amounts of an entry", "UPDATE postings SET amount_minor = amount_minor * 2 WHERE entry_id = " + third, "seal SEQ adjustment", "posting was changed"},
		{"an account", "UPDATE postings SET account_id = (SELECT id FROM ledger_accounts WHERE code = 'test/c') WHERE line = 1 AND entry_id = " + third, "seal SEQ adjustment", "posting was changed"},
		{"the name of an account", "UPDATE ledger_accounts SET code = 'test/x' WHERE code = 'test/a'", "seal 1 adjustment", "posting was changed"},
		{"a currency of a posting", "UPDATE postings SET currency = 'EUR' WHERE line = 1 AND entry_id = " + third, "entry SEQ adjustment", "line 1 posts EUR in an entry in USD"},
		{"a line", "UPDATE postings SET line = 7 WHERE line = 1 AND entry_id = " + third, "seal SEQ adjustment", "posting was changed"},
		{"the direction", "UPDATE postings SET amount_minor = -amount_minor WHERE entry_id = " + third, "seal SEQ adjustment", "posting was changed"},
		{"a posting that was added", "INSERT INTO postings (entry_id, seq, line, account_id, currency, amount_minor) SELECT entry_id, seq, 3, account_id, currency, 1 FROM postings WHERE line = 1 AND entry_id = " + third, "seal SEQ adjustment", "posting was changed"},
		{"a posting that is gone", "DELETE FROM postings WHERE line = 2 AND entry_id = " + third, "seal SEQ adjustment", "posting was changed"},
		{"a posting of another entry", "UPDATE postings SET seq = 3, line = line + 2 WHERE seq = 4", "seal SEQ adjustment", "posting was changed"},
		{"an entry that is gone", "DELETE FROM postings WHERE entry_id = " + third + "; DELETE FROM journal_entries WHERE id = " + third, "seal SEQ:", "is gone"},
		{"an entry in a gap", "INSERT INTO journal_entries (id, seq, kind, reference, currency, request_hash, effective_at) OVERRIDING SYSTEM VALUE SELECT gen_random_uuid(), 8, 'adjustment', 'inserted', 'USD', request_hash, now() FROM journal_entries LIMIT 1", "seal 8 adjustment inserted", "was not there when block 2 was sealed"},
		{"what it is dated", "UPDATE journal_entries SET effective_at = effective_at + interval '1 microsecond' WHERE id = " + third, "seal SEQ adjustment", "its times"},
		{"when it was recorded", "UPDATE journal_entries SET recorded_at = recorded_at - interval '1 day' WHERE id = " + third, "seal SEQ adjustment", "its times"},
		{"a reference", "UPDATE journal_entries SET reference = 'other' WHERE id = " + third, "seal SEQ adjustment other", "reference"},
		{"a kind", "UPDATE journal_entries SET kind = 'other' WHERE id = " + third, "seal SEQ other", "kind"},
		{"a request hash", "UPDATE journal_entries SET request_hash = sha256('x') WHERE id = " + third, "seal SEQ adjustment", "request hash"},
		{"what an entry reverses", "UPDATE journal_entries SET reverses = (SELECT id FROM journal_entries ORDER BY seq LIMIT 1) WHERE id = " + third, "seal SEQ adjustment", "reversal"},
		{"a seal's hash", "UPDATE seals SET hash = sha256('x') WHERE number = 1", "seal 1:", "does not follow"},
		{"a seal's bounds", "UPDATE seals SET last_seq = last_seq + 1 WHERE number = 1", "seal 1:", "does not follow"},
		{"a seal's previous hash", "UPDATE seals SET previous_hash = sha256('x') WHERE number = 2", "seal 2:", "names another hash of seal 1"},
		{"a leaf", "UPDATE seals SET leaves = overlay(leaves PLACING 'x'::bytea FROM 20) WHERE number = 1", "seal 1:", "does not follow"},
		{"a seal that is gone", "DELETE FROM seals WHERE number = 1", "seal 2:", "follows seal 0"},
		{"an entry below all others", "ALTER TABLE journal_entries DROP CONSTRAINT journal_entries_seq_check; ALTER TABLE postings DROP CONSTRAINT postings_seq_check; INSERT INTO journal_entries (id, seq, kind, reference, currency, request_hash, effective_at) OVERRIDING SYSTEM VALUE VALUES ('0195f2d0-0000-7000-8000-000000000001', -5, 'adjustment', 'hidden', 'USD', sha256('x'), now()); INSERT INTO postings (entry_id, seq, line, account_id, currency, amount_minor) SELECT '0195f2d0-0000-7000-8000-000000000001', -5, line, account_id, currency, amount_minor FROM postings WHERE seq = 3", "seal -5 adjustment hidden", "was not there when block 1 was sealed"},
		{"a posting below all others", "ALTER TABLE postings DROP CONSTRAINT postings_seq_check; INSERT INTO postings (entry_id, seq, line, account_id, currency, amount_minor) SELECT entry_id, -7, 3, account_id, currency, 1 FROM postings WHERE line = 1 AND seq = 3", "posting", "under seq -7, which no entry has"},
		{"a posting outside of every order", "ALTER TABLE postings ALTER seq DROP NOT NULL; INSERT INTO postings (entry_id, seq, line, account_id, currency, amount_minor) SELECT entry_id, NULL, 3, account_id, currency, 1 FROM postings WHERE line = 1 AND seq = 3", "journal postings", "has 23 rows, of which the order of the journal leads to 22"},
		{"a checkpoint", "UPDATE balance_checkpoints SET balance_minor = balance_minor + 1 WHERE ctid = (SELECT min(ctid) FROM balance_checkpoints)", "checkpoint account number", "the postings sum to"},
		{"a checkpoint of nothing", "INSERT INTO balance_checkpoints (account_id, currency, through_seq, balance_minor) SELECT account_id, 'JPY', through_seq, 7 FROM balance_checkpoints LIMIT 1", "checkpoint account number", "the postings sum to 0"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			b := setupBooks(t)
			b.post(t, 5)
			b.sealAll(t, seal.Limits{EntriesMax: 5, TailMax: 1})
			_, err := connect(t, b.url).Exec(t.Context(), "SELECT setval('journal_entries_seq_seq', 10)")
			require.NoError(t, err)
			b.post(t, 5)
			b.sealAll(t, seal.Limits{EntriesMax: 5, TailMax: 1})
			_, err = b.store.Journal.Post(t.Context(), ledger.Entry{Kind: ledger.KindAdjustment, Reference: "tail", Currency: "USD", EffectiveAt: now, Postings: []ledger.Posting{{Account: "test/c", AmountMinor: 1}, {Account: "test/d", AmountMinor: -1}}})
			require.NoError(t, err)
			require.Empty(t, b.verify(t).Findings)

			tamper(t, b.url, tc.tamper)

			findings := b.verify(t).Findings
			require.NotEmpty(t, findings)
			require.Regexp(t, "^"+strings.ReplaceAll(tc.first, "SEQ", "3"), findings[0].String())
			require.Contains(t, findings[0].Detail, tc.detail, findings)
		})
	}
}

// tamper changes rows behind the back of every trigger.
func tamper(t *testing.T, url, change string) {
	t.Helper()
	err := pgx.BeginFunc(t.Context(), connect(t, url), func(tx pgx.Tx) error {
		if _, err := tx.Exec(t.Context(), "SET LOCAL session_replication_role = replica"); err != nil {
			return err
		}
		changed, err := tx.Exec(t.Context(), change)
		if err == nil {
			require.Positive(t, changed.RowsAffected(), "something was changed")
		}
		return err
	})
	require.NoError(t, err)
}
