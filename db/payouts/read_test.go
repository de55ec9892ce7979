package payouts_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/payout"
)

func TestFindIdentity(t *testing.T) {
	t.Parallel()
	w, id := world.ReservedPayout(t)
	detail, err := w.Payouts.Get(t.Context(), id)
	require.NoError(t, err)

	identity, found, err := w.Payouts.FindIdentity(t.Context(), id)
	_, unknown, unknownErr := w.Payouts.FindIdentity(t.Context(), uuid.NewString())

	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, payout.Identity{PayoutID: id, RunID: detail.RunID, CreatorID: detail.CreatorID, Currency: detail.Currency}, identity)
	require.NoError(t, unknownErr)
	require.False(t, unknown)
}

func TestListParked(t *testing.T) {
	t.Parallel()
	w, id := world.ReservedPayout(t)
	var account string
	require.NoError(t, w.DB.Pool.QueryRow(t.Context(), "SELECT payout_account FROM payouts WHERE id = $1", id).Scan(&account))

	before, err := w.Payouts.ListParked(t.Context(), account, "acct_of_no_payout")
	require.NoError(t, err)
	require.NoError(t, w.Payouts.Park(t.Context(), id, payout.NeedsAttention, payout.AccountNotVerified, ""))
	after, err := w.Payouts.ListParked(t.Context(), account, "acct_of_no_payout")

	require.NoError(t, err)
	require.Empty(t, before)
	require.Equal(t, map[string][]string{account: {id}}, after)
}
