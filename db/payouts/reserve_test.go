package payouts_test

import (
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/payout"
)

func TestReservePayout(t *testing.T) {
	t.Parallel()

	t.Run("reserves once for two payouts of one creator at once", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		_, err := w.Earnings.RecordReading(t.Context(), w.Reading(0, 1, 10_000))
		require.NoError(t, err)
		_, err = w.Earnings.ReleaseHolds(t.Context(), world.Now.Add(w.Terms.Hold.Std()), 10)
		require.NoError(t, err)
		var reserves []payout.ReservationRequest
		for range 8 {
			runID, err := w.Payouts.OpenRun(t.Context(), uuid.NewString(), dbtest.Week(), world.Now)
			require.NoError(t, err)
			reserves = append(reserves, payout.ReservationRequest{PayoutID: uuid.NewString(), RunID: runID, CreatorID: w.CreatorIDs[0], Currency: "USD", MinimumMinor: 1000, Now: world.Now})
		}
		failures := make([]error, len(reserves))

		var callers sync.WaitGroup
		for i, reserve := range reserves {
			callers.Go(func() { _, failures[i] = w.Payouts.Reserve(t.Context(), reserve) })
		}
		callers.Wait()

		reserved := 0
		for _, err := range failures {
			if err == nil {
				reserved++
				continue
			}
			require.Equal(t, "below_minimum", fault.CodeOf(err), err)
		}
		require.Equal(t, 1, reserved)
		require.Zero(t, w.Balance(t, ledger.CreatorAvailable(w.CreatorIDs[0])))
		require.Equal(t, int64(5000), w.Balance(t, ledger.CreatorInTransit(w.CreatorIDs[0])))
		w.RequireBooksInOrder(t)
	})

	t.Run("freezes amount and lines: what is earned later is for the next payout", func(t *testing.T) {
		t.Parallel()
		w, id := world.ReservedPayout(t)
		_, err := w.Earnings.RecordReading(t.Context(), w.Reading(0, 2, 20_000))
		require.NoError(t, err)
		_, err = w.Earnings.ReleaseHolds(t.Context(), world.Now.Add(w.Terms.Hold.Std()), 10)
		require.NoError(t, err)

		again, err := w.Payouts.Reserve(t.Context(), payout.ReservationRequest{PayoutID: id, CreatorID: w.CreatorIDs[0], Currency: "USD", Now: world.Now})

		require.NoError(t, err)
		require.Equal(t, int64(5000), again.AmountMinor)
		candidates, err := w.Payouts.ListCandidates(t.Context(), payout.CandidatePage{RunID: uuid.NewString(), MinimumMinor: payout.EveryMinimum(1000), Limit: 10})
		require.NoError(t, err)
		require.Equal(t, []payout.Candidate{{Eligible: payout.Eligible{CreatorID: w.CreatorIDs[0], Currency: "USD", AmountMinor: 5000}}}, candidates)
	})

	for _, step := range []struct {
		currency money.Currency
		views    int64 // half a minor unit each
		reserved int64
		left     int64
	}{{"HUF", 10_101, 5000, 51}, {"TWD", 10_198, 5000, 99}, {"KWD", 10_018, 5000, 9}, {"USD", 10_018, 5009, 0}, {"JPY", 10_018, 5009, 0}} {
		t.Run("reserves what a bank takes of "+string(step.currency)+" and leaves the rest available", func(t *testing.T) {
			t.Parallel()
			w := world.New(t, 1, func(terms *campaign.Terms) { terms.Currency = step.currency })
			w.Read(t, 0, 1, step.views)
			w.Release(t)
			reserve := payout.ReservationRequest{PayoutID: uuid.NewString(), RunID: w.OpenRun(t), CreatorID: w.CreatorIDs[0], Currency: step.currency, MinimumMinor: 1, Now: world.Now}

			reserved, err := w.Payouts.Reserve(t.Context(), reserve)
			require.NoError(t, err)
			again := reserve
			again.PayoutID, again.RunID = uuid.NewString(), w.OpenRun(t)
			_, nothing := w.Payouts.Reserve(t.Context(), again)

			require.Equal(t, step.reserved, reserved.AmountMinor)
			require.Equal(t, step.left, w.Balance(t, ledger.CreatorAvailable(w.CreatorIDs[0])))
			require.Equal(t, "below_minimum", fault.CodeOf(nothing))
			require.Zero(t, w.Facts(t).UnpaidMinor, "no campaign waits for what cannot be paid")
			w.RequireBooksInOrder(t)
		})
	}

	t.Run("holds the minimum against what a bank takes", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, func(terms *campaign.Terms) { terms.Currency = "HUF" })
		w.Read(t, 0, 1, 10_100)
		w.Release(t)
		reserve := payout.ReservationRequest{PayoutID: uuid.NewString(), RunID: w.OpenRun(t), CreatorID: w.CreatorIDs[0], Currency: "HUF", MinimumMinor: 5050, Now: world.Now}

		_, tooLittle := w.Payouts.Reserve(t.Context(), reserve)
		reserve.MinimumMinor = 5000
		reserved, err := w.Payouts.Reserve(t.Context(), reserve)

		require.Equal(t, "below_minimum", fault.CodeOf(tooLittle))
		require.NoError(t, err)
		require.Equal(t, int64(5000), reserved.AmountMinor)
	})

	t.Run("pays what several campaigns left behind once it makes a whole", func(t *testing.T) {
		t.Parallel()
		huf := func(terms *campaign.Terms) { terms.Currency = "HUF" }
		w := world.New(t, 1, huf)
		other := w.Another(t, huf)
		w.Read(t, 0, 1, 2500)
		other.Read(t, 0, 1, 2500)
		w.Release(t)

		reserved, err := w.Payouts.Reserve(t.Context(), payout.ReservationRequest{PayoutID: uuid.NewString(), RunID: w.OpenRun(t), CreatorID: w.CreatorIDs[0], Currency: "HUF", MinimumMinor: 1, Now: world.Now})

		require.NoError(t, err)
		require.Equal(t, int64(2500), reserved.AmountMinor, "twice 12.50")
		require.Zero(t, w.Balance(t, ledger.CreatorAvailable(w.CreatorIDs[0])))
		w.RequireBooksInOrder(t)
	})

	t.Run("knows no currency that there is not", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)

		_, err := w.Payouts.Reserve(t.Context(), payout.ReservationRequest{PayoutID: uuid.NewString(), RunID: w.OpenRun(t), CreatorID: w.CreatorIDs[0], Currency: "ZZZ", MinimumMinor: 1, Now: world.Now})

		require.Equal(t, "unknown_currency", fault.CodeOf(err))
	})

	t.Run("reserves nothing below the minimum", func(t *testing.T) {
		t.Parallel()
		w, id := world.ReservedPayout(t)
		require.NoError(t, w.Payouts.Cancel(t.Context(), id, payout.Cancelled, world.Now))
		runID, err := w.Payouts.OpenRun(t.Context(), uuid.NewString(), dbtest.Week(), world.Now)
		require.NoError(t, err)

		_, err = w.Payouts.Reserve(t.Context(), payout.ReservationRequest{PayoutID: uuid.NewString(), RunID: runID, CreatorID: w.CreatorIDs[0], Currency: "USD", MinimumMinor: 5001, Now: world.Now})

		require.Equal(t, "below_minimum", fault.CodeOf(err))
		require.Equal(t, int64(5000), w.Balance(t, ledger.CreatorAvailable(w.CreatorIDs[0])))
	})

	t.Run("knows no creator that does not exist", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 0, nil)

		_, err := w.Payouts.Reserve(t.Context(), payout.ReservationRequest{PayoutID: uuid.NewString(), RunID: uuid.NewString(), CreatorID: uuid.NewString(), Currency: "USD", Now: world.Now})

		require.Equal(t, "creator_not_found", fault.CodeOf(err))
	})
}
