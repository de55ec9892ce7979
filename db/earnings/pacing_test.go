package earnings_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/earnings"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/killswitch"
	"github.com/creditroll/creditroll/domain/views"
)

func at(reading views.Observation, when time.Time) views.Observation {
	reading.Now = when
	return reading
}

func final(reading views.Observation) views.Observation {
	reading.IsFinal = true
	return reading
}

// paced is a world whose first clip moves to the status of a clip that is read.
func paced(t *testing.T, change func(*campaign.Terms)) *world.World {
	t.Helper()
	w := world.New(t, 1, change)
	require.NoError(t, w.Clips.Move(t.Context(), w.ClipIDs[0], clip.Tracking, ""))
	return w
}

func daily(terms *campaign.Terms) { terms.DailyPacingMinor = 3000 }

func TestPacing(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour

	t.Run("defers what is above a day's share to the next day, within one batch", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, daily)

		recorded, err := w.Earnings.CommitBatch(t.Context(), w.CampaignID,
			at(w.Reading(0, 1, 10_000), world.Now), at(w.Reading(0, 2, 10_000), world.Now.Add(day)), at(w.Reading(0, 3, 10_000), world.Now.Add(day)))

		require.NoError(t, err)
		require.Equal(t, []int64{3000, 2000, 0}, []int64{recorded[0].GrossMinor, recorded[1].GrossMinor, recorded[2].GrossMinor})
		require.Equal(t, earnings.DailyPacing, recorded[0].LimitedBy)
		w.RequireBooksInOrder(t)
	})

	t.Run("defers what is above an hour's share to the next hour, also of another process", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, func(terms *campaign.Terms) { terms.HourlyPacingMinor, terms.DailyPacingMinor = 1000, 2500 })
		var credited []int64
		var limits []earnings.Limit

		for poll, minutes := range []time.Duration{0, 59, 60, 119, 120, 180} {
			recorded, err := w.Earnings.RecordReading(t.Context(), at(w.Reading(0, poll, 10_000), world.Now.Add(minutes*time.Minute)))
			require.NoError(t, err)
			credited, limits = append(credited, recorded.GrossMinor), append(limits, recorded.LimitedBy)
		}

		require.Equal(t, []int64{1000, 0, 1000, 0, 500, 0}, credited)
		require.Equal(t, []earnings.Limit{
			earnings.HourlyPacing, earnings.HourlyPacing, earnings.HourlyPacing, earnings.HourlyPacing, earnings.DailyPacing, earnings.DailyPacing,
		}, limits)
		w.RequireBooksInOrder(t)
	})

	t.Run("is not forgotten because of a reading from before midnight that comes late", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 2, daily)
		today := world.Now.Add(day)
		totalMinor := int64(0)

		for _, reading := range []views.Observation{at(w.Reading(0, 1, 10_000), today), at(w.Reading(1, 1, 10_000), world.Now), at(w.Reading(0, 2, 10_000), today)} {
			recorded, err := w.Earnings.RecordReading(t.Context(), reading)
			require.NoError(t, err)
			totalMinor += recorded.GrossMinor
		}

		require.Equal(t, int64(3000), totalMinor)
	})
}

func TestFinalReading(t *testing.T) {
	t.Parallel()

	t.Run("credits what pacing has deferred, once", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 2, daily)
		w.Read(t, 0, 1, 10_000)

		first, err := w.Earnings.RecordReading(t.Context(), final(w.Reading(0, 2, 11_000)))
		require.NoError(t, err)
		again, err := w.Earnings.RecordReading(t.Context(), final(w.Reading(0, 2, 11_000)))
		require.NoError(t, err)

		require.Equal(t, []int64{2500, 2500}, []int64{first.GrossMinor, again.GrossMinor})
		require.Equal(t, earnings.NoLimit, first.LimitedBy)
		require.True(t, again.Replayed)
		require.Equal(t, int64(5500), w.Facts(t).SpentMinor)
		require.Zero(t, w.Read(t, 1, 1, 1000).GrossMinor, "what it credits counts for the day")
		w.RequireBooksInOrder(t)
	})

	t.Run("takes another number than a reading that was not final", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, daily)
		w.Read(t, 0, 1, 10_000)

		_, err := w.Earnings.RecordReading(t.Context(), final(w.Reading(0, 1, 10_000)))

		require.Equal(t, "observation_reused", fault.CodeOf(err))
		require.Equal(t, int64(3000), w.Facts(t).SpentMinor)
	})

	t.Run("ends at the budget", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, func(terms *campaign.Terms) { terms.DailyPacingMinor, terms.BudgetMinor = 3000, 4000 })
		w.Read(t, 0, 1, 10_000)

		recorded, err := w.Earnings.RecordReading(t.Context(), final(w.Reading(0, 2, 10_000)))

		require.NoError(t, err)
		require.Equal(t, int64(1000), recorded.GrossMinor)
		require.True(t, recorded.ExhaustedBudget)
		w.RequireBooksInOrder(t)
	})

	t.Run("credits in a paused campaign what was deferred before, and no views of the pause", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, daily)
		w.Read(t, 0, 1, 10_000)
		w.Move(t, campaign.Pause)
		require.Zero(t, w.Read(t, 0, 2, 50_000).GrossMinor)

		recorded, err := w.Earnings.RecordReading(t.Context(), final(w.Reading(0, 3, 60_000)))

		require.NoError(t, err)
		require.Equal(t, int64(2000), recorded.GrossMinor)
		require.Equal(t, int64(5000), w.Facts(t).SpentMinor)
		w.RequireBooksInOrder(t)
	})
}

