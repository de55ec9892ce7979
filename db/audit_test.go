package db_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// An auditor adds up views, and has no other explanation of the numbers than their names.
func TestAuditViewsAddUp(t *testing.T) {
	t.Parallel()
	w := setup(t, 2, nil)
	w.read(t, t.Context(), 0, 1, 40_000)
	w.read(t, t.Context(), 1, 1, 20_000)
	w.corrected(t, w.clawback(0, 4_000))
	w.corrected(t, w.clawback(1, 0))
	require.NoError(t, w.store.Campaigns.RecordRefund(t.Context(), w.refunded("re_1", 30_000)))
	lost := w.disputed(60_000)
	require.NoError(t, w.store.Campaigns.RecordDisputeOpened(t.Context(), lost))
	require.NoError(t, w.store.Campaigns.RecordDisputeLost(t.Context(), lost.DisputeID, now))
	require.NoError(t, w.store.Campaigns.RecordRefund(t.Context(), w.refunded("re_2", 1_000)))
	require.NoError(t, w.store.Campaigns.RecordRefundFailed(t.Context(), w.refunded("re_2", 1_000), "txn_2"))
	conn := connect(t, w.url)

	t.Run("what clips earned is what the campaign has spent, after clawbacks, too", func(t *testing.T) {
		var earnedMinor, clawedMinor, spentMinor int64
		require.NoError(t, conn.QueryRow(t.Context(), "SELECT sum(earned_minor)::bigint, sum(clawed_back_minor)::bigint FROM audit.clips").Scan(&earnedMinor, &clawedMinor))
		require.NoError(t, conn.QueryRow(t.Context(), "SELECT spent_minor FROM audit.campaigns").Scan(&spentMinor))

		require.Equal(t, int64(16_000), earnedMinor)
		require.Equal(t, int64(14_000), clawedMinor)
		require.Equal(t, spentMinor, earnedMinor)
	})

	t.Run("the API says the same of each clip", func(t *testing.T) {
		first, err := w.store.Clips.Get(t.Context(), w.clips[0])
		require.NoError(t, err)
		second, err := w.store.Clips.Get(t.Context(), w.clips[1])
		require.NoError(t, err)

		require.Equal(t, []int64{16_000, 4_000}, []int64{first.EarnedMinor, first.ClawedBackMinor})
		require.Equal(t, []int64{0, 10_000}, []int64{second.EarnedMinor, second.ClawedBackMinor})
		require.Equal(t, int64(40_000), first.CreditedViews)
	})

	t.Run("refunds are told apart from what disputes took, and both add up to what left the escrow", func(t *testing.T) {
		var refundedMinor, shortfallMinor, chargedBackMinor int64
		read := func() {
			require.NoError(t, conn.QueryRow(t.Context(), "SELECT refunded_minor, shortfall_minor, charged_back_minor FROM audit.campaigns").
				Scan(&refundedMinor, &shortfallMinor, &chargedBackMinor))
		}

		read()
		require.Equal(t, []int64{84_000, 6_000, 60_000}, []int64{refundedMinor, shortfallMinor, chargedBackMinor})
		require.Equal(t, int64(30_000), refundedMinor+shortfallMinor-chargedBackMinor, "what Stripe refunded")
	})

	t.Run("what a dispute freezes is shown", func(t *testing.T) {
		other := setup(t, 0, nil)
		require.NoError(t, other.store.Campaigns.RecordDisputeOpened(t.Context(), other.disputed(60_000)))
		var disputedMinor, refundedMinor int64

		require.NoError(t, connect(t, other.url).QueryRow(t.Context(), "SELECT disputed_minor, refunded_minor FROM audit.campaigns").Scan(&disputedMinor, &refundedMinor))

		require.Equal(t, []int64{60_000, 0}, []int64{disputedMinor, refundedMinor})
	})
	w.requireBooksInOrder(t)
}
