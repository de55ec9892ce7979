package db_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// What a brand got back is a fact. It comes out of what its campaign has left, and only what
// that does not cover is our loss, in whichever order we hear of it.
func TestRefundsAndDisputesOfOnePayment(t *testing.T) {
	t.Parallel()

	t.Run("a refund made before a dispute is booked out of what the dispute froze", func(t *testing.T) {
		t.Parallel()
		w := setup(t, 1, nil)
		dispute := w.disputed(w.terms.BudgetMinor)
		require.NoError(t, w.store.Campaigns.RecordDisputeOpened(t.Context(), dispute))

		require.NoError(t, w.store.Campaigns.RecordRefund(t.Context(), w.refunded("re_1", 40_000)))
		require.NoError(t, w.store.Campaigns.RecordRefund(t.Context(), w.refunded("re_1", 40_000)), "told twice")

		w.requirePot(t, 60_000, 60_000, 0)
		require.NoError(t, w.store.Campaigns.RecordDisputeLost(t.Context(), dispute.DisputeID, now))
		w.requirePot(t, 0, 0, 40_000)
		require.Equal(t, int64(100_000), w.facts(t).RefundedMinor)
	})

	t.Run("a refund heard of after the dispute was lost is our loss, until it fails", func(t *testing.T) {
		t.Parallel()
		w := setup(t, 1, nil)
		dispute := w.disputed(w.terms.BudgetMinor)
		require.NoError(t, w.store.Campaigns.RecordDisputeOpened(t.Context(), dispute))
		require.NoError(t, w.store.Campaigns.RecordDisputeLost(t.Context(), dispute.DisputeID, now))

		require.NoError(t, w.store.Campaigns.RecordRefund(t.Context(), w.refunded("re_1", 40_000)))
		require.NoError(t, w.store.Campaigns.RecordRefund(t.Context(), w.refunded("re_1", 40_000)), "told twice")

		w.requirePot(t, 0, 0, 40_000)
		require.NoError(t, w.store.Campaigns.RecordRefundFailed(t.Context(), w.refunded("re_1", 40_000), "txn_1"))
		require.NoError(t, w.store.Campaigns.RecordRefundFailed(t.Context(), w.refunded("re_1", 40_000), "txn_1"), "told twice")
		w.requirePot(t, 0, 0, 0)
	})

	t.Run("a refund made before a dispute that is won leaves the rest to be spent", func(t *testing.T) {
		t.Parallel()
		w := setup(t, 1, nil)
		dispute := w.disputed(w.terms.BudgetMinor)
		require.NoError(t, w.store.Campaigns.RecordDisputeOpened(t.Context(), dispute))
		require.NoError(t, w.store.Campaigns.RecordRefund(t.Context(), w.refunded("re_1", 40_000)))

		require.NoError(t, w.store.Campaigns.RecordDisputeWon(t.Context(), dispute.DisputeID, now))

		w.requirePot(t, 60_000, 0, 0)
	})

	t.Run("a refund that fails while a dispute is open is frozen by it", func(t *testing.T) {
		t.Parallel()
		w := setup(t, 1, nil)
		w.read(t, t.Context(), 0, 1, 120_000)
		require.NoError(t, w.store.Campaigns.RecordRefund(t.Context(), w.refunded("re_1", 40_000)))
		dispute := w.disputed(w.terms.BudgetMinor)
		require.NoError(t, w.store.Campaigns.RecordDisputeOpened(t.Context(), dispute))
		w.requirePot(t, 0, 0, 0)

		require.NoError(t, w.store.Campaigns.RecordRefundFailed(t.Context(), w.refunded("re_1", 40_000), "txn_1"))

		w.requirePot(t, 40_000, 40_000, 0)
		require.Zero(t, w.facts(t).RefundableMinor())
		require.NoError(t, w.store.Campaigns.RecordDisputeLost(t.Context(), dispute.DisputeID, now))
		w.requirePot(t, 0, 0, 60_000)
	})

	t.Run("what a won dispute gives back is frozen by the others that are open", func(t *testing.T) {
		t.Parallel()
		w := setup(t, 1, nil)
		w.read(t, t.Context(), 0, 1, 120_000)
		first, second := w.disputed(30_000), w.disputed(60_000)
		second.DisputeID = "dp_second"
		require.NoError(t, w.store.Campaigns.RecordDisputeOpened(t.Context(), first))
		require.NoError(t, w.store.Campaigns.RecordDisputeOpened(t.Context(), second))
		w.requirePot(t, 40_000, 40_000, 0)

		require.NoError(t, w.store.Campaigns.RecordDisputeWon(t.Context(), first.DisputeID, now))

		w.requirePot(t, 40_000, 40_000, 0)
		require.NoError(t, w.store.Campaigns.RecordDisputeLost(t.Context(), second.DisputeID, now))
		w.requirePot(t, 0, 0, 20_000)
	})

	t.Run("what an open dispute froze pays for one that is lost before it", func(t *testing.T) {
		t.Parallel()
		w := setup(t, 1, nil)
		first, second := w.disputed(w.terms.BudgetMinor), w.disputed(w.terms.BudgetMinor)
		second.DisputeID = "dp_second"
		require.NoError(t, w.store.Campaigns.RecordDisputeOpened(t.Context(), first))
		require.NoError(t, w.store.Campaigns.RecordDisputeOpened(t.Context(), second))

		require.NoError(t, w.store.Campaigns.RecordDisputeLost(t.Context(), second.DisputeID, now))

		w.requirePot(t, 0, 0, 0)
		require.NoError(t, w.store.Campaigns.RecordDisputeWon(t.Context(), first.DisputeID, now))
		w.requirePot(t, 0, 0, 0)
	})

	t.Run("what a clawback brings back makes good what we lost, and only the rest is the brand's", func(t *testing.T) {
		t.Parallel()
		w := setup(t, 1, nil)
		w.read(t, t.Context(), 0, 1, 60_000)
		dispute := w.disputed(80_000)
		require.NoError(t, w.store.Campaigns.RecordDisputeOpened(t.Context(), dispute))
		require.NoError(t, w.store.Campaigns.RecordDisputeLost(t.Context(), dispute.DisputeID, now))
		w.requirePot(t, 0, 0, 10_000)

		w.corrected(t, w.clawback(0, 0))

		w.requirePot(t, 20_000, 0, 0)
		require.Equal(t, int64(80_000), w.facts(t).RefundedMinor)
	})
}
