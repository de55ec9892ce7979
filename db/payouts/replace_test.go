package payouts_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/clips"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/db/payouts"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/rail"
)

const coolingOff = 72 * time.Hour

func propose(t *testing.T, w *world.World, account string) {
	t.Helper()
	_, err := w.Payouts.ProposeAccount(t.Context(), payout.AccountChange{
		ID: uuid.NewString(), CreatorID: w.CreatorIDs[0], ToAccount: account, ProposedBy: "user-finance", Reason: "moved", ProposedAt: world.Now,
	})
	require.NoError(t, err)
}

func approve(t *testing.T, w *world.World, account, by string) error {
	t.Helper()
	_, err := w.Payouts.ApproveAccount(t.Context(), payout.AccountApproval{
		CreatorID: w.CreatorIDs[0], Account: account, ApprovedBy: by, Reason: "checked", CoolingOff: coolingOff, Now: world.Now,
	})
	return err
}

func accountOf(t *testing.T, w *world.World, payoutID string, at time.Time) string {
	t.Helper()
	verdict, err := w.Payouts.CheckCreator(t.Context(), payout.CreatorCheck{PayoutID: payoutID, Now: at})
	require.NoError(t, err)
	return verdict.Account
}

func TestReplaceAccount(t *testing.T) {
	t.Parallel()

	t.Run("takes the payouts that have sent nothing, after the cooling-off time", func(t *testing.T) {
		t.Parallel()
		w, id := world.ReservedPayout(t)
		before := "acct_" + w.CreatorIDs[0]
		propose(t, w, "acct_other")
		require.Equal(t, before, accountOf(t, w, id, world.Now.Add(1000*time.Hour)), "not approved")
		require.NoError(t, approve(t, w, "acct_other", "user-colleague"))

		require.Equal(t, before, accountOf(t, w, id, world.Now.Add(coolingOff-time.Second)))
		require.Equal(t, "acct_other", accountOf(t, w, id, world.Now.Add(coolingOff)))
		require.Equal(t, "acct_other", accountOf(t, w, id, world.Now), "it does not go back")

		intent, err := w.Payouts.RecordIntent(t.Context(), id, payout.Transfer, 0, world.Now)
		require.NoError(t, err)
		require.Equal(t, "acct_other", intent.Account)
		_, pending, err := w.Payouts.FindAccountChange(t.Context(), w.CreatorIDs[0])
		require.NoError(t, err)
		require.False(t, pending)
		w.RequireBooksInOrder(t)
	})

	t.Run("leaves a payout whose transfer may have been sent, and is for the next one", func(t *testing.T) {
		t.Parallel()
		w, first, second := twoPayouts(t)
		before := "acct_" + w.CreatorIDs[0]
		_, err := w.Payouts.RecordIntent(t.Context(), first, payout.Transfer, 0, world.Now)
		require.NoError(t, err)
		propose(t, w, "acct_other")
		require.NoError(t, approve(t, w, "acct_other", "user-colleague"))

		require.Equal(t, "acct_other", accountOf(t, w, second, world.Now.Add(coolingOff)))
		require.Equal(t, before, accountOf(t, w, first, world.Now.Add(coolingOff)))
		w.RequireBooksInOrder(t)
	})

	t.Run("is for a payout that is reserved later", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		w.Read(t, 0, 1, 10_000)
		w.Release(t)
		propose(t, w, "acct_other")
		require.NoError(t, approve(t, w, "acct_other", "user-colleague"))

		reserved, err := w.Payouts.Reserve(t.Context(), payout.ReservationRequest{
			PayoutID: uuid.NewString(), RunID: w.OpenRun(t), CreatorID: w.CreatorIDs[0], Currency: "USD", MinimumMinor: 1, Now: world.Now.Add(coolingOff),
		})

		require.NoError(t, err)
		require.Equal(t, "acct_other", reserved.Account)
		w.RequireBooksInOrder(t)
	})

	t.Run("needs two people, whatever the spelling of their ids", func(t *testing.T) {
		t.Parallel()
		w, id := world.ReservedPayout(t)
		propose(t, w, "acct_other")

		require.Equal(t, "same_person", fault.CodeOf(approve(t, w, "acct_other", " User-Finance ")))
		require.NoError(t, approve(t, w, "acct_other", "user-colleague"))
		require.NoError(t, approve(t, w, "acct_other", "user-colleague"), "repeated")
		require.Equal(t, "account_change_approved", fault.CodeOf(approve(t, w, "acct_other", "user-third")))
		require.NotEqual(t, "acct_other", accountOf(t, w, id, world.Now))
	})

	t.Run("is replaced by a later proposal, which needs its own approval", func(t *testing.T) {
		t.Parallel()
		w, id := world.ReservedPayout(t)
		propose(t, w, "acct_other")
		require.NoError(t, approve(t, w, "acct_other", "user-colleague"))
		_, err := w.Payouts.ProposeAccount(t.Context(), payout.AccountChange{
			ID: uuid.NewString(), CreatorID: w.CreatorIDs[0], ToAccount: "acct_third", ProposedBy: "user-finance", Reason: "a mistake", ProposedAt: world.Now.Add(time.Hour),
		})
		require.NoError(t, err)

		require.Equal(t, "acct_"+w.CreatorIDs[0], accountOf(t, w, id, world.Now.Add(1000*time.Hour)))
	})

	t.Run("never gives a creator the account of another one", func(t *testing.T) {
		t.Parallel()
		w, id := world.ReservedPayout(t)
		propose(t, w, "acct_taken")
		require.NoError(t, approve(t, w, "acct_taken", "user-colleague"))
		_, err := w.Clips.CreateCreator(t.Context(), clips.NewCreator{ID: uuid.NewString(), Handle: "quick", PayoutAccount: "acct_taken"})
		require.NoError(t, err)

		require.Equal(t, "acct_"+w.CreatorIDs[0], accountOf(t, w, id, world.Now.Add(coolingOff)))
	})
}

