package payouts_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/adoption"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/reconcile"
)

func TestAdoptedAttempts(t *testing.T) {
	t.Parallel()

	t.Run("have the bank payout that was made, and leave its outcome open", func(t *testing.T) {
		t.Parallel()
		r := setupRestored(t, 5000)
		made := r.transferOf("2026-W09", nil)
		bank := r.bankPayoutOf(made, 1, "paid")
		r.see(t, made, bank)

		r.adopt(t, made)

		detail := r.onRecord(t, made.PayoutID)
		require.Equal(t, payout.PayingOut, detail.Status)
		require.Equal(t, bank.ID, detail.BankPayoutID)
		r.requireAt(t, 0, 5000, 0)
		intent, err := r.Payouts.RecordIntent(t.Context(), made.PayoutID, payout.BankPayout, 0, world.Now)
		require.NoError(t, err)
		require.True(t, intent.Applied)
		require.Equal(t, bank.ID, intent.ExternalID)
		require.NoError(t, r.Payouts.RecordBankPayoutPaid(t.Context(), payout.Outcome{PayoutID: made.PayoutID, Phase: payout.BankPayout, Generation: 1, ExternalID: bank.ID, Now: world.Now}))
		r.requireAt(t, 0, 0, 0)
	})

	t.Run("keep the generations of Stripe", func(t *testing.T) {
		t.Parallel()
		r := setupRestored(t, 5000)
		made := r.transferOf("2026-W09", func(o *reconcile.Object) { o.Generation = 2 })
		failed, last := r.bankPayoutOf(made, 1, "failed"), r.bankPayoutOf(made, 3, "in_transit")
		r.see(t, made, last, failed)

		r.adopt(t, made)

		type attempt struct {
			phase      payout.Phase
			generation int32
			outcome    payout.AttemptStatus
			id         string
		}
		var attempts []attempt
		for _, each := range r.onRecord(t, made.PayoutID).Attempts {
			attempts = append(attempts, attempt{each.Phase, each.Generation, each.Outcome, each.ExternalID})
		}
		require.ElementsMatch(t, []attempt{
			{payout.Transfer, 1, payout.AttemptRefused, ""},
			{payout.Transfer, 2, payout.AttemptApplied, made.ID},
			{payout.BankPayout, 1, payout.AttemptUndone, failed.ID},
			{payout.BankPayout, 2, payout.AttemptRefused, ""},
			{payout.BankPayout, 3, payout.AttemptApplied, last.ID},
		}, attempts)
		r.requireAt(t, 0, 5000, 0)
	})

	t.Run("are looked up before any bank payout is sent", func(t *testing.T) {
		t.Parallel()
		r := setupRestored(t, 5000)
		made := r.transferOf("2026-W09", nil)
		r.see(t, made)
		r.adopt(t, made)

		intent, err := r.Payouts.RecordIntent(t.Context(), made.PayoutID, payout.BankPayout, 0, world.Now.Add(time.Minute))
		require.NoError(t, err)
		require.NoError(t, r.Payouts.RecordRefused(t.Context(), payout.Outcome{PayoutID: made.PayoutID, Phase: payout.BankPayout, Generation: 1, FailureCode: "no_bank", Now: world.Now}))
		second, err := r.Payouts.RecordIntent(t.Context(), made.PayoutID, payout.BankPayout, 0, world.Now.Add(2*time.Minute))
		require.NoError(t, err)

		require.Equal(t, payout.LookUp, payout.NextStep(intent, payout.DefaultPolicy(), false))
		require.Equal(t, payout.Send, payout.NextStep(intent, payout.DefaultPolicy(), true))
		require.Equal(t, payout.LookUp, payout.NextStep(second, payout.DefaultPolicy(), false))
	})
}

