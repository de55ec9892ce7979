package db_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/ledger/seal"
)

func TestVerifyBooksHoldsTheChainAgainstSealsThatWereKept(t *testing.T) {
	t.Parallel()
	b := setupBooks(t)
	b.post(t, 9)
	b.sealAll(t, seal.Limits{EntriesMax: 3, TailMax: 1})
	head := b.verify(t).Head
	b.post(t, 2)

	verify := func(kept ...seal.Seal) []string {
		verified, err := b.store.Audit.Verify(t.Context(), kept...)
		require.NoError(t, err)
		details := []string{}
		for _, finding := range verified.Findings {
			require.Equal(t, "seal", finding.Check)
			details = append(details, finding.Detail)
		}
		return details
	}
	other := head
	other.Hash[0]++
	require.Empty(t, verify(head), "finds a seal that was kept")
	require.Contains(t, verify(head, other)[0], "the chain was written anew")

	tamper(t, b.url, "DELETE FROM balance_checkpoints; DELETE FROM seals WHERE number > 1")

	require.Empty(t, verify(), "by itself, a chain cannot tell that it was longer")
	require.Contains(t, verify(head)[0], "is not there: the last seal is 1")
	require.Equal(t, int64(8), b.verify(t).Unsealed.Entries)
}

func TestVerifyBooksLooksAtWhatNoHashCovers(t *testing.T) {
	t.Parallel()

	for _, tc := range []struct{ name, tamper, check, detail string }{
		{"the postings that a seal says it covers", "UPDATE seals SET postings = postings + 1 WHERE number = 1", "seal", "says that it covers 7 postings, its entries have 6"},
		{"a seal that is older than its entries", "UPDATE seals SET sealed_at = sealed_at - interval '1 day' WHERE number = 1", "seal", "says that it was made at"},
		{"a seal that is older than the one before", "UPDATE seals SET sealed_at = sealed_at + interval '10 minutes' WHERE number = 1", "seal", "says that it was made at"},
		{"a seal of tomorrow", "UPDATE seals SET sealed_at = sealed_at + interval '1 day' WHERE number = 2", "seal", "says that it was made at"},
		{"entries that nothing sealed for longer than a day", "UPDATE journal_entries SET recorded_at = recorded_at - interval '25 hours' WHERE seq > 6", "seal", "behind it are 2 entries that nothing seals"},
		{"an entry that was dated into a closed period", "UPDATE journal_entries SET effective_at = '2026-02-28 23:59:59Z', recorded_at = recorded_at + interval '6 minutes' WHERE seq = 8", "period", "is dated 2026-02-28"},
		{"an entry that was dated into a month before a closed one", "UPDATE journal_entries SET effective_at = '2025-01-31Z', recorded_at = recorded_at + interval '6 minutes' WHERE seq = 8", "period", "is dated 2025-01-31"},
	} {
		t.Run("finds "+tc.name, func(t *testing.T) {
			t.Parallel()
			b := setupBooks(t)
			b.post(t, 6)
			b.sealAll(t, seal.Limits{EntriesMax: 3, TailMax: 500})
			b.post(t, 1)
			period, err := ledger.ParsePeriod("2026-02")
			require.NoError(t, err)
			require.NoError(t, b.store.Journal.ClosePeriod(t.Context(), period, "finance", "closed", now))
			b.post(t, 1)
			require.Empty(t, b.verify(t).Findings)

			tamper(t, b.url, tc.tamper)

			findings := b.verify(t).Findings
			require.NotEmpty(t, findings)
			require.Equal(t, tc.check, findings[0].Check, findings)
			require.Contains(t, findings[0].Detail, tc.detail, findings)
		})
	}

	t.Run("leaves alone a clock that was set back by a few minutes", func(t *testing.T) {
		t.Parallel()
		b := setupBooks(t)
		b.post(t, 3)
		b.sealAll(t, seal.Limits{EntriesMax: 3, TailMax: 500})
		early := b.entry("early")
		early.EffectiveAt = now.AddDate(0, -1, 0)
		_, err := b.store.Journal.Post(t.Context(), early)
		require.NoError(t, err)
		period, err := ledger.ParsePeriod("2026-02")
		require.NoError(t, err)
		require.NoError(t, b.store.Journal.ClosePeriod(t.Context(), period, "finance", "closed", now))
		b.post(t, 3)
		b.sealAll(t, seal.Limits{EntriesMax: 2, TailMax: 500})

		tamper(t, b.url, `UPDATE accounting_periods SET closed_at = closed_at - interval '3 minutes'; UPDATE seals SET sealed_at = sealed_at + interval '3 minutes' WHERE number IN (1, 3)`)

		require.Empty(t, b.verify(t).Findings)
	})

	t.Run("leaves alone what was recorded before its period was closed", func(t *testing.T) {
		t.Parallel()
		b := setupBooks(t)
		early := b.entry("early")
		early.EffectiveAt = now.AddDate(0, -1, 0)
		_, err := b.store.Journal.Post(t.Context(), early)
		require.NoError(t, err)
		period, err := ledger.ParsePeriod("2026-02")
		require.NoError(t, err)
		require.NoError(t, b.store.Journal.ClosePeriod(t.Context(), period, "finance", "closed", now))
		late := b.entry("late")
		late.EffectiveAt = now.AddDate(0, -1, 0)
		_, err = b.store.Journal.Post(t.Context(), late)
		require.NoError(t, err)

		require.Empty(t, b.verify(t).Findings)
	})
}
