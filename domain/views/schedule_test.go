package views

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/creditroll/creditroll/domain/duration"
)

func TestNextPoll(t *testing.T) {
	t.Parallel()

	// steady is a clip of ten days with the velocity it always had; each case changes what
	// its name says.
	steady := func(change func(poll *Poll)) Poll {
		poll := Poll{
			Age: 10 * day, LastViews: 100_000, PreviousViews: 90_000, SinceLast: day,
			CapRemainingViews: -1, WindowLeft: 60 * day,
		}
		change(&poll)
		return poll
	}
	same := func(*Poll) {}

	for name, given := range map[string]struct {
		poll Poll
		want Next
	}{
		"a clip just published is polled hourly":                              {steady(func(p *Poll) { p.Age, p.SinceLast = 0, 0 }), Next{hour, ByAge}},
		"a clip dated in the future by a skewed clock is polled as a new one": {steady(func(p *Poll) { p.Age = -hour }), Next{hour, ByAge}},
		"the first tier lasts until just before its age":                      {steady(func(p *Poll) { p.Age = day - 1; p.SinceLast = 0 }), Next{hour, ByAge}},
		"the next tier begins at that age":                                    {steady(func(p *Poll) { p.Age = day; p.SinceLast = 0 }), Next{2 * hour, ByAge}},
		"a clip of three days is polled every six hours":                      {steady(func(p *Poll) { p.Age = 3 * day; p.SinceLast = 0 }), Next{6 * hour, ByAge}},
		"a clip of ten days is polled daily":                                  {steady(same), Next{day, ByAge}},
		"a clip of a month is polled every 72 hours":                          {steady(func(p *Poll) { p.Age = 30 * day; p.SinceLast = 0 }), Next{72 * hour, ByAge}},

		"two flat polls change nothing":           {steady(func(p *Poll) { p.FlatPolls = 2 }), Next{day, ByAge}},
		"three flat polls halve the frequency":    {steady(func(p *Poll) { p.FlatPolls = 3 }), Next{2 * day, Flat}},
		"flat polls do not pass the longest wait": {steady(func(p *Poll) { p.Age = 40 * day; p.FlatPolls = 9 }), Next{72 * hour, Flat}},

		"a surge quadruples the frequency":                    {steady(func(p *Poll) { p.LastViews = 90_000 + 30_001 }), Next{6 * hour, Surge}},
		"three times the average velocity is not yet a surge": {steady(func(p *Poll) { p.LastViews = 90_000 + 30_000 }), Next{day, ByAge}},
		"few new views are no surge, however fast":            {steady(func(p *Poll) { p.PreviousViews, p.LastViews = 1, 1000 }), Next{day, ByAge}},
		"a surge of a new clip keeps to the shortest wait": {
			steady(func(p *Poll) { p.Age, p.SinceLast, p.PreviousViews = 2*hour, hour, 100 }), Next{15 * time.Minute, Surge},
		},
		"a surge after flat polls is polled as soon as its poll was not flat": {
			steady(func(p *Poll) { p.LastViews = 500_000; p.FlatPolls = 0 }), Next{6 * hour, Surge},
		},
		"counts near the largest number do not overflow": {
			steady(func(p *Poll) { p.PreviousViews, p.LastViews, p.CapRemainingViews = 1, math.MaxInt64, math.MaxInt64 }), Next{6 * hour, Surge},
		},

		"a cap that is a fifth of a day away is polled when it is reached": {steady(func(p *Poll) { p.CapRemainingViews = 2_000 }), Next{24 * hour / 5, NearCap}},
		"a cap a moment away keeps to the shortest wait":                   {steady(func(p *Poll) { p.CapRemainingViews = 1 }), Next{15 * time.Minute, NearCap}},
		"a cap further away than the next poll changes nothing":            {steady(func(p *Poll) { p.CapRemainingViews = 10_000 }), Next{day, ByAge}},
		"a cap that is reached changes nothing":                            {steady(func(p *Poll) { p.CapRemainingViews = 0 }), Next{day, ByAge}},
		"a cap that no view approaches changes nothing":                    {steady(func(p *Poll) { p.CapRemainingViews = 5; p.LastViews = 80_000 }), Next{day, ByAge}},

		"the last poll falls on the end of the window":          {steady(func(p *Poll) { p.WindowLeft = 5 * hour }), Next{5 * hour, WindowEnd}},
		"a wait that ends with the window is the last":          {steady(func(p *Poll) { p.WindowLeft = day }), Next{day, WindowEnd}},
		"the last wait may be shorter than the shortest":        {steady(func(p *Poll) { p.WindowLeft = time.Second }), Next{time.Second, WindowEnd}},
		"a flat clip is polled at the end of the window":        {steady(func(p *Poll) { p.FlatPolls = 3; p.WindowLeft = 30 * hour }), Next{30 * hour, WindowEnd}},
		"a window that is over leaves nothing to wait for":      {steady(func(p *Poll) { p.WindowLeft = 0 }), Next{0, WindowEnd}},
		"a window that is long over leaves nothing to wait for": {steady(func(p *Poll) { p.WindowLeft = -day }), Next{0, WindowEnd}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			got := NextPoll(DefaultSchedule(), given.poll)

			require.Equal(t, given.want, got)
		})
	}

	t.Run("a zero schedule polls like the default one instead of without pause", func(t *testing.T) {
		t.Parallel()

		require.Equal(t, NextPoll(DefaultSchedule(), steady(same)), NextPoll(Schedule{}, steady(same)))
	})
}

