package reconciliation_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/domain/ledger/seal"
)

// BenchmarkListCover reads what is owed in books with few and with many creators, each with one sealed
// entry. The time must not grow with them.
func BenchmarkListCover(b *testing.B) {
	for _, creators := range []int{1_000, 100_000} {
		b.Run(fmt.Sprintf("%d creators", creators), func(b *testing.B) {
			url := dbtest.URL(b)
			store := dbtest.Open(b, url)
			conn := dbtest.Connect(b, url)
			for _, statement := range []string{
				`SET session_replication_role = replica`,
				fmt.Sprintf(`INSERT INTO ledger_accounts (code) SELECT 'creator/' || gen_random_uuid() || '/pending' FROM generate_series(1, %d)`, creators),
				`INSERT INTO ledger_accounts (code) VALUES ('campaign/k/escrow')`,
				`INSERT INTO journal_entries (id, kind, reference, currency, request_hash, effective_at)
				 SELECT gen_random_uuid(), 'adjustment', id::text, 'USD', sha256('x'), now() FROM ledger_accounts WHERE code LIKE 'creator/%'`,
				`INSERT INTO postings (entry_id, seq, line, account_id, currency, amount_minor)
				 SELECT entry.id, entry.seq, leg.line, CASE leg.line WHEN 1 THEN (SELECT id FROM ledger_accounts WHERE code = 'campaign/k/escrow') ELSE entry.reference::bigint END,
				        'USD', CASE leg.line WHEN 1 THEN 5 ELSE -5 END
				   FROM journal_entries AS entry CROSS JOIN (VALUES (1), (2)) AS leg (line) ORDER BY entry.seq`,
				`VACUUM ANALYZE`,
			} {
				_, err := conn.Exec(b.Context(), statement)
				require.NoError(b, err)
			}
			dbtest.SealAll(b, store, seal.Limits{EntriesMax: 1_000_000, TailMax: 500})

			for b.Loop() {
				cover, err := store.Reconciliation.ListCover(b.Context())
				require.NoError(b, err)
				require.Equal(b, int64(5*creators), cover[0].PendingMinor)
			}
		})
	}
}
