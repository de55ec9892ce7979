package statements_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/rail"
)

func TestCountry(t *testing.T) {
	t.Parallel()

	t.Run("is that of the account, also after a workflow recorded the account without it", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		w.Read(t, 0, 1, 10_000)
		state := rail.AccountState{Account: "acct_" + w.CreatorIDs[0], Connected: true, Country: "DE"}
		require.Empty(t, countryOf(t, w))

		_, err := w.Payouts.RecordAccount(t.Context(), state)
		require.NoError(t, err)
		require.Equal(t, "DE", countryOf(t, w))

		state.Country = ""
		changed, err := w.Payouts.RecordAccount(t.Context(), state)
		require.NoError(t, err)
		require.False(t, changed)
		require.Equal(t, "DE", countryOf(t, w))
	})

	t.Run("is that of another account once it replaced the first", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		w.Read(t, 0, 1, 10_000)
		id := w.CreatorIDs[0]
		_, err := w.Payouts.RecordAccount(t.Context(), rail.AccountState{Account: "acct_" + id, Connected: true, Country: "DE"})
		require.NoError(t, err)
		_, err = w.Payouts.ProposeAccount(t.Context(), payout.AccountChange{
			ID: uuid.NewString(), CreatorID: id, ToAccount: "acct_other", Country: "FR", ProposedBy: "ann", Reason: "moved", ProposedAt: march,
		})
		require.NoError(t, err)
		require.Equal(t, "DE", countryOf(t, w))

		_, err = w.Payouts.ApproveAccount(t.Context(), payout.AccountApproval{CreatorID: id, Account: "acct_other", ApprovedBy: "bob", Reason: "seen it", Now: march})
		require.NoError(t, err)
		w.Release(t)
		_, err = w.Payouts.Reserve(t.Context(), payout.ReservationRequest{PayoutID: uuid.NewString(), RunID: w.OpenRun(t), CreatorID: id, Currency: "USD", MinimumMinor: 1, Now: march})
		require.NoError(t, err)

		require.Equal(t, "FR", countryOf(t, w))
	})
}

func countryOf(t *testing.T, w *world.World) string {
	t.Helper()
	tax, err := w.Statements.ListTax(t.Context(), "2026", everything, later)
	require.NoError(t, err)
	require.Len(t, tax, 1)
	require.Len(t, tax[0].Totals, 1)
	return tax[0].Totals[0].Country
}