func TestNextPollProperties(t *testing.T) {
	t.Parallel()

	t.Run("stays within the intervals and the window", func(t *testing.T) {
		t.Parallel()

		rapid.Check(t, func(t *rapid.T) {
			schedule, poll := drawSchedule(t), drawPoll(t)

			next := NextPoll(schedule, poll)

			require.GreaterOrEqual(t, next.After, time.Duration(0))
			require.LessOrEqual(t, next.After, schedule.IntervalMax)
			require.LessOrEqual(t, next.After, max(0, poll.WindowLeft))
			require.Equal(t, next.Reason == WindowEnd, next.After == max(0, poll.WindowLeft))
			if next.Reason != WindowEnd {
				require.GreaterOrEqual(t, next.After, schedule.IntervalMin)
			}
		})
	})

	t.Run("is the same whenever it is asked, also of a schedule that went through JSON", func(t *testing.T) {
		t.Parallel()

		rapid.Check(t, func(t *rapid.T) {
			schedule, poll := drawSchedule(t), drawPoll(t)
			encoded, err := json.Marshal(schedule)
			require.NoError(t, err)
			var frozen Schedule
			require.NoError(t, json.Unmarshal(encoded, &frozen))

			require.Equal(t, NextPoll(schedule, poll), NextPoll(frozen, poll))
		})
	})

	t.Run("ends after a bounded number of polls", func(t *testing.T) {
		t.Parallel()

		rapid.Check(t, func(t *rapid.T) {
			poll := drawPoll(t)
			poll.WindowLeft = rapid.Custom(func(t *rapid.T) time.Duration {
				return time.Duration(rapid.Int64Range(0, int64(90*day)).Draw(t, "window"))
			}).Draw(t, "WindowLeft")
			pollsMax := int(poll.WindowLeft/DefaultSchedule().IntervalMin.Std()) + 1

			for polls := 0; poll.WindowLeft > 0; polls++ {
				require.LessOrEqual(t, polls, pollsMax)
				next := NextPoll(DefaultSchedule(), poll)
				poll.Age += next.After
				poll.WindowLeft -= next.After
			}
			require.Zero(t, poll.WindowLeft)
		})
	})
}

func TestCountFlat(t *testing.T) {
	t.Parallel()

	for name, given := range map[string]struct {
		before         int
		previous, last int64
		want           int
	}{
		"no new view is flat":                        {0, 500, 500, 1},
		"a fall is flat":                             {2, 500, 400, 3},
		"one view of a small clip is not flat":       {2, 500, 501, 0},
		"one view of a large clip is flat":           {2, 1_000_000, 1_000_001, 3},
		"a thousandth of a large clip is not flat":   {2, 1_000_000, 1_001_000, 0},
		"a clip without any view is flat":            {0, 0, 0, 1},
		"the first views of a clip are not flat":     {5, 0, 1, 0},
		"less than a thousandth of a clip is flat":   {1, 10_000, 10_009, 2},
		"a clip that doubles is far from being flat": {9, 10_000, 20_000, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			require.Equal(t, given.want, CountFlat(given.before, given.previous, given.last))
		})
	}
}

func drawSchedule(t *rapid.T) Schedule {
	draw := func(low, high time.Duration, label string) time.Duration {
		return time.Duration(rapid.Int64Range(int64(low), int64(high)).Draw(t, label))
	}
	schedule := Schedule{
		FlatAfter:     rapid.IntRange(1, 10).Draw(t, "FlatAfter"),
		FlatFactor:    rapid.IntRange(1, FactorMax).Draw(t, "FlatFactor"),
		SurgeVelocity: rapid.IntRange(1, FactorMax).Draw(t, "SurgeVelocity"),
		SurgeViewsMin: rapid.Int64Range(0, 1<<40).Draw(t, "SurgeViewsMin"),
		SurgeFactor:   rapid.IntRange(1, FactorMax).Draw(t, "SurgeFactor"),
		IntervalMin:   duration.Text(draw(1, day, "IntervalMin")),
		GoneAfter:     duration.Text(draw(1, 30*day, "GoneAfter")),
		ProofFor:      duration.Text(draw(1, 30*day, "ProofFor")),
	}
	schedule.IntervalMax = duration.Text(draw(schedule.IntervalMin.Std(), IntervalCap, "IntervalMax"))
	var age time.Duration
	for range rapid.IntRange(0, 5).Draw(t, "tiers") {
		age += draw(1, 20*day, "UpToAge")
		schedule.Tiers = append(schedule.Tiers, Tier{
			UpToAge:  duration.Text(age),
			Interval: duration.Text(draw(schedule.IntervalMin.Std(), schedule.IntervalMax.Std(), "Interval")),
		})
	}
	require.NoError(t, schedule.Validate())
	return schedule
}

func drawPoll(t *rapid.T) Poll {
	count := rapid.OneOf(rapid.Int64Range(-1, 100_000), rapid.Int64Range(0, math.MaxInt64))
	span := rapid.OneOf(rapid.Int64Range(int64(-day), int64(90*day)), rapid.Int64Range(0, math.MaxInt64/4))
	return Poll{
		Age:               time.Duration(span.Draw(t, "Age")),
		FlatPolls:         rapid.IntRange(0, 20).Draw(t, "FlatPolls"),
		LastViews:         count.Draw(t, "LastViews"),
		PreviousViews:     count.Draw(t, "PreviousViews"),
		SinceLast:         time.Duration(span.Draw(t, "SinceLast")),
		CapRemainingViews: count.Draw(t, "CapRemainingViews"),
		WindowLeft:        time.Duration(span.Draw(t, "WindowLeft")),
	}
}
