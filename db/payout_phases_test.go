package db_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/payout"
)

func TestPayoutPhases(t *testing.T) {
	t.Parallel()

	t.Run("moves the money once through both phases", func(t *testing.T) {
		t.Parallel()
		w, id := reservedPayout(t)
		ctx := t.Context()

		intent, err := w.store.Payouts.RecordIntent(ctx, id, payout.Transfer, now)
		require.NoError(t, err)
		require.True(t, intent.Fresh)
		transfer := payout.Outcome{PayoutID: id, Phase: payout.Transfer, Generation: 1, ExternalID: "tr_1", Now: now}
		require.NoError(t, w.store.Payouts.RecordTransferred(ctx, transfer))
		require.NoError(t, w.store.Payouts.RecordTransferred(ctx, transfer), "told twice")
		again, err := w.store.Payouts.RecordIntent(ctx, id, payout.Transfer, now)
		require.NoError(t, err)
		require.True(t, again.Applied)
		require.Equal(t, "tr_1", again.ExternalID)
		_, err = w.store.Payouts.RecordIntent(ctx, id, payout.BankPayout, now)
		require.NoError(t, err)
		bank := payout.Outcome{PayoutID: id, Phase: payout.BankPayout, Generation: 1, ExternalID: "po_1", Now: now}
		require.NoError(t, w.store.Payouts.RecordBankPayoutAccepted(ctx, bank))
		require.NoError(t, w.store.Payouts.RecordBankPayoutPaid(ctx, bank))
		require.NoError(t, w.store.Payouts.RecordBankPayoutPaid(ctx, bank), "told twice")

		for _, account := range []ledger.Account{ledger.CreatorInTransit(w.creators[0]), ledger.CreatorConnected(w.creators[0]), ledger.StripeConnected(w.creators[0])} {
			balanceMinor, err := w.store.Journal.GetBalance(ctx, account, "USD")
			require.NoError(t, err)
			require.Zero(t, balanceMinor, account)
		}
		w.requireBooksInOrder(t)
	})

	t.Run("keeps one generation alive until it is refused", func(t *testing.T) {
		t.Parallel()
		w, id := reservedPayout(t)
		ctx := t.Context()

		first, err := w.store.Payouts.RecordIntent(ctx, id, payout.Transfer, now)
		require.NoError(t, err)
		resumed, err := w.store.Payouts.RecordIntent(ctx, id, payout.Transfer, now)
		require.NoError(t, err)
		require.NoError(t, w.store.Payouts.RecordRefused(ctx, payout.Outcome{PayoutID: id, Phase: payout.Transfer, Generation: 1, FailureCode: "balance_insufficient", Now: now}))
		second, err := w.store.Payouts.RecordIntent(ctx, id, payout.Transfer, now)
		require.NoError(t, err)

		require.Equal(t, first.IdempotencyKey, resumed.IdempotencyKey)
		require.False(t, resumed.Fresh)
		require.Equal(t, 2, second.Generation)
		require.NotEqual(t, first.IdempotencyKey, second.IdempotencyKey)
	})

	t.Run("gives no reservation back while a transfer may be out", func(t *testing.T) {
		t.Parallel()
		w, id := reservedPayout(t)
		_, err := w.store.Payouts.RecordIntent(t.Context(), id, payout.Transfer, now)
		require.NoError(t, err)

		err = w.store.Payouts.Cancel(t.Context(), id, payout.Cancelled, now)

		require.Equal(t, "money_not_back", fault.CodeOf(err))
	})

	t.Run("returns a failed bank payout to the connected balance, then to available", func(t *testing.T) {
		t.Parallel()
		w, id := reservedPayout(t)
		ctx := t.Context()
		_, err := w.store.Payouts.RecordIntent(ctx, id, payout.Transfer, now)
		require.NoError(t, err)
		require.NoError(t, w.store.Payouts.RecordTransferred(ctx, payout.Outcome{PayoutID: id, Phase: payout.Transfer, Generation: 1, ExternalID: "tr_1", Now: now}))
		_, err = w.store.Payouts.RecordIntent(ctx, id, payout.BankPayout, now)
		require.NoError(t, err)
		bank := payout.Outcome{PayoutID: id, Phase: payout.BankPayout, Generation: 1, ExternalID: "po_1", Now: now}
		require.NoError(t, w.store.Payouts.RecordBankPayoutAccepted(ctx, bank))
		_, err = w.store.Payouts.RecordIntent(ctx, id, payout.Reversal, now)
		require.Equal(t, "bank_payout_alive", fault.CodeOf(err))
		require.NoError(t, w.store.Payouts.RecordBankPayoutPaid(ctx, bank))

		bank.FailureCode, bank.FailureObjectID = "account_closed", "txn_9"
		require.NoError(t, w.store.Payouts.RecordBankPayoutFailed(ctx, bank))
		require.NoError(t, w.store.Payouts.RecordBankPayoutFailed(ctx, bank), "told twice")
		require.NoError(t, w.store.Payouts.RecordBankPayoutPaid(ctx, bank), "an old event told late changes nothing")
		_, err = w.store.Payouts.RecordIntent(ctx, id, payout.Reversal, now)
		require.NoError(t, err)
		reversed := payout.Outcome{PayoutID: id, Phase: payout.Reversal, Generation: 1, ExternalID: "trr_1", Now: now}
		require.NoError(t, w.store.Payouts.RecordReversed(ctx, reversed))
		require.NoError(t, w.store.Payouts.RecordReversed(ctx, reversed), "told twice")
		require.NoError(t, w.store.Payouts.Cancel(ctx, id, payout.Returned, now))

		availableMinor, err := w.store.Journal.GetBalance(ctx, ledger.CreatorAvailable(w.creators[0]), "USD")
		require.NoError(t, err)
		require.Equal(t, int64(5000), availableMinor)
		_, err = w.store.Payouts.RecordIntent(ctx, id, payout.Transfer, now)
		require.Equal(t, "payout_ended", fault.CodeOf(err))
		w.requireBooksInOrder(t)
	})
}
