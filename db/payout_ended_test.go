package db_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/payout"
)

// A history that is reset to a point before a payout's end must not bring it back to life.
func TestEndedPayoutStaysEnded(t *testing.T) {
	t.Parallel()
	w, id := reservedPayout(t)
	ctx := t.Context()
	require.NoError(t, w.store.CancelPayout(ctx, id, payout.Cancelled, now))

	parked := w.store.ParkPayout(ctx, id, payout.NeedsAttention, payout.AccountNotVerified, "")
	resumed := w.store.ParkPayout(ctx, id, payout.Reserved, payout.NoReason, "")
	_, sent := w.store.RecordIntent(ctx, id, payout.Transfer, now)
	require.NoError(t, w.store.ParkLost(ctx, id), "there is nothing to tell of")

	for _, err := range []error{parked, resumed, sent} {
		require.Equal(t, "payout_ended", fault.CodeOf(err))
	}
	require.Equal(t, string(payout.Cancelled), statusOf(t, w, id))
	w.requireBooksInOrder(t)
}

func TestLostPayout(t *testing.T) {
	t.Parallel()

	t.Run("is shown as needing attention and no longer counted as at work", func(t *testing.T) {
		t.Parallel()
		w, id := reservedPayout(t)
		ctx := t.Context()
		detail, err := w.store.ReadPayout(ctx, id)
		require.NoError(t, err)
		atWork, err := w.store.PayoutsAtWork(ctx, detail.RunID, 10)
		require.NoError(t, err)
		require.Equal(t, []string{id}, atWork)

		require.NoError(t, w.store.ParkLost(ctx, id))

		count, err := w.store.CountPayouts(ctx, detail.RunID)
		require.NoError(t, err)
		require.Equal(t, db.PayoutCount{Reserved: 1}, count)
		require.Equal(t, string(payout.NeedsAttention), statusOf(t, w, id))
	})

	t.Run("keeps the reason of one that was parked before", func(t *testing.T) {
		t.Parallel()
		w, id := reservedPayout(t)
		require.NoError(t, w.store.ParkPayout(t.Context(), id, payout.NeedsAttention, payout.PlatformBalance, ""))

		require.NoError(t, w.store.ParkLost(t.Context(), id))

		detail, err := w.store.ReadPayout(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, string(payout.PlatformBalance), detail.AttentionReason)
	})
}

func statusOf(t *testing.T, w *world, payoutID string) string {
	t.Helper()
	detail, err := w.store.ReadPayout(t.Context(), payoutID)
	require.NoError(t, err)
	return string(detail.Status)
}