func TestConnectAccount(t *testing.T) {
	t.Parallel()

	t.Run("gives it to the payouts that wait for one, once", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 0, nil)
		id := uuid.NewString()
		_, err := w.Clips.CreateCreator(t.Context(), clips.NewCreator{ID: id, Handle: "new"})
		require.NoError(t, err)
		w.CreatorIDs = append(w.CreatorIDs, id)
		w.AddClip(t, id)
		w.Read(t, 0, 1, 10_000)
		w.Release(t)
		payoutID := uuid.NewString()
		_, err = w.Payouts.Reserve(t.Context(), payout.ReservationRequest{PayoutID: payoutID, RunID: w.OpenRun(t), CreatorID: id, Currency: "USD", MinimumMinor: 1, Now: world.Now})
		require.NoError(t, err)
		waiting, err := w.Payouts.CheckCreator(t.Context(), payout.CreatorCheck{PayoutID: payoutID, Now: world.Now})
		require.NoError(t, err)
		connect := payouts.Connection{
			ChangeID: uuid.NewString(), CreatorID: id, Actor: "user-1", Reason: "created", Now: world.Now,
			State: rail.AccountState{Account: "acct_first", Connected: true, TransfersActive: true, PayoutsEnabled: true, PayoutInterval: rail.IntervalManual},
		}

		require.NoError(t, w.Payouts.ConnectAccount(t.Context(), connect))
		require.NoError(t, w.Payouts.ConnectAccount(t.Context(), connect), "repeated")

		require.Equal(t, payout.AccountNotVerified, waiting.Reason)
		ready, err := w.Payouts.CheckCreator(t.Context(), payout.CreatorCheck{PayoutID: payoutID, Now: world.Now})
		require.NoError(t, err)
		require.Equal(t, payout.CreatorVerdict{Account: "acct_first"}, ready)
		creator, err := w.Clips.GetCreator(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, rail.Verified, creator.Verification)
		connect.State.Account, connect.ChangeID = "acct_second", uuid.NewString()
		require.Equal(t, "account_exists", fault.CodeOf(w.Payouts.ConnectAccount(t.Context(), connect)))
		w.RequireBooksInOrder(t)
	})

	t.Run("says whether an account shows something new", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		restricted := rail.AccountState{Account: "acct_" + w.CreatorIDs[0], Connected: true, CurrentlyDue: []string{"a", "b"}}
		reordered, ready := restricted, restricted
		reordered.CurrentlyDue = []string{"b", "a"}
		ready.CurrentlyDue, ready.PayoutsEnabled = nil, true
		var changes []bool

		for _, state := range []rail.AccountState{restricted, restricted, reordered, ready, ready, {Account: "acct_unknown"}, {Account: "acct_unknown"}} {
			changed, err := w.Payouts.RecordAccount(t.Context(), state)
			require.NoError(t, err)
			changes = append(changes, changed)
		}

		require.Equal(t, []bool{true, false, false, true, false, true, true}, changes, "of the last one no creator is known")
	})

	t.Run("shows an account that was disconnected", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		account := "acct_" + w.CreatorIDs[0]

		_, err := w.Payouts.RecordAccount(t.Context(), rail.AccountState{Account: account})
		require.NoError(t, err)
		_, err = w.Payouts.RecordAccount(t.Context(), rail.AccountState{Account: "acct_unknown"})
		require.NoError(t, err, "no creator has it")

		state, err := w.Payouts.GetAccount(t.Context(), account)
		require.NoError(t, err)
		require.False(t, state.Connected)
		_, err = w.Payouts.GetAccount(t.Context(), "acct_unknown")
		require.Equal(t, "payout_account_not_found", fault.CodeOf(err))
	})
}
