package clips_test

import (
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/clips"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/views"
)

func TestCosts(t *testing.T) {
	t.Parallel()
	const one, two = "0a000000-0000-4000-8000-000000000001", "0b000000-0000-4000-8000-000000000002"

	costs := func(t *testing.T, s *scene, filter clips.CostFilter) []clips.Cost {
		t.Helper()
		if filter.FirstDay.IsZero() {
			filter.FirstDay, filter.LastDay = world.Now.AddDate(0, 0, -1), world.Now.AddDate(0, 0, 10)
		}
		listed, err := s.Clips.ListCosts(t.Context(), filter, db.Page{Size: 10})
		require.NoError(t, err)
		return listed
	}
	price := func(micros int64, clipsOf map[string]int) func(*views.Attempt) {
		return func(a *views.Attempt) { a.CostMicros, a.ClipsOf = micros, clipsOf }
	}

	t.Run("are divided by the clips of each campaign, and add up", func(t *testing.T) {
		t.Parallel()
		s := setup(t, 1)
		before := costs(t, s, clips.CostFilter{By: clips.CostByCampaign})
		s.attempt(t, 0, views.OutcomeOK, price(100, map[string]int{one: 1, two: 2}))
		s.attempt(t, 1, views.OutcomePartial, price(10, map[string]int{one: 1}))
		s.attempt(t, 2, views.OutcomeOK, price(7, nil))

		require.Equal(t, []clips.Cost{{Key: names.NilID, Clips: before[0].Clips, CostMicros: 7}, {Key: one, Clips: 2, CostMicros: 43}, {Key: two, Clips: 2, CostMicros: 67}},
			costs(t, s, clips.CostFilter{By: clips.CostByCampaign}))
		sum, err := s.Clips.SumCosts(t.Context(), clips.CostFilter{FirstDay: world.Now, LastDay: world.Now})
		require.NoError(t, err)
		require.Equal(t, int64(117), sum.CostMicros)
		require.Equal(t, []clips.Cost{{Key: "apify", Clips: 2, CostMicros: 43}}, costs(t, s, clips.CostFilter{By: clips.CostByProvider, CampaignID: one}))
		require.Empty(t, costs(t, s, clips.CostFilter{By: clips.CostByProvider, Provider: "youtube"}))
	})

	t.Run("belong to the UTC day on which the request began", func(t *testing.T) {
		t.Parallel()
		s := setup(t, 1)
		midnight := world.Now.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
		for _, at := range []time.Duration{-time.Second, 0} {
			s.attempt(t, 0, views.OutcomeOK, func(a *views.Attempt) {
				price(5, map[string]int{one: 1})(a)
				a.StartedAt = midnight.Add(at).In(time.FixedZone("elsewhere", 7*3600))
			})
		}

		listed := costs(t, s, clips.CostFilter{By: clips.CostByDay, CampaignID: one})

		require.Equal(t, []clips.Cost{
			{Key: midnight.AddDate(0, 0, -1).Format(time.DateOnly), Clips: 1, CostMicros: 5}, {Key: midnight.Format(time.DateOnly), Clips: 1, CostMicros: 5},
		}, listed)
		require.Len(t, costs(t, s, clips.CostFilter{By: clips.CostByDay, CampaignID: one, FirstDay: midnight, LastDay: midnight}), 1)
	})

	t.Run("are counted once for an attempt that is stored twice", func(t *testing.T) {
		t.Parallel()
		s := setup(t, 1)
		attempt := views.Attempt{ID: uuid.NewString(), Provider: "apify", Platform: "tiktok", Clips: 1, Outcome: "ok", CostMicros: 9, ClipsOf: map[string]int{one: 1}, StartedAt: world.Now}

		require.NoError(t, s.Clips.RecordAttempt(t.Context(), attempt))
		require.NoError(t, s.Clips.RecordAttempt(t.Context(), attempt))

		require.Equal(t, []clips.Cost{{Key: one, Clips: 1, CostMicros: 9}}, costs(t, s, clips.CostFilter{By: clips.CostByCampaign, CampaignID: one}))
	})

	t.Run("lose nothing when workers record at once, in any order of campaigns", func(t *testing.T) {
		t.Parallel()
		s := setup(t, 1)
		var recording sync.WaitGroup
		for i := range 40 {
			recording.Go(func() {
				s.attempt(t, i, views.OutcomeOK, price(100, map[string]int{two: 3, one: 1}))
			})
		}
		recording.Wait()

		listed := costs(t, s, clips.CostFilter{By: clips.CostByCampaign})

		require.Equal(t, []clips.Cost{{Key: one, Clips: 40, CostMicros: 1000}, {Key: two, Clips: 120, CostMicros: 3000}}, listed[len(listed)-2:])
	})

	t.Run("are listed in pages", func(t *testing.T) {
		t.Parallel()
		s := setup(t, 1)
		s.attempt(t, 0, views.OutcomeOK, price(4, map[string]int{one: 1, two: 1}))
		filter := clips.CostFilter{By: clips.CostByCampaign, FirstDay: world.Now, LastDay: world.Now}

		first, err := s.Clips.ListCosts(t.Context(), filter, db.Page{Size: 1, After: names.NilID})
		require.NoError(t, err)
		second, err := s.Clips.ListCosts(t.Context(), filter, db.Page{Size: 1, After: first[0].Key})
		require.NoError(t, err)

		require.Equal(t, one, first[0].Key)
		require.Equal(t, two, second[0].Key)
	})
}
