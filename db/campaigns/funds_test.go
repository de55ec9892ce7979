package campaigns_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest/world"
)

// What a brand got back is a fact. It comes out of what its campaign has left, and only what
// that does not cover is our loss, in whichever order we hear of it.
func TestRefundsAndDisputesOfOnePayment(t *testing.T) {
	t.Parallel()

	t.Run("a refund made before a dispute is booked out of what the dispute froze", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		dispute := w.Dispute(w.Terms.BudgetMinor)
		require.NoError(t, w.Campaigns.RecordDisputeOpened(t.Context(), dispute))

		require.NoError(t, w.Campaigns.RecordRefund(t.Context(), w.Refund("re_1", 40_000)))
		require.NoError(t, w.Campaigns.RecordRefund(t.Context(), w.Refund("re_1", 40_000)), "told twice")

		requirePot(t, w, 60_000, 60_000, 0)
		require.NoError(t, w.Campaigns.RecordDisputeLost(t.Context(), dispute.DisputeID, world.Now))
		requirePot(t, w, 0, 0, 40_000)
		require.Equal(t, int64(100_000), w.Facts(t).RefundedMinor)
	})

	t.Run("a refund heard of after the dispute was lost is our loss, until it fails", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		dispute := w.Dispute(w.Terms.BudgetMinor)
		require.NoError(t, w.Campaigns.RecordDisputeOpened(t.Context(), dispute))
		require.NoError(t, w.Campaigns.RecordDisputeLost(t.Context(), dispute.DisputeID, world.Now))

		require.NoError(t, w.Campaigns.RecordRefund(t.Context(), w.Refund("re_1", 40_000)))
		require.NoError(t, w.Campaigns.RecordRefund(t.Context(), w.Refund("re_1", 40_000)), "told twice")

		requirePot(t, w, 0, 0, 40_000)
		require.NoError(t, w.Campaigns.RecordRefundFailed(t.Context(), w.Refund("re_1", 40_000), "txn_1"))
		require.NoError(t, w.Campaigns.RecordRefundFailed(t.Context(), w.Refund("re_1", 40_000), "txn_1"), "told twice")
		requirePot(t, w, 0, 0, 0)
	})

	t.Run("a refund made before a dispute that is won leaves the rest to be spent", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		dispute := w.Dispute(w.Terms.BudgetMinor)
		require.NoError(t, w.Campaigns.RecordDisputeOpened(t.Context(), dispute))
		require.NoError(t, w.Campaigns.RecordRefund(t.Context(), w.Refund("re_1", 40_000)))

		require.NoError(t, w.Campaigns.RecordDisputeWon(t.Context(), dispute.DisputeID, world.Now))

		requirePot(t, w, 60_000, 0, 0)
	})

	t.Run("a refund that fails while a dispute is open is frozen by it", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		w.Read(t, 0, 1, 120_000)
		require.NoError(t, w.Campaigns.RecordRefund(t.Context(), w.Refund("re_1", 40_000)))
		dispute := w.Dispute(w.Terms.BudgetMinor)
		require.NoError(t, w.Campaigns.RecordDisputeOpened(t.Context(), dispute))
		requirePot(t, w, 0, 0, 0)

		require.NoError(t, w.Campaigns.RecordRefundFailed(t.Context(), w.Refund("re_1", 40_000), "txn_1"))

		requirePot(t, w, 40_000, 40_000, 0)
		require.Zero(t, w.Facts(t).RefundableMinor())
		require.NoError(t, w.Campaigns.RecordDisputeLost(t.Context(), dispute.DisputeID, world.Now))
		requirePot(t, w, 0, 0, 60_000)
	})

	t.Run("what a won dispute gives back is frozen by the others that are open", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		w.Read(t, 0, 1, 120_000)
		first, second := w.Dispute(30_000), w.Dispute(60_000)
		second.DisputeID = "dp_second"
		require.NoError(t, w.Campaigns.RecordDisputeOpened(t.Context(), first))
		require.NoError(t, w.Campaigns.RecordDisputeOpened(t.Context(), second))
		requirePot(t, w, 40_000, 40_000, 0)

		require.NoError(t, w.Campaigns.RecordDisputeWon(t.Context(), first.DisputeID, world.Now))

		requirePot(t, w, 40_000, 40_000, 0)
		require.NoError(t, w.Campaigns.RecordDisputeLost(t.Context(), second.DisputeID, world.Now))
		requirePot(t, w, 0, 0, 20_000)
	})

	t.Run("what an open dispute froze pays for one that is lost before it", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		first, second := w.Dispute(w.Terms.BudgetMinor), w.Dispute(w.Terms.BudgetMinor)
		second.DisputeID = "dp_second"
		require.NoError(t, w.Campaigns.RecordDisputeOpened(t.Context(), first))
		require.NoError(t, w.Campaigns.RecordDisputeOpened(t.Context(), second))

		require.NoError(t, w.Campaigns.RecordDisputeLost(t.Context(), second.DisputeID, world.Now))

		requirePot(t, w, 0, 0, 0)
		require.NoError(t, w.Campaigns.RecordDisputeWon(t.Context(), first.DisputeID, world.Now))
		requirePot(t, w, 0, 0, 0)
	})

	t.Run("what a clawback brings back makes good what we lost, and only the rest is the brand's", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		w.Read(t, 0, 1, 60_000)
		dispute := w.Dispute(80_000)
		require.NoError(t, w.Campaigns.RecordDisputeOpened(t.Context(), dispute))
		require.NoError(t, w.Campaigns.RecordDisputeLost(t.Context(), dispute.DisputeID, world.Now))
		requirePot(t, w, 0, 0, 10_000)

		w.Correct(t, w.Clawback(0, 0))

		requirePot(t, w, 20_000, 0, 0)
		require.Equal(t, int64(80_000), w.Facts(t).RefundedMinor)
	})
}
