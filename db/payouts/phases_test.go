package payouts_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/payout"
)

func TestPayoutPhases(t *testing.T) {
	t.Parallel()

	t.Run("moves the money once through both phases", func(t *testing.T) {
		t.Parallel()
		w, id := world.ReservedPayout(t)
		ctx := t.Context()

		intent, err := w.Payouts.RecordIntent(ctx, id, payout.Transfer, 0, world.Now)
		require.NoError(t, err)
		require.True(t, intent.Fresh)
		transfer := payout.Outcome{PayoutID: id, Phase: payout.Transfer, Generation: 1, ExternalID: "tr_1", Now: world.Now}
		require.NoError(t, w.Payouts.RecordTransferred(ctx, transfer))
		require.NoError(t, w.Payouts.RecordTransferred(ctx, transfer), "told twice")
		again, err := w.Payouts.RecordIntent(ctx, id, payout.Transfer, 0, world.Now)
		require.NoError(t, err)
		require.True(t, again.Applied)
		require.Equal(t, "tr_1", again.ExternalID)
		_, err = w.Payouts.RecordIntent(ctx, id, payout.BankPayout, 0, world.Now)
		require.NoError(t, err)
		bank := payout.Outcome{PayoutID: id, Phase: payout.BankPayout, Generation: 1, ExternalID: "po_1", Now: world.Now}
		require.NoError(t, w.Payouts.RecordBankPayoutAccepted(ctx, bank))
		require.NoError(t, w.Payouts.RecordBankPayoutPaid(ctx, bank))
		require.NoError(t, w.Payouts.RecordBankPayoutPaid(ctx, bank), "told twice")

		for _, account := range []ledger.Account{ledger.CreatorInTransit(w.CreatorIDs[0]), ledger.CreatorConnected(w.CreatorIDs[0]), ledger.StripeConnected(w.CreatorIDs[0])} {
			balanceMinor, err := w.Journal.GetBalance(ctx, account, "USD")
			require.NoError(t, err)
			require.Zero(t, balanceMinor, account)
		}
		w.RequireBooksInOrder(t)
	})

	t.Run("keeps one generation alive until it is refused", func(t *testing.T) {
		t.Parallel()
		w, id := world.ReservedPayout(t)
		ctx := t.Context()

		first, err := w.Payouts.RecordIntent(ctx, id, payout.Transfer, 0, world.Now)
		require.NoError(t, err)
		resumed, err := w.Payouts.RecordIntent(ctx, id, payout.Transfer, 0, world.Now)
		require.NoError(t, err)
		require.NoError(t, w.Payouts.RecordRefused(ctx, payout.Outcome{PayoutID: id, Phase: payout.Transfer, Generation: 1, FailureCode: "balance_insufficient", Now: world.Now}))
		second, err := w.Payouts.RecordIntent(ctx, id, payout.Transfer, 0, world.Now)
		require.NoError(t, err)

		require.Equal(t, first.IdempotencyKey, resumed.IdempotencyKey)
		require.False(t, resumed.Fresh)
		require.Equal(t, 2, second.Generation)
		require.NotEqual(t, first.IdempotencyKey, second.IdempotencyKey)
	})

	t.Run("gives no reservation back while a transfer may be out", func(t *testing.T) {
		t.Parallel()
		w, id := world.ReservedPayout(t)
		_, err := w.Payouts.RecordIntent(t.Context(), id, payout.Transfer, 0, world.Now)
		require.NoError(t, err)

		err = w.Payouts.Cancel(t.Context(), id, payout.Cancelled, world.Now)

		require.Equal(t, "money_not_back", fault.CodeOf(err))
	})

	t.Run("returns a failed bank payout to the connected balance, then to available", func(t *testing.T) {
		t.Parallel()
		w, id := world.ReservedPayout(t)
		ctx := t.Context()
		_, err := w.Payouts.RecordIntent(ctx, id, payout.Transfer, 0, world.Now)
		require.NoError(t, err)
		require.NoError(t, w.Payouts.RecordTransferred(ctx, payout.Outcome{PayoutID: id, Phase: payout.Transfer, Generation: 1, ExternalID: "tr_1", Now: world.Now}))
		_, err = w.Payouts.RecordIntent(ctx, id, payout.BankPayout, 0, world.Now)
		require.NoError(t, err)
		bank := payout.Outcome{PayoutID: id, Phase: payout.BankPayout, Generation: 1, ExternalID: "po_1", Now: world.Now}
		require.NoError(t, w.Payouts.RecordBankPayoutAccepted(ctx, bank))
		_, err = w.Payouts.RecordIntent(ctx, id, payout.Reversal, 0, world.Now)
		require.Equal(t, "bank_payout_alive", fault.CodeOf(err))
		require.NoError(t, w.Payouts.RecordBankPayoutPaid(ctx, bank))

		bank.FailureCode, bank.FailureObjectID = "account_closed", "txn_9"
		require.NoError(t, w.Payouts.RecordBankPayoutFailed(ctx, bank))
		require.NoError(t, w.Payouts.RecordBankPayoutFailed(ctx, bank), "told twice")
		require.NoError(t, w.Payouts.RecordBankPayoutPaid(ctx, bank), "an old event told late changes nothing")
		_, err = w.Payouts.RecordIntent(ctx, id, payout.Reversal, 0, world.Now)
		require.NoError(t, err)
		reversed := payout.Outcome{PayoutID: id, Phase: payout.Reversal, Generation: 1, ExternalID: "trr_1", Now: world.Now}
		require.NoError(t, w.Payouts.RecordReversed(ctx, reversed))
		require.NoError(t, w.Payouts.RecordReversed(ctx, reversed), "told twice")
		require.NoError(t, w.Payouts.Cancel(ctx, id, payout.Returned, world.Now))

		availableMinor, err := w.Journal.GetBalance(ctx, ledger.CreatorAvailable(w.CreatorIDs[0]), "USD")
		require.NoError(t, err)
		require.Equal(t, int64(5000), availableMinor)
		_, err = w.Payouts.RecordIntent(ctx, id, payout.Transfer, 0, world.Now)
		require.Equal(t, "payout_ended", fault.CodeOf(err))
		w.RequireBooksInOrder(t)
	})
}
