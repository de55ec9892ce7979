package journal_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/db/journal"
	"github.com/creditroll/creditroll/db/journal/transcript"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/ledger/seal"
)

func TestExportAndImport(t *testing.T) {
	t.Parallel()

	for _, format := range []transcript.Format{transcript.JSONLines, transcript.CSV} {
		t.Run("replays "+string(format)+" into the same entries, balances and seals", func(t *testing.T) {
			t.Parallel()
			w, _ := world.ReservedPayout(t)
			dbtest.SealAll(t, w.Books, seal.Limits{EntriesMax: 2, TailMax: 500})
			b := &world.Journal{URL: w.URL, Books: w.Books}
			b.Post(t, 2)
			_, err := w.Journal.Post(t.Context(), reversing(t, w, world.Entry("returned")))
			require.NoError(t, err)
			written := export(t, w.Books, format)
			replayed := dbtest.URL(t)

			imported, err := journal.Import(t.Context(), replayed, transcript.NewReader(format, bytes.NewReader(written)))

			require.NoError(t, err)
			again := &world.Journal{Books: dbtest.Open(t, replayed), URL: replayed}
			require.Equal(t, string(written), string(export(t, again.Books, format)))
			before, after := b.Verify(t), again.Verify(t)
			require.Empty(t, after.Findings)
			require.Equal(t, before.Head, after.Head)
			require.Equal(t, before.Head, imported.Head)
			require.Equal(t, before.Checked.Entries, imported.Entries)
			require.Equal(t, before.Checked.Postings, imported.Postings)
			require.Equal(t, balances(t, w.Books), balances(t, again.Books))

			// The books go on where they were.
			_, err = again.Journal.Post(t.Context(), world.Entry("next"))
			require.NoError(t, err)
			require.Len(t, again.SealAll(t, seal.DefaultLimits()), 1)
			require.Empty(t, again.Verify(t).Findings)
		})
	}

	t.Run("writes nothing but a header and the end of empty books", func(t *testing.T) {
		t.Parallel()
		b := world.NewJournal(t)

		require.Equal(t, 1, strings.Count(string(export(t, b.Books, transcript.JSONLines)), "\n"))
		require.Equal(t, 2, strings.Count(string(export(t, b.Books, transcript.CSV)), "\n"))
	})

	for _, format := range []transcript.Format{transcript.JSONLines, transcript.CSV} {
		t.Run("refuses "+string(format)+" that was changed, and leaves nothing of it", func(t *testing.T) {
			t.Parallel()
			b := world.NewJournal(t)
			b.Post(t, 3)
			b.SealAll(t, seal.Limits{EntriesMax: 2, TailMax: 1})
			written := string(export(t, b.Books, format))
			empty := world.NewJournal(t)
			lines := strings.SplitAfter(written, "\n")

			for name, changed := range map[string]string{
				"amounts":                    strings.NewReplacer(":5}", ":6}", ":-5}", ":-6}", ",5\n", ",6\n", ",-5\n", ",-6\n").Replace(written),
				"kinds and accounts":         strings.NewReplacer("adjustment", "written_off", "test/", "text/").Replace(written),
				"times":                      strings.ReplaceAll(written, "00Z", "01Z"),
				"the hash of the last seal":  strings.Replace(written, b.Verify(t).Head.Hash.String(), strings.Repeat("0", 64), 1),
				"entries that are left out":  strings.Join(append(lines[:len(lines)-4:len(lines)-4], lines[len(lines)-2:]...), ""),
				"a cut behind the last line": strings.Join(lines[:len(lines)-2], ""),
			} {
				_, err := journal.Import(t.Context(), empty.URL, transcript.NewReader(format, strings.NewReader(changed)))

				require.NotEqual(t, written, changed, name)
				require.Contains(t, []string{"transcript_differs", "transcript_incomplete"}, fault.CodeOf(err), name)
				require.Zero(t, empty.Verify(t).Checked.Entries, name)
			}
		})
	}

	t.Run("refuses what was exported from books whose seals do not follow from their entries", func(t *testing.T) {
		t.Parallel()
		b := world.NewJournal(t)
		b.Post(t, 3)
		b.SealAll(t, seal.DefaultLimits())
		dbtest.Tamper(t, b.URL, "UPDATE journal_entries SET effective_at = effective_at - interval '1 day'")
		empty := world.NewJournal(t)

		_, err := journal.Import(t.Context(), empty.URL, transcript.NewReader(transcript.CSV, bytes.NewReader(export(t, b.Books, transcript.CSV))))

		require.Equal(t, "transcript_differs", fault.CodeOf(err))
		require.ErrorContains(t, err, "ledger verify")
	})

	t.Run("refuses books that are not empty", func(t *testing.T) {
		t.Parallel()
		b := world.NewJournal(t)
		b.Post(t, 1)

		_, err := journal.Import(t.Context(), b.URL, transcript.NewReader(transcript.JSONLines, bytes.NewReader(export(t, b.Books, transcript.JSONLines))))

		require.True(t, fault.Is(err, fault.Conflict))
		require.Equal(t, "books_not_empty", fault.CodeOf(err))
	})

	t.Run("leaves nothing behind of a transcript that breaks off", func(t *testing.T) {
		t.Parallel()
		b := world.NewJournal(t)
		b.Post(t, 3)
		b.SealAll(t, seal.Limits{EntriesMax: 1, TailMax: 1})
		written := export(t, b.Books, transcript.JSONLines)
		empty := world.NewJournal(t)

		_, err := journal.Import(t.Context(), empty.URL, transcript.NewReader(transcript.JSONLines, bytes.NewReader(written[:len(written)-20])))

		require.Equal(t, "transcript_malformed", fault.CodeOf(err))
		require.ErrorContains(t, err, "line 4:")
		require.Zero(t, empty.Verify(t).Checked.Entries)
	})

	t.Run("is for the owner, not for the application", func(t *testing.T) {
		t.Parallel()
		b := world.NewJournal(t)

		_, err := journal.Import(t.Context(), dbtest.Member(t, b.URL, db.AppRole), transcript.NewReader(transcript.JSONLines, strings.NewReader("")))

		require.True(t, fault.Is(err, fault.Denied), err)
	})

	t.Run("refuses to write down books that do not hang together", func(t *testing.T) {
		t.Parallel()
		b := world.NewJournal(t)
		b.Post(t, 3)
		dbtest.Tamper(t, b.URL, "UPDATE postings SET line = 9 WHERE seq = 2 AND line = 1")

		_, err := b.Journal.Export(t.Context(), transcript.NewWriter(transcript.JSONLines, io.Discard))

		require.Equal(t, "books_differ", fault.CodeOf(err))
	})
}

