package views_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/views"
)

const pacific = "America/Los_Angeles"

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// takeAll takes single units at one time until they are refused. It returns how many, and the wait.
func takeAll(limits views.Limits, state *views.QuotaState, now time.Time) (taken int64, wait time.Duration) {
	for {
		if *state, wait = limits.Take(*state, 1, now); wait > 0 {
			return taken, wait
		}
		taken++
	}
}

func TestRate(t *testing.T) {
	t.Parallel()

	t.Run("gives a tenth at once, and the rest evenly", func(t *testing.T) {
		t.Parallel()
		limits, state := views.Limits{Rate: views.Rate{Units: 3_500, Per: 15 * time.Minute}}, views.QuotaState{}

		taken, wait := takeAll(limits, &state, noon)
		require.Equal(t, int64(350), taken)
		require.Equal(t, 285_624*time.Microsecond, wait)
		require.Equal(t, int64(350), limits.Rate.Used(state, noon))

		total, now := taken, noon
		for now = now.Add(wait); now.Before(noon.Add(15 * time.Minute)); now = now.Add(wait) {
			taken, wait = takeAll(limits, &state, now)
			total += taken
		}

		require.Equal(t, int64(3_500), total, "all of it can be used")
		require.Zero(t, limits.Rate.Used(state, now.Add(15*time.Minute)))
	})

	t.Run("never gives more than its units in any time as long as its own, and never keeps a request waiting too long", func(t *testing.T) {
		t.Parallel()
		rapid.Check(t, func(t *rapid.T) {
			limits := views.Limits{Rate: views.Rate{
				Units: rapid.Int64Range(1, 50).Draw(t, "units"), Per: time.Duration(rapid.Int64Range(1, 5_000).Draw(t, "per")) * time.Millisecond,
			}}
			require.NoError(t, limits.Validate())
			now, state := noon, views.QuotaState{}
			var times []time.Time
			for range rapid.IntRange(1, 300).Draw(t, "requests") {
				now = now.Add(time.Duration(rapid.Int64Range(0, 2*limits.Rate.Per.Microseconds()/limits.Rate.Units).Draw(t, "later")) * time.Microsecond)
				after, wait := limits.Take(state, 1, now)
				if wait > 0 {
					require.Equal(t, state, after)
					_, early := limits.Take(state, 1, now.Add(wait-time.Microsecond))
					require.Positive(t, early)
					now = now.Add(wait)
					after, wait = limits.Take(state, 1, now)
					require.Zero(t, wait)
				}
				state, times = after, append(times, now)
			}
			for i := range times {
				if j := i + int(limits.Rate.Units); j < len(times) {
					require.GreaterOrEqual(t, times[j].Sub(times[i]), limits.Rate.Per)
				}
			}
		})
	})
}

func TestDayQuota(t *testing.T) {
	t.Parallel()
	youtube := views.Limits{Day: views.DayQuota{Units: 3, Zone: pacific}}

	for _, tc := range []struct{ name, now, next string }{
		{"begins at midnight Pacific in winter", "2026-01-15T20:00:00Z", "2026-01-16T08:00:00Z"},
		{"begins at midnight Pacific in summer", "2026-07-15T06:59:59Z", "2026-07-15T07:00:00Z"},
		{"has 23 hours when the clocks go forward", "2026-03-08T08:00:00Z", "2026-03-09T07:00:00Z"},
		{"has 25 hours when the clocks go back", "2026-11-01T07:00:00Z", "2026-11-02T08:00:00Z"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			now, state := parseTime(t, tc.now), views.QuotaState{}

			taken, wait := takeAll(youtube, &state, now)

			require.Equal(t, int64(3), taken)
			next := parseTime(t, tc.next)
			require.Equal(t, next, now.Add(wait).UTC())
			_, early := youtube.Take(state, 1, next.Add(-time.Microsecond))
			require.Positive(t, early)
			taken, _ = takeAll(youtube, &state, next)
			require.Equal(t, int64(3), taken)
		})
	}

	t.Run("is not given twice to a worker whose clock is behind", func(t *testing.T) {
		t.Parallel()
		state, midnight := views.QuotaState{}, parseTime(t, "2026-01-16T08:00:00Z")
		takeAll(youtube, &state, midnight)

		taken, wait := takeAll(youtube, &state, midnight.Add(-time.Second))

		require.Zero(t, taken)
		require.Equal(t, 24*time.Hour+time.Second, wait)
	})

	t.Run("ends where there is no midnight too", func(t *testing.T) {
		t.Parallel()
		rapid.Check(t, func(t *rapid.T) {
			zone := rapid.SampledFrom([]string{"", pacific, "America/Santiago", "Asia/Beirut", "Pacific/Apia", "Australia/Lord_Howe"}).Draw(t, "zone")
			location, err := time.LoadLocation(zone)
			require.NoError(t, err)
			quota := views.DayQuota{Units: 1, Zone: zone}
			now := noon.Add(time.Duration(rapid.Int64Range(0, 10*366*24*60).Draw(t, "minutes")) * time.Minute)

			next := quota.NextDay(views.QuotaState{}, now)

			require.True(t, next.After(now))
			require.NotEqual(t, now.In(location).YearDay(), next.In(location).YearDay())
			require.Equal(t, now.In(location).YearDay(), next.Add(-time.Second).In(location).YearDay())
		})
	})
}

