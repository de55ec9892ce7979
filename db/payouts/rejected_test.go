package payouts_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/payout"
)

func TestRejectedBankAccount(t *testing.T) {
	t.Parallel()
	w, id := world.ReservedPayout(t)
	ctx := t.Context()
	rejected := func() string {
		t.Helper()
		reserved, err := w.Payouts.Reserve(ctx, payout.ReservationRequest{PayoutID: id, CreatorID: w.CreatorIDs[0], Currency: "USD", Now: world.Now})
		require.NoError(t, err)
		return reserved.RejectedBank
	}
	park := func(reason payout.Reason) {
		t.Helper()
		require.NoError(t, w.Payouts.Park(ctx, id, payout.NeedsAttention, reason, "account_closed"))
	}
	begin := func(phase payout.Phase) {
		t.Helper()
		_, err := w.Payouts.RecordIntent(ctx, id, phase, 0, world.Now)
		require.NoError(t, err)
	}
	begin(payout.Transfer)
	require.NoError(t, w.Payouts.RecordTransferred(ctx, payout.Outcome{PayoutID: id, Phase: payout.Transfer, Generation: 1, ExternalID: "tr_1", Now: world.Now}))

	begin(payout.BankPayout)
	bank := payout.Outcome{PayoutID: id, Phase: payout.BankPayout, Generation: 1, ExternalID: "po_1", BankAccount: "ba_1", Now: world.Now}
	require.NoError(t, w.Payouts.RecordBankPayoutAccepted(ctx, bank))
	bank.BankAccount, bank.FailureCode = "", "account_closed" // as if the rail did not name it any more
	require.NoError(t, w.Payouts.RecordBankPayoutFailed(ctx, bank))
	require.Empty(t, rejected(), "the payout does not wait for another one")
	park(payout.BankAccountRejected)
	require.Equal(t, "ba_1", rejected())
	park(payout.PayoutsDisabled)
	require.Empty(t, rejected())

	begin(payout.BankPayout)
	require.NoError(t, w.Payouts.RecordRefused(ctx, payout.Outcome{PayoutID: id, Phase: payout.BankPayout, Generation: 2, FailureCode: "bank_account_unusable", BankAccount: "ba_2", Now: world.Now}))
	park(payout.BankAccountRejected)
	require.Equal(t, "ba_2", rejected(), "the last one counts")

	begin(payout.BankPayout)
	require.NoError(t, w.Payouts.RecordRefused(ctx, payout.Outcome{PayoutID: id, Phase: payout.BankPayout, Generation: 3, FailureCode: "bank_account_unusable", Now: world.Now}))
	park(payout.BankAccountRejected)
	require.Empty(t, rejected(), "which one refused the last time is not known")
}
