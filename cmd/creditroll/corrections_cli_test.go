package main

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/ledger"
)

// shownCorrection is what the commands print with --json.
type shownCorrection struct {
	ID             string   `json:"id"`
	Kind           string   `json:"kind"`
	Status         string   `json:"status"`
	Evidence       string   `json:"evidence"`
	ProposedBy     string   `json:"proposed_by"`
	DecidedBy      string   `json:"decided_by"`
	DecisionReason string   `json:"decision_reason"`
	EntryIDs       []string `json:"entry_ids"`
}

func (w *world) correction(args ...string) shownCorrection {
	w.t.Helper()
	printed, err := w.printed(append(append([]string{"corrections"}, args...), "--json")...)
	require.NoError(w.t, err, string(printed))
	var shown shownCorrection
	require.NoError(w.t, json.NewDecoder(bytes.NewReader(printed)).Decode(&shown), string(printed))
	return shown
}

func TestCorrectionCommands(t *testing.T) {
	t.Parallel()
	adjusts := func(more ...string) []string {
		return append([]string{
			"propose", "adjustment", "--currency", "USD", "--posting", "platform/losses=700", "--posting", "platform/capital=-700",
			"--actor", "first", "--reason", "a fee of the bank", "--evidence", "statement of 2 March, line 14",
		}, more...)
	}

	t.Run("take a proposal to the books, by two people", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, worldOptions{})
		id := uuid.NewString()

		proposed := w.correction(adjusts("--id", id)...)
		again := w.correction(adjusts("--id", id)...)
		waiting, err := w.printed("corrections", "list", "--status", "proposed")
		require.NoError(t, err)
		shown, err := w.printed("corrections", "show", id)
		require.NoError(t, err)
		own, ownErr := w.printed("corrections", "approve", id, "--actor", " FIRST ", "--reason", "I am sure")
		require.Zero(t, w.balance(ledger.PlatformLosses))
		approved := w.correction("approve", id, "--actor", "second", "--reason", "seen on the statement")
		w.awaitEnded("correction/" + id)
		repeated := w.correction("approve", id, "--actor", "second", "--reason", "seen on the statement")
		late, lateErr := w.printed("corrections", "reject", id, "--actor", "third", "--reason", "too late")

		require.Equal(t, "proposed", proposed.Status)
		require.Equal(t, "first", proposed.ProposedBy)
		require.Equal(t, proposed, again)
		require.Contains(t, string(waiting), id)
		require.True(t, containsAll(string(shown), "statement of 2 March, line 14", "platform/losses\t7.00 USD", "creditroll corrections approve "+id), string(shown))
		require.Error(t, ownErr)
		require.Contains(t, string(own), "ask another person")
		require.Equal(t, "approved", approved.Status)
		require.Equal(t, "second", approved.DecidedBy)
		require.Len(t, approved.EntryIDs, 1)
		require.Equal(t, approved, repeated)
		require.Error(t, lateErr)
		require.Contains(t, string(late), "already approved")
		require.EqualValues(t, 700, w.balance(ledger.PlatformLosses))
		w.requireBooks()
	})

	t.Run("reject a proposal, which books nothing", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, worldOptions{})
		id := w.correction(adjusts()...).ID

		rejected := w.correction("reject", id, "--actor", "second", "--reason", "the fee was refunded")
		waiting, err := w.printed("corrections", "list", "--status", "proposed", "--json")

		require.NoError(t, err)
		require.Equal(t, "rejected", rejected.Status)
		require.Equal(t, "the fee was refunded", rejected.DecisionReason)
		require.NotContains(t, string(waiting), id)
		require.Zero(t, w.balance(ledger.PlatformLosses))
	})

	t.Run("pass on why the books refuse a proposal", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, worldOptions{})

		refused, err := w.printed("corrections", "propose", "settle_payout", "--currency", "USD", "--payout", uuid.NewString(), "--how", "lost",
			"--reference", "po_1", "--actor", "first", "--reason", "gone", "--evidence", "letter of the bank")

		require.Error(t, err)
		require.Contains(t, string(refused), "no such payout")
	})
}