func parseTime(t *testing.T, text string) time.Time {
	t.Helper()
	parsed, err := time.Parse(time.RFC3339, text)
	require.NoError(t, err)
	return parsed
}

func TestTakeQuotas(t *testing.T) {
	t.Parallel()
	uses := []views.QuotaUse{
		{Name: "rate", Limits: views.Limits{Rate: views.Rate{Units: 1, Per: time.Minute}}, Units: 1},
		{Name: "day", Limits: views.Limits{Day: views.DayQuota{Units: 5}}, Units: 2},
	}

	t.Run("takes from all or from none", func(t *testing.T) {
		t.Parallel()
		states := map[string]views.QuotaState{}

		require.Zero(t, views.TakeQuotas(states, uses, noon))
		require.Equal(t, views.QuotaRefusal{Wait: time.Minute}, views.TakeQuotas(states, uses, noon))
		require.Equal(t, int64(2), states["day"].Used, "the rate has refused")
		require.Zero(t, views.TakeQuotas(states, uses, noon.Add(time.Minute)))
		freeAt := states["rate"].FreeAt
		require.Equal(t, views.QuotaRefusal{Wait: 12*time.Hour - 2*time.Minute}, views.TakeQuotas(states, uses, noon.Add(2*time.Minute)))
		require.Equal(t, freeAt, states["rate"].FreeAt, "the day has refused")
	})

	t.Run("refuses until a block ends, and says that it is one", func(t *testing.T) {
		t.Parallel()
		states := map[string]views.QuotaState{"day": {BlockedUntil: noon.Add(time.Hour)}}

		require.Equal(t, views.QuotaRefusal{Wait: time.Hour, Blocked: true}, views.TakeQuotas(states, uses, noon))
		require.Zero(t, views.TakeQuotas(states, uses, noon.Add(time.Hour)))
	})
}

func TestLimitsThatMakeNoSense(t *testing.T) {
	t.Parallel()
	for name, limits := range map[string]views.Limits{
		"a time zone that does not exist": {Day: views.DayQuota{Units: 1, Zone: "Mars/Olympus"}},
		"a rate without a time":           {Rate: views.Rate{Units: 1}},
		"a rate above one in a micro":     {Rate: views.Rate{Units: 1_001, Per: time.Millisecond}},
		"a rate of a lifetime":            {Rate: views.Rate{Units: 1, Per: 80 * 366 * 24 * time.Hour}},
		"units below zero":                {Day: views.DayQuota{Units: -1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, "invalid_quota", fault.CodeOf(limits.Validate()))
		})
	}
	require.NoError(t, views.Limits{}.Validate())
}

func TestNextForQuota(t *testing.T) {
	t.Parallel()

	t.Run("spreads clips that wait for the same midnight", func(t *testing.T) {
		t.Parallel()
		minutes := map[time.Duration]int{}
		for i := range 10_000 {
			wait := views.NextForQuota("clip-"+strconv.Itoa(i), 5*time.Hour, 0, 24*time.Hour)

			require.GreaterOrEqual(t, wait, 5*time.Hour)
			require.Less(t, wait, 5*time.Hour+30*time.Minute)
			minutes[wait.Truncate(time.Minute)]++
		}
		require.Len(t, minutes, 30)
		for _, clips := range minutes {
			require.Less(t, clips, 500)
		}
	})

	t.Run("is the same for a clip each time, and bounded", func(t *testing.T) {
		t.Parallel()
		first, second := views.NextForQuota("a", time.Hour, 0, 24*time.Hour), views.NextForQuota("a", time.Hour, 0, 24*time.Hour)
		require.Equal(t, first, second)
		require.Equal(t, 15*time.Minute, views.NextForQuota("a", time.Hour, 0, 15*time.Minute))
		require.GreaterOrEqual(t, views.NextForQuota("a", time.Millisecond, 0, time.Hour), time.Minute, "many come at once, so one of them does not try again and again")
		require.Less(t, views.NextForQuota("a", time.Millisecond, 0, time.Hour), 2*time.Minute)
		require.GreaterOrEqual(t, views.NextForQuota("a", time.Millisecond, 4, time.Hour), 16*time.Minute, "others were faster four times")
	})
}