func TestRestore(t *testing.T) {
	t.Parallel()

	t.Run("has every attempt of every phase looked up", func(t *testing.T) {
		t.Parallel()
		w, id := world.ReservedPayout(t)
		require.NoError(t, w.Payouts.RecordRestore(t.Context(), "ann", "ticket 7", world.Now))

		transfer, err := w.Payouts.RecordIntent(t.Context(), id, payout.Transfer, 0, world.Now.Add(time.Minute))
		require.NoError(t, err)
		require.NoError(t, w.Payouts.RecordRefused(t.Context(), payout.Outcome{PayoutID: id, Phase: payout.Transfer, Generation: 1, Now: world.Now}))
		second, err := w.Payouts.RecordIntent(t.Context(), id, payout.Transfer, 0, world.Now.Add(2*time.Minute))
		require.NoError(t, err)

		require.Equal(t, payout.LookUp, payout.NextStep(transfer, payout.DefaultPolicy(), false))
		require.Equal(t, payout.LookUp, payout.NextStep(second, payout.DefaultPolicy(), false))
	})

	t.Run("has a later generation looked up too, if it is the first since", func(t *testing.T) {
		t.Parallel()
		w, id := world.ReservedPayout(t)
		_, err := w.Payouts.RecordIntent(t.Context(), id, payout.Transfer, 0, world.Now)
		require.NoError(t, err)
		require.NoError(t, w.Payouts.RecordRefused(t.Context(), payout.Outcome{PayoutID: id, Phase: payout.Transfer, Generation: 1, Now: world.Now}))
		require.NoError(t, w.Payouts.RecordRestore(t.Context(), "ann", "ticket 7", world.Now.Add(time.Hour)))

		second, err := w.Payouts.RecordIntent(t.Context(), id, payout.Transfer, 0, world.Now.Add(2*time.Hour))

		require.NoError(t, err)
		require.True(t, second.Fresh)
		require.Equal(t, payout.LookUp, payout.NextStep(second, payout.DefaultPolicy(), false))
	})

	t.Run("has an actor and a reason", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 0, nil)

		require.Equal(t, "actor_missing", fault.CodeOf(w.Payouts.RecordRestore(t.Context(), "", "why", world.Now)))
		require.Equal(t, "reason_missing", fault.CodeOf(w.Payouts.RecordRestore(t.Context(), "ann", "", world.Now)))
	})
}

