package clips_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/views"
)

func TestQuotas(t *testing.T) {
	t.Parallel()
	now := world.Now
	daily := func(units int64) []views.QuotaUse {
		return []views.QuotaUse{{Name: "units", Units: 1, Limits: views.Limits{Day: views.DayQuota{Units: units, Zone: "America/Los_Angeles"}}}}
	}
	rated := func(units int64) []views.QuotaUse {
		return []views.QuotaUse{{Name: "posts", Units: 1, Limits: views.Limits{Rate: views.Rate{Units: units, Per: 15 * time.Minute}}}}
	}
	take := func(t require.TestingT, store *books.Books, uses []views.QuotaUse, at time.Time) views.QuotaRefusal {
		refused, err := store.Clips.TakeQuota(context.Background(), "youtube", uses, at)
		require.NoError(t, err)
		return refused
	}
	// takeByAll has each worker ask so often, and returns how many may send.
	takeByAll := func(t *testing.T, workers []*books.Books, uses []views.QuotaUse, times int, at time.Time) int64 {
		t.Helper()
		var taken atomic.Int64
		var asking sync.WaitGroup
		for _, worker := range workers {
			for range 4 { // a worker has several requests at once
				asking.Go(func() {
					for range times / 4 {
						refused, err := worker.Clips.TakeQuota(context.Background(), "youtube", uses, at)
						if err == nil && refused.Wait == 0 {
							taken.Add(1)
						}
					}
				})
			}
		}
		asking.Wait()
		return taken.Load()
	}

	t.Run("hold over three workers and a restart, and all of them can be used", func(t *testing.T) {
		t.Parallel()
		for _, tc := range []struct {
			uses []views.QuotaUse
			all  int64
			next time.Duration
			then int64
		}{{daily(50), 50, 24 * time.Hour, 50}, {rated(500), 50, 10 * time.Second, 5}} {
			url := dbtest.URL(t)
			workers := []*books.Books{dbtest.OpenWith(t, url, 4), dbtest.OpenWith(t, url, 4), dbtest.OpenWith(t, url, 4)}

			first := takeByAll(t, workers[:2], tc.uses, 12, now)
			workers[0].DB.Close()
			workers[0] = dbtest.OpenWith(t, url, 4)
			second := takeByAll(t, workers, tc.uses, 40, now)

			require.Equal(t, int64(24), first)
			require.Equal(t, tc.all, first+second)
			require.Equal(t, tc.then, takeByAll(t, workers, tc.uses, 40, now.Add(tc.next)))
		}
	})

	t.Run("decide as the rules do, whatever comes when", func(t *testing.T) {
		t.Parallel()
		store := dbtest.New(t)
		run := 0
		rapid.Check(t, func(t *rapid.T) {
			run++
			uses := append(daily(rapid.Int64Range(1, 9).Draw(t, "day")), rated(rapid.Int64Range(1, 40).Draw(t, "rate"))...)
			provider, states, at := "provider"+time.Duration(run).String(), map[string]views.QuotaState{}, now
			for range rapid.IntRange(1, 20).Draw(t, "requests") {
				at = at.Add(time.Duration(rapid.Int64Range(-1_000, 20*3600*1_000_000).Draw(t, "later")/rapid.SampledFrom([]int64{1, 1_000, 1_000_000}).Draw(t, "unit")) * time.Microsecond)
				if rapid.IntRange(0, 9).Draw(t, "blocks") == 0 && len(states) > 0 {
					until := at.Add(time.Minute)
					require.NoError(t, store.Clips.BlockQuota(context.Background(), provider, uses[:1], until))
					if known := states["units"]; known.BlockedUntil.Before(until) {
						known.BlockedUntil = until
						states["units"] = known
					}
				}
				refused, err := store.Clips.TakeQuota(context.Background(), provider, uses, at)

				require.NoError(t, err)
				require.Equal(t, views.TakeQuotas(states, uses, at.Truncate(time.Microsecond)), refused)
			}
		})
	})

	t.Run("are blocked for all workers until the last of several resets", func(t *testing.T) {
		t.Parallel()
		url := dbtest.URL(t)
		one, two := dbtest.Open(t, url), dbtest.Open(t, url)
		require.Zero(t, take(t, one, daily(50), now))

		require.NoError(t, one.Clips.BlockQuota(t.Context(), "youtube", daily(50), now.Add(time.Hour)))
		require.NoError(t, two.Clips.BlockQuota(t.Context(), "youtube", daily(50), now.Add(time.Minute)))

		require.Equal(t, views.QuotaRefusal{Wait: time.Hour, Blocked: true}, take(t, two, daily(50), now))
		require.Zero(t, take(t, two, daily(50), now.Add(time.Hour)))
	})

	t.Run("are free again when a person changes the limit", func(t *testing.T) {
		t.Parallel()
		store := dbtest.New(t)
		require.Zero(t, take(t, store, daily(1), now))
		require.NoError(t, store.Clips.BlockQuota(t.Context(), "youtube", daily(1), now.Add(20*24*time.Hour)))

		require.Zero(t, take(t, store, daily(2), now))
		require.Positive(t, take(t, store, daily(2), now).Wait, "what was used stays used")
	})

	t.Run("are shown with what is used", func(t *testing.T) {
		t.Parallel()
		store := dbtest.New(t)
		take(t, store, daily(50), now)
		take(t, store, rated(500), now)

		listed, err := store.Clips.ListQuotas(t.Context())

		require.NoError(t, err)
		require.Len(t, listed, 2)
		require.Equal(t, "posts", listed[0].Name)
		require.Equal(t, rated(500)[0].Limits, listed[0].Limits)
		require.Equal(t, int64(1), listed[0].Limits.Rate.Used(listed[0].State, now))
		require.Equal(t, daily(50)[0].Limits, listed[1].Limits)
		require.Equal(t, int64(1), listed[1].Limits.Day.Used(listed[1].State, now))
	})

	t.Run("refuse with an error while the database cannot be reached", func(t *testing.T) {
		t.Parallel()
		store := dbtest.New(t)
		store.DB.Close()

		_, err := store.Clips.TakeQuota(t.Context(), "youtube", daily(50), now)

		require.Error(t, err)
	})
}
