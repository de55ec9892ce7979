package db_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/payout"
)

func TestReleaseHolds(t *testing.T) {
	t.Parallel()

	t.Run("releases each accrual once under many callers at once", func(t *testing.T) {
		t.Parallel()
		const creators, polls = 5, 8
		w := setup(t, creators, nil)
		for i := range creators {
			for poll := 1; poll <= polls; poll++ {
				_, err := w.store.Earnings.RecordReading(t.Context(), w.reading(i, poll, int64(poll)*1000))
				require.NoError(t, err)
			}
		}
		due := now.Add(w.terms.Hold.Std())
		var released atomic.Int64

		var callers sync.WaitGroup
		for range 6 {
			callers.Go(func() {
				for range creators * polls {
					count, err := w.store.Earnings.ReleaseHolds(t.Context(), due, 3)
					if !errorsNil(t, err) {
						return
					}
					released.Add(int64(count))
				}
			})
		}
		callers.Wait()

		require.Equal(t, int64(creators*polls), released.Load())
		for _, creatorID := range w.creators {
			require.Zero(t, w.balance(t, ledger.CreatorPending(creatorID)))
			require.Equal(t, int64(polls*500), w.balance(t, ledger.CreatorAvailable(creatorID)))
		}
		w.requireBooksInOrder(t)
	})

	t.Run("keeps what is not due yet", func(t *testing.T) {
		t.Parallel()
		w := setup(t, 1, nil)
		_, err := w.store.Earnings.RecordReading(t.Context(), w.reading(0, 1, 1000))
		require.NoError(t, err)

		early, err := w.store.Earnings.ReleaseHolds(t.Context(), now.Add(w.terms.Hold.Std()-time.Second), 10)
		require.NoError(t, err)
		due, err := w.store.Earnings.ReleaseHolds(t.Context(), now.Add(w.terms.Hold.Std()), 10)
		require.NoError(t, err)

		require.Zero(t, early)
		require.Equal(t, 1, due)
	})

	t.Run("keeps the currencies of a creator apart", func(t *testing.T) {
		t.Parallel()
		w := setup(t, 1, nil)
		euros := setupIn(t, t.Context(), w.url, w.store, 0, func(terms *campaign.Terms) { terms.Currency = "EUR" })
		euros.addClip(t, t.Context(), w.creators[0])
		for _, each := range []*world{w, euros} {
			_, err := each.store.Earnings.RecordReading(t.Context(), each.reading(0, 1, 2000))
			require.NoError(t, err)
		}

		_, err := w.store.Earnings.ReleaseHolds(t.Context(), now.Add(w.terms.Hold.Std()), 10)
		require.NoError(t, err)

		for _, each := range []*world{w, euros} {
			require.Equal(t, int64(1000), each.balance(t, ledger.CreatorAvailable(w.creators[0])))
		}
		w.requireBooksInOrder(t)
	})
}

