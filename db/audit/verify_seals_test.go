package audit_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/ledger/seal"
)

func TestVerifyBooksComparesTheChainWithKeptSeals(t *testing.T) {
	t.Parallel()
	b := world.NewJournal(t)
	b.Post(t, 9)
	b.SealAll(t, seal.Limits{EntriesMax: 3, TailMax: 1})
	head := b.Verify(t).Head
	b.Post(t, 2)

	verify := func(kept ...seal.Seal) []string {
		verified, err := b.Audit.Verify(t.Context(), kept...)
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
	require.Contains(t, verify(head, other)[0], "the chain was rewritten")

	dbtest.Tamper(t, b.URL, "DELETE FROM balance_checkpoints; DELETE FROM seals WHERE number > 1")

	require.Empty(t, verify(), "a chain does not show that it was longer before")
	require.Contains(t, verify(head)[0], "is not there: the last seal is 1")
	require.Equal(t, int64(8), b.Verify(t).Unsealed.Entries)
}

func TestVerifyBooksChecksWhatNoHashCovers(t *testing.T) {
	t.Parallel()

	for _, tc := range []struct{ name, tamper, check, detail string }{
		{"the number of postings that a seal covers", "UPDATE seals SET postings = postings + 1 WHERE number = 1", "seal", "says that it covers 7 postings, but its entries have 6"},
		{"a seal that is older than its entries", "UPDATE seals SET sealed_at = sealed_at - interval '1 day' WHERE number = 1", "seal", "says that it was made at"},
		{"a seal that is older than the one before", "UPDATE seals SET sealed_at = sealed_at + interval '10 minutes' WHERE number = 1", "seal", "says that it was made at"},
		{"a seal with a time in the future", "UPDATE seals SET sealed_at = sealed_at + interval '1 day' WHERE number = 2", "seal", "says that it was made at"},
		{"entries that were not sealed for longer than a day", "UPDATE journal_entries SET recorded_at = recorded_at - interval '25 hours' WHERE seq > 6", "seal", "and 2 entries after it are not sealed"},
		{"an entry that was dated into a closed period", "UPDATE journal_entries SET effective_at = '2026-02-28 23:59:59Z', recorded_at = recorded_at + interval '6 minutes' WHERE seq = 8", "period", "is dated 2026-02-28"},
		{"an entry that was dated into a month before a closed one", "UPDATE journal_entries SET effective_at = '2025-01-31Z', recorded_at = recorded_at + interval '6 minutes' WHERE seq = 8", "period", "is dated 2025-01-31"},
	} {
		t.Run("finds "+tc.name, func(t *testing.T) {
			t.Parallel()
			b := world.NewJournal(t)
			b.Post(t, 6)
			b.SealAll(t, seal.Limits{EntriesMax: 3, TailMax: 500})
			b.Post(t, 1)
			period := dbtest.Period(t, "2026-02")
			require.NoError(t, b.Journal.ClosePeriod(t.Context(), period, "finance", "closed", world.Now))
			b.Post(t, 1)
			require.Empty(t, b.Verify(t).Findings)

			dbtest.Tamper(t, b.URL, tc.tamper)

			findings := b.Verify(t).Findings
			require.NotEmpty(t, findings)
			require.Equal(t, tc.check, findings[0].Check, findings)
			require.Contains(t, findings[0].Detail, tc.detail, findings)
		})
	}

	t.Run("finds nothing wrong if the clock was set back by a few minutes", func(t *testing.T) {
		t.Parallel()
		b := world.NewJournal(t)
		b.Post(t, 3)
		b.SealAll(t, seal.Limits{EntriesMax: 3, TailMax: 500})
		early := world.Entry("early")
		early.EffectiveAt = world.Now.AddDate(0, -1, 0)
		_, err := b.Journal.Post(t.Context(), early)
		require.NoError(t, err)
		period := dbtest.Period(t, "2026-02")
		require.NoError(t, b.Journal.ClosePeriod(t.Context(), period, "finance", "closed", world.Now))
		b.Post(t, 3)
		b.SealAll(t, seal.Limits{EntriesMax: 2, TailMax: 500})

		dbtest.Tamper(t, b.URL, `UPDATE accounting_periods SET closed_at = closed_at - interval '3 minutes'; UPDATE seals SET sealed_at = sealed_at + interval '3 minutes' WHERE number IN (1, 3)`)

		require.Empty(t, b.Verify(t).Findings)
	})

	t.Run("finds nothing wrong with an entry that was recorded before its period was closed", func(t *testing.T) {
		t.Parallel()
		b := world.NewJournal(t)
		early := world.Entry("early")
		early.EffectiveAt = world.Now.AddDate(0, -1, 0)
		_, err := b.Journal.Post(t.Context(), early)
		require.NoError(t, err)
		period := dbtest.Period(t, "2026-02")
		require.NoError(t, b.Journal.ClosePeriod(t.Context(), period, "finance", "closed", world.Now))
		late := world.Entry("late")
		late.EffectiveAt = world.Now.AddDate(0, -1, 0)
		_, err = b.Journal.Post(t.Context(), late)
		require.NoError(t, err)

		require.Empty(t, b.Verify(t).Findings)
	})
}