func TestCreditDeferred(t *testing.T) {
	t.Parallel()

	t.Run("credits what pacing has deferred of a clip without a final reading, once", func(t *testing.T) {
		t.Parallel()
		w := paced(t, daily)
		w.Read(t, 0, 1, 10_000)

		first, err := w.Earnings.CreditDeferred(t.Context(), w.ClipIDs[0], views.Reviewed{}, world.Now)
		require.NoError(t, err)
		again, err := w.Earnings.CreditDeferred(t.Context(), w.ClipIDs[0], views.Reviewed{}, world.Now)
		require.NoError(t, err)

		require.Equal(t, []int64{2000, 0}, []int64{first.GrossMinor, again.GrossMinor})
		require.Equal(t, int64(5000), w.Facts(t).SpentMinor)
		w.RequireBooksInOrder(t)
	})

	t.Run("credits a clip whose last reading was in a pause", func(t *testing.T) {
		t.Parallel()
		w := paced(t, daily)
		w.Read(t, 0, 1, 10_000)
		w.Move(t, campaign.Pause)
		w.Read(t, 0, 2, 20_000)

		credited, err := w.Earnings.CreditDeferred(t.Context(), w.ClipIDs[0], views.Reviewed{}, world.Now)

		require.NoError(t, err)
		require.Equal(t, int64(2000), credited.GrossMinor)
		w.RequireBooksInOrder(t)
	})

	for name, prepare := range map[string]func(*testing.T) *world.World{
		"no pacing":   func(t *testing.T) *world.World { return paced(t, nil) },
		"no readings": func(t *testing.T) *world.World { return paced(t, daily) },
		"an end": func(t *testing.T) *world.World {
			w := paced(t, daily)
			w.Read(t, 0, 1, 10_000)
			require.NoError(t, w.Clips.Move(t.Context(), w.ClipIDs[0], clip.Removed, "flagged"))
			return w
		},
	} {
		t.Run("records nothing of a clip with "+name, func(t *testing.T) {
			t.Parallel()
			w := prepare(t)
			var before, after int
			conn := dbtest.Connect(t, w.URL)
			require.NoError(t, conn.QueryRow(t.Context(), "SELECT count(*) FROM observations").Scan(&before))

			credited, err := w.Earnings.CreditDeferred(t.Context(), w.ClipIDs[0], views.Reviewed{}, world.Now)

			require.NoError(t, err)
			require.Zero(t, credited.GrossMinor)
			require.NoError(t, conn.QueryRow(t.Context(), "SELECT count(*) FROM observations").Scan(&after))
			require.Equal(t, before, after)
		})
	}

	t.Run("is refused while tracking is off, and credits afterwards", func(t *testing.T) {
		t.Parallel()
		w := paced(t, daily)
		w.Read(t, 0, 1, 10_000)
		setTracking(t, w, true)

		_, err := w.Earnings.CreditDeferred(t.Context(), w.ClipIDs[0], views.Reviewed{}, world.Now)
		require.Equal(t, killswitch.TrackingOff, fault.CodeOf(err))
		setTracking(t, w, false)
		credited, err := w.Earnings.CreditDeferred(t.Context(), w.ClipIDs[0], views.Reviewed{}, world.Now)

		require.NoError(t, err)
		require.Equal(t, int64(2000), credited.GrossMinor)
	})

	t.Run("does nothing for a clip that does not exist", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 0, nil)

		credited, err := w.Earnings.CreditDeferred(t.Context(), uuid.NewString(), views.Reviewed{}, world.Now)

		require.NoError(t, err)
		require.Zero(t, credited)
	})
}

func setTracking(t *testing.T, w *world.World, off bool) {
	t.Helper()
	require.NoError(t, w.Edge.SetSwitch(t.Context(), killswitch.Switch{Name: killswitch.Tracking, Off: off, Reason: "an incident", Actor: "eve"}, world.Now))
}
