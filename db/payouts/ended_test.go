package payouts_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/payout"
)

// A history that is reset to a point before a payout's end must not bring it back to life.
func TestEndedPayoutStaysEnded(t *testing.T) {
	t.Parallel()
	w, id := world.ReservedPayout(t)
	ctx := t.Context()
	require.NoError(t, w.Payouts.Cancel(ctx, id, payout.Cancelled, world.Now))

	parked := w.Payouts.Park(ctx, id, payout.NeedsAttention, payout.AccountNotVerified, "")
	resumed := w.Payouts.Park(ctx, id, payout.Reserved, payout.NoReason, "")
	_, sent := w.Payouts.RecordIntent(ctx, id, payout.Transfer, 0, world.Now)
	require.NoError(t, w.Payouts.ParkLost(ctx, id), "there is nothing to tell of")

	for _, err := range []error{parked, resumed, sent} {
		require.Equal(t, "payout_ended", fault.CodeOf(err))
	}
	require.Equal(t, string(payout.Cancelled), statusOf(t, w, id))
	w.RequireBooksInOrder(t)
}

func TestLostPayout(t *testing.T) {
	t.Parallel()

	t.Run("is shown as needing attention and no longer counted as at work", func(t *testing.T) {
		t.Parallel()
		w, id := world.ReservedPayout(t)
		ctx := t.Context()
		detail, err := w.Payouts.Get(ctx, id)
		require.NoError(t, err)
		atWork, err := w.Payouts.ListAtWork(ctx, detail.RunID, 10)
		require.NoError(t, err)
		require.Equal(t, []string{id}, atWork)

		require.NoError(t, w.Payouts.ParkLost(ctx, id))

		count, err := w.Payouts.Count(ctx, detail.RunID)
		require.NoError(t, err)
		require.Equal(t, payout.Count{Reserved: 1}, count)
		require.Equal(t, string(payout.NeedsAttention), statusOf(t, w, id))
	})

	t.Run("keeps the reason of one that was parked before", func(t *testing.T) {
		t.Parallel()
		w, id := world.ReservedPayout(t)
		require.NoError(t, w.Payouts.Park(t.Context(), id, payout.NeedsAttention, payout.PlatformBalance, ""))

		require.NoError(t, w.Payouts.ParkLost(t.Context(), id))

		detail, err := w.Payouts.Get(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, string(payout.PlatformBalance), detail.AttentionReason)
	})
}

func statusOf(t *testing.T, w *world.World, payoutID string) string {
	t.Helper()
	detail, err := w.Payouts.Get(t.Context(), payoutID)
	require.NoError(t, err)
	return string(detail.Status)
}