func TestReservePayout(t *testing.T) {
	t.Parallel()

	t.Run("reserves once for two payouts of one creator at once", func(t *testing.T) {
		t.Parallel()
		w := setup(t, 1, nil)
		_, err := w.store.Earnings.RecordReading(t.Context(), w.reading(0, 1, 10_000))
		require.NoError(t, err)
		_, err = w.store.Earnings.ReleaseHolds(t.Context(), now.Add(w.terms.Hold.Std()), 10)
		require.NoError(t, err)
		var reserves []payout.ReservationRequest
		for range 8 {
			runID, err := w.store.Payouts.OpenRun(t.Context(), uuid.NewString(), dbtest.Week(), now)
			require.NoError(t, err)
			reserves = append(reserves, payout.ReservationRequest{PayoutID: uuid.NewString(), RunID: runID, CreatorID: w.creators[0], Currency: "USD", MinimumMinor: 1000, Now: now})
		}
		failures := make([]error, len(reserves))

		var callers sync.WaitGroup
		for i, reserve := range reserves {
			callers.Go(func() { _, failures[i] = w.store.Payouts.Reserve(t.Context(), reserve) })
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
		require.Zero(t, w.balance(t, ledger.CreatorAvailable(w.creators[0])))
		require.Equal(t, int64(5000), w.balance(t, ledger.CreatorInTransit(w.creators[0])))
		w.requireBooksInOrder(t)
	})

	t.Run("freezes amount and lines: what is earned later is for the next payout", func(t *testing.T) {
		t.Parallel()
		w, id := reservedPayout(t)
		_, err := w.store.Earnings.RecordReading(t.Context(), w.reading(0, 2, 20_000))
		require.NoError(t, err)
		_, err = w.store.Earnings.ReleaseHolds(t.Context(), now.Add(w.terms.Hold.Std()), 10)
		require.NoError(t, err)

		again, err := w.store.Payouts.Reserve(t.Context(), payout.ReservationRequest{PayoutID: id, CreatorID: w.creators[0], Currency: "USD", Now: now})

		require.NoError(t, err)
		require.Equal(t, int64(5000), again.AmountMinor)
		eligible, err := w.store.Payouts.ListEligible(t.Context(), payout.EligibleAfter{}, 1000, 10)
		require.NoError(t, err)
		require.Equal(t, []payout.Eligible{{CreatorID: w.creators[0], Currency: "USD", AmountMinor: 5000}}, eligible)
	})

	for _, step := range []struct {
		currency money.Currency
		views    int64 // half a minor unit each
		reserved int64
		left     int64
	}{{"HUF", 10_101, 5000, 51}, {"TWD", 10_198, 5000, 99}, {"KWD", 10_018, 5000, 9}, {"USD", 10_018, 5009, 0}, {"JPY", 10_018, 5009, 0}} {
		t.Run("reserves what a bank takes of "+string(step.currency)+" and leaves the rest available", func(t *testing.T) {
			t.Parallel()
			w := setup(t, 1, func(terms *campaign.Terms) { terms.Currency = step.currency })
			w.read(t, t.Context(), 0, 1, step.views)
			w.release(t, t.Context())
			reserve := payout.ReservationRequest{PayoutID: uuid.NewString(), RunID: w.openRun(t), CreatorID: w.creators[0], Currency: step.currency, MinimumMinor: 1, Now: now}

			reserved, err := w.store.Payouts.Reserve(t.Context(), reserve)
			require.NoError(t, err)
			again := reserve
			again.PayoutID, again.RunID = uuid.NewString(), w.openRun(t)
			_, nothing := w.store.Payouts.Reserve(t.Context(), again)

			require.Equal(t, step.reserved, reserved.AmountMinor)
			require.Equal(t, step.left, w.balance(t, ledger.CreatorAvailable(w.creators[0])))
			require.Equal(t, "below_minimum", fault.CodeOf(nothing))
			require.Zero(t, w.facts(t).UnpaidMinor, "nobody waits for what cannot be paid")
			w.requireBooksInOrder(t)
		})
	}

	t.Run("holds the minimum against what a bank takes", func(t *testing.T) {
		t.Parallel()
		w := setup(t, 1, func(terms *campaign.Terms) { terms.Currency = "HUF" })
		w.read(t, t.Context(), 0, 1, 10_100)
		w.release(t, t.Context())
		reserve := payout.ReservationRequest{PayoutID: uuid.NewString(), RunID: w.openRun(t), CreatorID: w.creators[0], Currency: "HUF", MinimumMinor: 5050, Now: now}

		_, tooLittle := w.store.Payouts.Reserve(t.Context(), reserve)
		reserve.MinimumMinor = 5000
		reserved, err := w.store.Payouts.Reserve(t.Context(), reserve)

		require.Equal(t, "below_minimum", fault.CodeOf(tooLittle))
		require.NoError(t, err)
		require.Equal(t, int64(5000), reserved.AmountMinor)
	})

	t.Run("pays what several campaigns left behind once it makes a whole", func(t *testing.T) {
		t.Parallel()
		huf := func(terms *campaign.Terms) { terms.Currency = "HUF" }
		w := setup(t, 1, huf)
		other := w.beside(t, t.Context(), huf)
		w.read(t, t.Context(), 0, 1, 2500)
		other.read(t, t.Context(), 0, 1, 2500)
		w.release(t, t.Context())

		reserved, err := w.store.Payouts.Reserve(t.Context(), payout.ReservationRequest{PayoutID: uuid.NewString(), RunID: w.openRun(t), CreatorID: w.creators[0], Currency: "HUF", MinimumMinor: 1, Now: now})

		require.NoError(t, err)
		require.Equal(t, int64(2500), reserved.AmountMinor, "twice 12.50")
		require.Zero(t, w.balance(t, ledger.CreatorAvailable(w.creators[0])))
		w.requireBooksInOrder(t)
	})

	t.Run("knows no currency that there is not", func(t *testing.T) {
		t.Parallel()
		w := setup(t, 1, nil)

		_, err := w.store.Payouts.Reserve(t.Context(), payout.ReservationRequest{PayoutID: uuid.NewString(), RunID: w.openRun(t), CreatorID: w.creators[0], Currency: "ZZZ", MinimumMinor: 1, Now: now})

		require.Equal(t, "unknown_currency", fault.CodeOf(err))
	})

	t.Run("reserves nothing below the minimum", func(t *testing.T) {
		t.Parallel()
		w, id := reservedPayout(t)
		require.NoError(t, w.store.Payouts.Cancel(t.Context(), id, payout.Cancelled, now))
		runID, err := w.store.Payouts.OpenRun(t.Context(), uuid.NewString(), dbtest.Week(), now)
		require.NoError(t, err)

		_, err = w.store.Payouts.Reserve(t.Context(), payout.ReservationRequest{PayoutID: uuid.NewString(), RunID: runID, CreatorID: w.creators[0], Currency: "USD", MinimumMinor: 5001, Now: now})

		require.Equal(t, "below_minimum", fault.CodeOf(err))
		require.Equal(t, int64(5000), w.balance(t, ledger.CreatorAvailable(w.creators[0])))
	})

	t.Run("knows no creator that does not exist", func(t *testing.T) {
		t.Parallel()
		w := setup(t, 0, nil)

		_, err := w.store.Payouts.Reserve(t.Context(), payout.ReservationRequest{PayoutID: uuid.NewString(), RunID: uuid.NewString(), CreatorID: uuid.NewString(), Currency: "USD", Now: now})

		require.Equal(t, "creator_not_found", fault.CodeOf(err))
	})
}
