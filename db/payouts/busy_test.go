package payouts_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/payout"
)

// twoPayouts are of one creator, in two runs. None has sent anything.
func twoPayouts(t *testing.T) (w *world.World, first, second string) {
	t.Helper()
	w, first = world.ReservedPayout(t)
	w.Read(t, 0, 2, 20_000)
	w.Release(t)
	second = uuid.NewString()
	_, err := w.Payouts.Reserve(t.Context(), payout.ReservationRequest{PayoutID: second, RunID: w.OpenRun(t), CreatorID: w.CreatorIDs[0], Currency: "USD", MinimumMinor: 1, Now: world.Now})
	require.NoError(t, err)
	return w, first, second
}

func requireReason(t *testing.T, w *world.World, payoutID string, want payout.Reason) {
	t.Helper()
	verdict, err := w.Payouts.CheckCreator(t.Context(), payout.CreatorCheck{PayoutID: payoutID, Now: world.Now})
	require.NoError(t, err)
	require.Equal(t, want, verdict.Reason)
	require.Equal(t, "acct_"+w.CreatorIDs[0], verdict.Account)
}

func outcome(payoutID string, phase payout.Phase, objectID string) payout.Outcome {
	return payout.Outcome{PayoutID: payoutID, Phase: phase, Generation: 1, ExternalID: objectID, Now: world.Now}
}

func TestCheckCreator(t *testing.T) {
	t.Parallel()

	t.Run("lets a payout begin while others have sent nothing", func(t *testing.T) {
		t.Parallel()
		w, first, second := twoPayouts(t)

		requireReason(t, w, first, payout.NoReason)
		requireReason(t, w, second, payout.NoReason)
	})

	t.Run("refuses the transfer of a payout that has passed the gate at the same time as another one", func(t *testing.T) {
		t.Parallel()
		w, first, second := twoPayouts(t)
		_, err := w.Payouts.RecordIntent(t.Context(), second, payout.Transfer, 0, world.Now)
		require.NoError(t, err)

		_, err = w.Payouts.RecordIntent(t.Context(), first, payout.Transfer, 0, world.Now)

		require.Equal(t, "account_busy", fault.CodeOf(err))
		detail, err := w.Payouts.Get(t.Context(), first)
		require.NoError(t, err)
		require.Empty(t, detail.Attempts)
		require.Equal(t, payout.Reserved, detail.Status)
	})

	t.Run("holds every other payout from the intent of a transfer until the bank payout has the money", func(t *testing.T) {
		t.Parallel()
		w, first, second := twoPayouts(t)
		ctx := t.Context()

		_, err := w.Payouts.RecordIntent(ctx, second, payout.Transfer, 0, world.Now)
		require.NoError(t, err)
		requireReason(t, w, first, payout.AccountBusy)
		requireReason(t, w, second, payout.NoReason)
		require.NoError(t, w.Payouts.RecordTransferred(ctx, outcome(second, payout.Transfer, "tr_1")))
		requireReason(t, w, first, payout.AccountBusy)
		_, err = w.Payouts.RecordIntent(ctx, second, payout.BankPayout, 0, world.Now)
		require.NoError(t, err)
		requireReason(t, w, first, payout.AccountBusy)

		require.NoError(t, w.Payouts.RecordBankPayoutAccepted(ctx, outcome(second, payout.BankPayout, "po_1")))

		requireReason(t, w, first, payout.NoReason)
	})

	t.Run("holds the others again when a bank payout fails", func(t *testing.T) {
		t.Parallel()
		w, first, second := twoPayouts(t)
		ctx := t.Context()
		_, err := w.Payouts.RecordIntent(ctx, first, payout.Transfer, 0, world.Now)
		require.NoError(t, err)
		require.NoError(t, w.Payouts.RecordTransferred(ctx, outcome(first, payout.Transfer, "tr_1")))
		_, err = w.Payouts.RecordIntent(ctx, first, payout.BankPayout, 0, world.Now)
		require.NoError(t, err)
		require.NoError(t, w.Payouts.RecordBankPayoutAccepted(ctx, outcome(first, payout.BankPayout, "po_1")))
		requireReason(t, w, second, payout.NoReason)

		require.NoError(t, w.Payouts.RecordBankPayoutFailed(ctx, outcome(first, payout.BankPayout, "po_1")))
		require.NoError(t, w.Payouts.Park(ctx, first, payout.NeedsAttention, payout.BankAccountRejected, "no_account"))

		requireReason(t, w, second, payout.AccountBusy)
	})

	t.Run("waits for no refused transfer, and for none that came back", func(t *testing.T) {
		t.Parallel()
		w, first, second := twoPayouts(t)
		ctx := t.Context()
		_, err := w.Payouts.RecordIntent(ctx, first, payout.Transfer, 0, world.Now)
		require.NoError(t, err)
		refused := outcome(first, payout.Transfer, "")
		refused.FailureCode = "balance_insufficient"
		require.NoError(t, w.Payouts.RecordRefused(ctx, refused))
		requireReason(t, w, second, payout.NoReason)
		_, err = w.Payouts.RecordIntent(ctx, first, payout.Transfer, 0, world.Now)
		require.NoError(t, err)
		sent := outcome(first, payout.Transfer, "tr_2")
		sent.Generation = 2
		require.NoError(t, w.Payouts.RecordTransferred(ctx, sent))
		_, err = w.Payouts.RecordIntent(ctx, first, payout.Reversal, 0, world.Now)
		require.NoError(t, err)
		requireReason(t, w, second, payout.AccountBusy)

		require.NoError(t, w.Payouts.RecordReversed(ctx, outcome(first, payout.Reversal, "trr_1")))

		requireReason(t, w, second, payout.NoReason)
	})

	t.Run("refuses an unknown payout", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 0, nil)

		_, err := w.Payouts.CheckCreator(t.Context(), payout.CreatorCheck{PayoutID: uuid.NewString(), Now: world.Now})

		require.Equal(t, "payout_not_found", fault.CodeOf(err))
	})
}

func TestEligibleByCurrency(t *testing.T) {
	t.Parallel()
	w := world.New(t, 1, nil)
	w.Read(t, 0, 1, 10_000)
	w.Release(t)
	for text, want := range map[string]int{"5000": 1, "5001": 0, "1,USD:5001": 0, "9000,USD:5000": 1, "9000,EUR:1": 0} {
		minimums, err := payout.ParseMinimums(text)
		require.NoError(t, err)

		eligible, err := w.Payouts.ListCandidates(t.Context(), payout.CandidatePage{RunID: uuid.NewString(), MinimumMinor: minimums, Limit: 10})

		require.NoError(t, err)
		require.Len(t, eligible, want, text)
	}
}
