package earnings_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/ledger"
)

func TestReleaseHolds(t *testing.T) {
	t.Parallel()

	t.Run("releases each accrual once under many callers at once", func(t *testing.T) {
		t.Parallel()
		const creators, polls = 5, 8
		w := world.New(t, creators, nil)
		for i := range creators {
			for poll := 1; poll <= polls; poll++ {
				_, err := w.Earnings.RecordReading(t.Context(), w.Reading(i, poll, int64(poll)*1000))
				require.NoError(t, err)
			}
		}
		due := world.Now.Add(w.Terms.Hold.Std())
		var released atomic.Int64

		var callers sync.WaitGroup
		for range 6 {
			callers.Go(func() {
				for range creators * polls {
					count, err := w.Earnings.ReleaseHolds(t.Context(), due, 3)
					if !assert.NoError(t, err) {
						return
					}
					released.Add(int64(count))
				}
			})
		}
		callers.Wait()

		require.Equal(t, int64(creators*polls), released.Load())
		for _, creatorID := range w.CreatorIDs {
			require.Zero(t, w.Balance(t, ledger.CreatorPending(creatorID)))
			require.Equal(t, int64(polls*500), w.Balance(t, ledger.CreatorAvailable(creatorID)))
		}
		w.RequireBooksInOrder(t)
	})

	t.Run("keeps what is not due yet", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		_, err := w.Earnings.RecordReading(t.Context(), w.Reading(0, 1, 1000))
		require.NoError(t, err)

		early, err := w.Earnings.ReleaseHolds(t.Context(), world.Now.Add(w.Terms.Hold.Std()-time.Second), 10)
		require.NoError(t, err)
		due, err := w.Earnings.ReleaseHolds(t.Context(), world.Now.Add(w.Terms.Hold.Std()), 10)
		require.NoError(t, err)

		require.Zero(t, early)
		require.Equal(t, 1, due)
	})

	t.Run("keeps the currencies of a creator apart", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		euros := world.In(t, w.URL, w.Books, 0, func(terms *campaign.Terms) { terms.Currency = "EUR" })
		euros.AddClip(t, w.CreatorIDs[0])
		for _, each := range []*world.World{w, euros} {
			_, err := each.Earnings.RecordReading(t.Context(), each.Reading(0, 1, 2000))
			require.NoError(t, err)
		}

		_, err := w.Earnings.ReleaseHolds(t.Context(), world.Now.Add(w.Terms.Hold.Std()), 10)
		require.NoError(t, err)

		for _, each := range []*world.World{w, euros} {
			require.Equal(t, int64(1000), each.Balance(t, ledger.CreatorAvailable(w.CreatorIDs[0])))
		}
		w.RequireBooksInOrder(t)
	})
}
