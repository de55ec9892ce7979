package audit_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/ledger/seal"
)

// The application cannot break the journal, so a superuser does it, who switches the triggers off
// first. Each change must be found, and the first finding must name the row that was changed.
func TestVerifyBooksNamesTheRowThatWasChanged(t *testing.T) {
	t.Parallel()
	const third = "(SELECT id FROM journal_entries ORDER BY seq OFFSET 2 LIMIT 1)"

	for _, tc := range []struct {
		name, tamper string
		// first is how the first finding begins. SEQ is the number of the third entry.
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
		{"the effective date", "UPDATE journal_entries SET effective_at = effective_at + interval '1 microsecond' WHERE id = " + third, "seal SEQ adjustment", "its times"},
		{"the time of recording", "UPDATE journal_entries SET recorded_at = recorded_at - interval '1 day' WHERE id = " + third, "seal SEQ adjustment", "its times"},
		{"a reference", "UPDATE journal_entries SET reference = 'other' WHERE id = " + third, "seal SEQ adjustment other", "reference"},
		{"a kind", "UPDATE journal_entries SET kind = 'other' WHERE id = " + third, "seal SEQ other", "kind"},
		{"a request hash", "UPDATE journal_entries SET request_hash = sha256('x') WHERE id = " + third, "seal SEQ adjustment", "request hash"},
		{"the entry that an entry reverses", "UPDATE journal_entries SET reverses = (SELECT id FROM journal_entries ORDER BY seq LIMIT 1) WHERE id = " + third, "seal SEQ adjustment", "reversal"},
		{"a seal's hash", "UPDATE seals SET hash = sha256('x') WHERE number = 1", "seal 1:", "does not follow"},
		{"a seal's bounds", "UPDATE seals SET last_seq = last_seq + 1 WHERE number = 1", "seal 1:", "does not follow"},
		{"a seal's previous hash", "UPDATE seals SET previous_hash = sha256('x') WHERE number = 2", "seal 2:", "names another hash of seal 1"},
		{"a leaf", "UPDATE seals SET leaves = overlay(leaves PLACING 'x'::bytea FROM 20) WHERE number = 1", "seal 1:", "does not follow"},
		{"a seal that is gone", "DELETE FROM seals WHERE number = 1", "seal 2:", "follows seal 0"},
		{"an entry below all others", "ALTER TABLE journal_entries DROP CONSTRAINT journal_entries_seq_check; ALTER TABLE postings DROP CONSTRAINT postings_seq_check; INSERT INTO journal_entries (id, seq, kind, reference, currency, request_hash, effective_at) OVERRIDING SYSTEM VALUE VALUES ('0195f2d0-0000-7000-8000-000000000001', -5, 'adjustment', 'hidden', 'USD', sha256('x'), now()); INSERT INTO postings (entry_id, seq, line, account_id, currency, amount_minor) SELECT '0195f2d0-0000-7000-8000-000000000001', -5, line, account_id, currency, amount_minor FROM postings WHERE seq = 3", "seal -5 adjustment hidden", "was not there when block 1 was sealed"},
		{"a posting below all others", "ALTER TABLE postings DROP CONSTRAINT postings_seq_check; INSERT INTO postings (entry_id, seq, line, account_id, currency, amount_minor) SELECT entry_id, -7, 3, account_id, currency, 1 FROM postings WHERE line = 1 AND seq = 3", "posting", "under seq -7, which no entry has"},
		{"a posting without a number", "ALTER TABLE postings ALTER seq DROP NOT NULL; INSERT INTO postings (entry_id, seq, line, account_id, currency, amount_minor) SELECT entry_id, NULL, 3, account_id, currency, 1 FROM postings WHERE line = 1 AND seq = 3", "journal postings", "has 23 rows, but only 22 were found in the order of the journal"},
		{"a checkpoint", "UPDATE balance_checkpoints SET balance_minor = balance_minor + 1 WHERE ctid = (SELECT min(ctid) FROM balance_checkpoints)", "checkpoint account number", "the postings sum to"},
		{"a checkpoint of nothing", "INSERT INTO balance_checkpoints (account_id, currency, through_seq, balance_minor) SELECT account_id, 'JPY', through_seq, 7 FROM balance_checkpoints LIMIT 1", "checkpoint account number", "the postings sum to 0"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			b := world.NewJournal(t)
			b.Post(t, 5)
			b.SealAll(t, seal.Limits{EntriesMax: 5, TailMax: 1})
			_, err := dbtest.Connect(t, b.URL).Exec(t.Context(), "SELECT setval('journal_entries_seq_seq', 10)")
			require.NoError(t, err)
			b.Post(t, 5)
			b.SealAll(t, seal.Limits{EntriesMax: 5, TailMax: 1})
			_, err = b.Journal.Post(t.Context(), ledger.Entry{Kind: ledger.KindAdjustment, Reference: "tail", Currency: "USD", EffectiveAt: world.Now, Postings: []ledger.Posting{{Account: "test/c", AmountMinor: 1}, {Account: "test/d", AmountMinor: -1}}})
			require.NoError(t, err)
			require.Empty(t, b.Verify(t).Findings)

			dbtest.Tamper(t, b.URL, tc.tamper)

			findings := b.Verify(t).Findings
			require.NotEmpty(t, findings)
			require.Regexp(t, "^"+strings.ReplaceAll(tc.first, "SEQ", "3"), findings[0].String())
			require.Contains(t, findings[0].Detail, tc.detail, findings)
		})
	}
}