// reversing returns the entry turned round, as what undoes the first one that was posted.
func reversing(t *testing.T, w *world.World, entry ledger.Entry) ledger.Entry {
	t.Helper()
	original := ledger.Entry{Kind: entry.Kind, Reference: "original", Currency: entry.Currency, EffectiveAt: entry.EffectiveAt, Postings: entry.Postings}
	_, err := w.Journal.Post(t.Context(), original)
	require.NoError(t, err)
	entry.Postings = []ledger.Posting{{Account: "test/b", AmountMinor: 5}, {Account: "test/a", AmountMinor: -5}}
	entry.ReversesKind, entry.ReversesReference = original.Kind, original.Reference
	return entry
}

func export(t *testing.T, store *books.Books, format transcript.Format) []byte {
	t.Helper()
	var out bytes.Buffer
	writer := transcript.NewWriter(format, &out)
	_, err := store.Journal.Export(t.Context(), writer)
	require.NoError(t, err)
	return out.Bytes()
}

func balances(t *testing.T, store *books.Books) map[ledger.Account]int64 {
	t.Helper()
	listed, err := store.Journal.ListBalances(t.Context(), "", db.Page{Size: 1000}, ledger.AsOf{})
	require.NoError(t, err)
	sums := map[ledger.Account]int64{}
	for _, balance := range listed {
		sums[balance.Account] += balance.BalanceMinor
	}
	return sums
}
