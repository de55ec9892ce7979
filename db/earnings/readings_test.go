package earnings_test

import (
	"math"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/campaign"
	rules "github.com/creditroll/creditroll/domain/earnings"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/killswitch"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/views"
)

func TestRecordReading(t *testing.T) {
	t.Parallel()

	t.Run("credits new views once and splits them", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, func(terms *campaign.Terms) { terms.FeeBasisPoints = 1000 })

		first, err := w.Earnings.RecordReading(t.Context(), w.Reading(0, 1, 10_000))
		require.NoError(t, err)
		again, err := w.Earnings.RecordReading(t.Context(), w.Reading(0, 1, 10_000))
		require.NoError(t, err)

		require.Equal(t, int64(5000), first.GrossMinor)
		require.Equal(t, first.GrossMinor, again.GrossMinor)
		require.True(t, again.Replayed)
		pendingMinor, err := w.Journal.GetBalance(t.Context(), ledger.CreatorPending(w.CreatorIDs[0]), "USD")
		require.NoError(t, err)
		require.Equal(t, int64(4500), pendingMinor)
		w.RequireBooksInOrder(t)
	})

	t.Run("reports a budget that is nearly spent again if the answer may have been lost", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, func(terms *campaign.Terms) { terms.BudgetMinor = 5_400 })
		before, err := w.Earnings.RecordReading(t.Context(), w.Reading(0, 1, 1_000))
		require.NoError(t, err)
		first, err := w.Earnings.RecordReading(t.Context(), w.Reading(0, 2, 10_000))
		require.NoError(t, err)

		again, err := w.Earnings.RecordReading(t.Context(), w.Reading(0, 2, 10_000))

		require.NoError(t, err)
		require.False(t, before.NearlySpent)
		require.True(t, first.NearlySpent)
		require.True(t, again.Replayed)
		require.True(t, again.NearlySpent)
	})

	t.Run("refuses another count under the same observation", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		_, err := w.Earnings.RecordReading(t.Context(), w.Reading(0, 1, 10_000))
		require.NoError(t, err)

		moreViews, moreLikes, later, elsewhere := w.Reading(0, 1, 20_000), w.Reading(0, 1, 10_000), w.Reading(0, 1, 10_000), w.Reading(0, 1, 10_000)
		moreLikes.Reading.Likes = 7
		later.Reading.ObservedAt = world.Now.Add(time.Minute)
		elsewhere.AttemptID = uuid.NewString()

		for _, other := range []views.Observation{moreViews, moreLikes, later, elsewhere} {
			_, err = w.Earnings.RecordReading(t.Context(), other)
			require.Equal(t, "observation_reused", fault.CodeOf(err))
		}
		require.Equal(t, int64(5000), w.Facts(t).SpentMinor)
	})

	t.Run("answers again as it did, whatever has become of the campaign", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, func(terms *campaign.Terms) { terms.MinimumViews = 5000 })
		first, err := w.Earnings.RecordReading(t.Context(), w.Reading(0, 1, 1000))
		require.NoError(t, err)
		require.Equal(t, rules.MinimumViews, first.LimitedBy)
		w.Move(t, campaign.Pause)

		again, err := w.Earnings.RecordReading(t.Context(), w.Reading(0, 1, 1000))

		require.NoError(t, err)
		first.Replayed = true
		require.Equal(t, first, again)
	})

	t.Run("records and credits nothing new while tracking is off, and all of it afterwards", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 2, nil)
		recorded, err := w.Earnings.RecordReading(t.Context(), w.Reading(0, 1, 10_000))
		require.NoError(t, err)
		tracking := killswitch.Switch{Name: killswitch.Tracking, Off: true, Reason: "an incident", Actor: "eve"}
		require.NoError(t, w.Edge.SetSwitch(t.Context(), tracking, world.Now))

		_, next := w.Earnings.RecordReading(t.Context(), w.Reading(0, 2, 20_000))
		_, first := w.Earnings.RecordReading(t.Context(), w.Reading(1, 1, 2_000))
		again, err := w.Earnings.RecordReading(t.Context(), w.Reading(0, 1, 10_000))
		spentMinor := w.Facts(t).SpentMinor
		tracking.Off = false
		require.NoError(t, w.Edge.SetSwitch(t.Context(), tracking, world.Now))
		after, afterErr := w.Earnings.RecordReading(t.Context(), w.Reading(0, 2, 30_000))

		require.Equal(t, killswitch.TrackingOff, fault.CodeOf(next))
		require.Equal(t, killswitch.TrackingOff, fault.CodeOf(first))
		require.NoError(t, err, "a reading that is on record has its answer")
		require.Equal(t, recorded.GrossMinor, again.GrossMinor)
		require.Equal(t, int64(5_000), spentMinor)
		require.NoError(t, afterErr)
		require.Equal(t, int64(10_000), after.GrossMinor)
		w.RequireBooksInOrder(t)
	})

	t.Run("refuses what cannot be a reading", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		_, early := w.Earnings.RecordReading(t.Context(), w.Reading(0, -1, 10))
		_, late := w.Earnings.RecordReading(t.Context(), w.Reading(0, math.MaxInt32+1, 10))

		require.Equal(t, "poll_out_of_range", fault.CodeOf(early))
		require.Equal(t, "poll_out_of_range", fault.CodeOf(late))
	})

	t.Run("pays a count that falls and comes back only once", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		total := int64(0)

		for poll, count := range []int64{10_000, 4_000, 10_000, 12_000} {
			recorded, err := w.Earnings.RecordReading(t.Context(), w.Reading(0, poll+1, count))
			require.NoError(t, err)
			total += recorded.GrossMinor
		}

		require.Equal(t, int64(6000), total)
	})

	t.Run("never credits views gained while paused", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		_, err := w.Earnings.RecordReading(t.Context(), w.Reading(0, 1, 1000))
		require.NoError(t, err)

		w.Move(t, campaign.Pause)
		paused, err := w.Earnings.RecordReading(t.Context(), w.Reading(0, 2, 5000))
		require.NoError(t, err)
		w.Move(t, campaign.Resume)
		resumed, err := w.Earnings.RecordReading(t.Context(), w.Reading(0, 3, 6000))
		require.NoError(t, err)

		require.Zero(t, paused.GrossMinor)
		require.Equal(t, int64(500), resumed.GrossMinor)
	})

	t.Run("credits views up to the pause and from the resumption, wherever the readings are", func(t *testing.T) {
		t.Parallel()
		hour := func(hours int) time.Time { return world.Now.Add(time.Duration(hours) * time.Hour) }
		for name, each := range map[string]struct {
			readings map[int]int64 // by hour; the campaign is paused from hour 10 to hour 20
			want     int64
		}{
			"a reading at each moment":                {map[int]int64{0: 1000, 10: 5000, 20: 9000, 30: 9500}, 5500},
			"no reading until an hour after each":     {map[int]int64{0: 1000, 11: 12_000, 21: 22_000, 30: 23_000}, 1000 + 10_000 + 1000 + 1000},
			"none between before and after the pause": {map[int]int64{0: 1000, 40: 41_000}, 31_000},
			"a second one in the pause":               {map[int]int64{0: 1000, 10: 2000, 15: 50_000, 20: 60_000, 21: 60_100}, 2100},
		} {
			w := world.New(t, 1, nil)
			poll, credited := 0, int64(0)
			for at := range 41 {
				if at == 10 {
					w.MoveAt(t, campaign.Pause, hour(at))
				}
				if count, read := each.readings[at]; read {
					poll++
					reading := w.Reading(0, poll, count)
					reading.Now, reading.Reading.ObservedAt = hour(at), hour(at)
					recorded, err := w.Earnings.RecordReading(t.Context(), reading)
					require.NoError(t, err)
					credited += recorded.GrossMinor
				}
				if at == 20 {
					w.MoveAt(t, campaign.Resume, hour(at))
				}
			}
			require.Equal(t, each.want, credited*2, name) // 5.00 for a thousand views
			w.RequireBooksInOrder(t)
		}
	})

	t.Run("refuses a clip that the campaign does not have", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		foreign := w.Reading(0, 1, 1000)
		foreign.ClipID = uuid.NewString()

		_, err := w.Earnings.RecordReading(t.Context(), foreign)

		require.Equal(t, "clip_not_found", fault.CodeOf(err))
		w.RequireBooksInOrder(t)
	})

	t.Run("says which limit a reading ended at", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, func(terms *campaign.Terms) { terms.MaxPerClipMinor = 100 })

		recorded, err := w.Earnings.RecordReading(t.Context(), w.Reading(0, 1, 10_000))

		require.NoError(t, err)
		require.Equal(t, rules.PerClip, recorded.LimitedBy)
		require.Equal(t, int64(100), recorded.GrossMinor)
	})
}