func TestAdoptions(t *testing.T) {
	t.Parallel()

	t.Run("are proposed once and freeze what is adoptable", func(t *testing.T) {
		t.Parallel()
		r := setupRestored(t, 5000)
		first, blocked := r.transferOf("2026-W09", nil), r.transferOf("2026-W08", func(o *reconcile.Object) { o.ReversedMinor = 1 })
		gone := r.transferOf("2026-W07", func(o *reconcile.Object) { o.ReversedMinor = o.AmountMinor })
		r.see(t, first, blocked, gone)
		proposal := adoption.Proposal{ID: "0191d000-0000-7000-8000-000000000001", ProposedBy: "ann", Reason: "restored", Now: world.Now}

		proposed, err := r.Payouts.ProposeAdoption(t.Context(), proposal)
		require.NoError(t, err)
		r.see(t, r.transferOf("2026-W06", nil))
		proposal.Now = world.Now.Add(time.Hour)
		again, err := r.Payouts.ProposeAdoption(t.Context(), proposal)
		require.NoError(t, err)
		plans, err := r.Payouts.ListAdoptable(t.Context())
		require.NoError(t, err)

		require.Equal(t, proposed, again)
		require.EqualValues(t, 1, proposed.Payouts)
		require.EqualValues(t, 1, proposed.Waiting)
		require.Equal(t, int64(5000), proposed.Sums[0].Minor)
		require.Len(t, plans, 3, "what is back in full needs no adoption")
		items, err := r.Payouts.ListOpenAdoptionItems(t.Context(), proposed.ID, world.Now, 10)
		require.NoError(t, err)
		require.Len(t, items, 1)
		require.Equal(t, first.PayoutID, items[0].PayoutID)
		proposal.Reason = "another"
		_, err = r.Payouts.ProposeAdoption(t.Context(), proposal)
		require.Equal(t, "adoption_exists", fault.CodeOf(err))
	})

	t.Run("are tried again after a failure, in the order of their last try", func(t *testing.T) {
		t.Parallel()
		r := setupRestored(t, 0)
		first, second := r.transferOf("2026-W09", nil), r.transferOf("2026-W08", nil)
		r.see(t, first, second)
		id := r.propose(t).ID
		r.approve(t, id)
		list := func(failedBefore time.Time) (ids []string) {
			items, err := r.Payouts.ListOpenAdoptionItems(t.Context(), id, failedBefore, 10)
			require.NoError(t, err)
			for _, item := range items {
				ids = append(ids, item.PayoutID)
			}
			return ids
		}
		setAside := func(payoutID, code string, at time.Time) {
			require.NoError(t, r.Payouts.SetAsideAdopted(t.Context(), id, []adoption.SetAside{{PayoutID: payoutID, Failure: adoption.Failure{Code: code, Detail: "why"}}}, at))
		}

		setAside(first.PayoutID, "one", world.Now.Add(time.Minute))
		require.Equal(t, []string{second.PayoutID}, list(world.Now))
		require.Equal(t, []string{second.PayoutID, first.PayoutID}, list(world.Now.Add(2*time.Minute)))
		setAside(second.PayoutID, "two", world.Now)
		require.Equal(t, []string{second.PayoutID, first.PayoutID}, list(world.Now.Add(2*time.Minute)))
		failed, err := r.Payouts.ListFailedAdoptionItems(t.Context(), id, 1)
		require.NoError(t, err)
		require.Len(t, failed, 1)
		require.Equal(t, "why", failed[0].Failure.Detail)

		require.Equal(t, adoption.Booked, r.book(t, id, first.PayoutID).Outcome)
		found, err := r.Payouts.GetAdoption(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, []int64{1, 1, 1}, []int64{found.Waiting, found.Booked, found.Failed})
		require.Equal(t, []string{first.PayoutID, second.PayoutID}, list(world.Now.Add(time.Hour)), "a booked payout has not failed any more")
	})

	t.Run("are left when a person stops the adoption, and can be proposed again", func(t *testing.T) {
		t.Parallel()
		r := setupRestored(t, 0)
		first, second := r.transferOf("2026-W09", nil), r.transferOf("2026-W08", nil)
		r.see(t, first, second)
		id := r.propose(t).ID
		_, err := r.Payouts.StopAdoption(t.Context(), id)
		require.Equal(t, "adoption_not_approved", fault.CodeOf(err))
		r.approve(t, id)
		r.book(t, id, first.PayoutID)

		stopped, err := r.Payouts.StopAdoption(t.Context(), id)
		require.NoError(t, err)
		again, err := r.Payouts.StopAdoption(t.Context(), id)
		require.NoError(t, err)
		_, unknown := r.Payouts.StopAdoption(t.Context(), uuid.NewString())

		require.Equal(t, stopped, again)
		require.Equal(t, []int64{1, 1}, []int64{stopped.Booked, stopped.Left})
		require.Equal(t, "adoption_not_found", fault.CodeOf(unknown))
		require.Equal(t, adoption.Left, r.book(t, id, second.PayoutID).Outcome)
		require.Equal(t, adoption.Booked, r.adopt(t, second).Outcome)
	})

	t.Run("are refused without anything to adopt", func(t *testing.T) {
		t.Parallel()
		r := setupRestored(t, 5000)
		r.see(t, r.transferOf("2026-W09", func(o *reconcile.Object) { o.ReversedMinor = 1 }))
		proposal := adoption.Proposal{ID: "0191d000-0000-7000-8000-000000000002", ProposedBy: "ann", Reason: "restored", Now: world.Now}

		_, err := r.Payouts.ProposeAdoption(t.Context(), proposal)
		require.Equal(t, "nothing_to_adopt", fault.CodeOf(err))

		_, err = r.Payouts.GetAdoption(t.Context(), proposal.ID)
		require.Equal(t, "adoption_not_found", fault.CodeOf(err))
	})

	t.Run("are decided by another person, once", func(t *testing.T) {
		t.Parallel()
		r := setupRestored(t, 5000)
		r.see(t, r.transferOf("2026-W09", nil))
		proposed := r.propose(t)
		decide := func(actor string, approve bool) error {
			_, err := r.Payouts.DecideAdoption(t.Context(), adoption.Decision{ID: proposed.ID, Approve: approve, Actor: actor, Now: world.Now})
			return err
		}

		require.Equal(t, "same_person", fault.CodeOf(decide(" ANN", true)))
		require.Equal(t, "actor_missing", fault.CodeOf(decide(" ", true)))
		require.NoError(t, decide("bob", false))
		require.NoError(t, decide("bob", false), "told twice")
		require.Equal(t, "adoption_decided", fault.CodeOf(decide("bob", true)))
		found, err := r.Payouts.GetAdoption(t.Context(), proposed.ID)
		require.NoError(t, err)
		require.Equal(t, adoption.Rejected, found.Status)
		require.Equal(t, "bob", found.DecidedBy)
	})
}

func TestVerifyFindsAnAdvanceWithoutAdoption(t *testing.T) {
	t.Parallel()
	r := setupRestored(t, 2000)
	made := r.transferOf("2026-W09", nil)
	r.see(t, made)
	r.adopt(t, made)
	r.requireAt(t, 0, 5000, 3000)
	dbtest.Tamper(t, r.URL, "UPDATE adoption_items SET advanced_minor = 1")

	verified, err := r.Audit.Verify(t.Context())

	require.NoError(t, err)
	require.Equal(t, []string{"reference"}, world.Checks(verified))
}
