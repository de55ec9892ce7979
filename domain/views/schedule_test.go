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

	// steady is a clip of ten days that grows as its tier expects: 0.4167 % in a day, so that a wait of a day adds three
	// minutes to the mean lag. Each case changes what its name says.
	steady := func(change func(poll *Poll)) Poll {
		poll := Poll{
			Age: 10 * day, LastViews: 2_400_000, PreviousViews: 2_390_000, SinceLast: day,
			CapRemainingViews: -1, WindowLeft: 60 * day,
		}
		change(&poll)
		return poll
	}
	gained := func(p *Poll, count int64) { p.PreviousViews = p.LastViews - count }
	same := func(*Poll) {}

	for name, given := range map[string]struct {
		poll Poll
		want Next
	}{
		"a clip just published is polled hourly":                              {steady(func(p *Poll) { p.Age, p.SinceLast = 0, 0 }), Next{hour, ByAge}},
		"a clip dated in the future by a skewed clock is polled as a new one": {steady(func(p *Poll) { p.Age, p.SinceLast = -hour, 0 }), Next{hour, ByAge}},
		"the first tier lasts until just before its age":                      {steady(func(p *Poll) { p.Age = day - 1; p.SinceLast = 0 }), Next{hour, ByAge}},
		"the next tier begins at that age":                                    {steady(func(p *Poll) { p.Age = day; p.SinceLast = 0 }), Next{2 * hour, ByAge}},
		"a clip of three days is polled every six hours":                      {steady(func(p *Poll) { p.Age = 3 * day; p.SinceLast = 0 }), Next{6 * hour, ByAge}},
		"a clip of ten days is polled daily":                                  {steady(same), Next{day, ByAge}},
		"a clip of a month is polled every 72 hours":                          {steady(func(p *Poll) { p.Age = 30 * day; p.SinceLast = 0 }), Next{72 * hour, ByAge}},

		"four times the growth halves the wait":                     {steady(func(p *Poll) { gained(p, 40_000) }), Next{12 * hour, Surge}},
		"a hundred times the growth divides it by the factor":       {steady(func(p *Poll) { gained(p, 1_000_000) }), Next{6 * hour, Surge}},
		"a quarter of the growth doubles the wait":                  {steady(func(p *Poll) { gained(p, 2_500) }), Next{2 * day, Flat}},
		"a ninth of it does not pass twice the last wait":           {steady(func(p *Poll) { gained(p, 1_111) }), Next{2 * day, Flat}},
		"no growth doubles the last wait":                           {steady(func(p *Poll) { gained(p, 0) }), Next{2 * day, Flat}},
		"a count that falls is no growth":                           {steady(func(p *Poll) { gained(p, -500) }), Next{2 * day, Flat}},
		"no growth does not pass the longest wait":                  {steady(func(p *Poll) { gained(p, 0); p.SinceLast = 2 * day }), Next{72 * hour, Flat}},
		"no growth does not pass the factor":                        {steady(func(p *Poll) { gained(p, 0); p.Age, p.SinceLast = 2*hour, 9*hour }), Next{4 * hour, Flat}},
		"no growth in a short time is as long as the age allows":    {steady(func(p *Poll) { gained(p, 0); p.SinceLast = time.Minute }), Next{day, ByAge}},
		"a fast new clip keeps to the shortest wait":                {steady(func(p *Poll) { p.Age, p.SinceLast = hour, hour/2; gained(p, 2_000_000) }), Next{15 * time.Minute, Surge}},
		"the first views of a clip are measured against a thousand": {steady(func(p *Poll) { p.Age, p.SinceLast, p.LastViews, p.PreviousViews = 2*hour, hour, 400, 0 }), Next{hour / 2, Surge}},
		"counts near the largest number do not overflow": {
			steady(func(p *Poll) { p.PreviousViews, p.LastViews, p.CapRemainingViews = 1, math.MaxInt64, math.MaxInt64 }), Next{6 * hour, Surge},
		},

		"a cap that is a fifth of a day away is polled when it is reached": {steady(func(p *Poll) { p.CapRemainingViews = 2_000 }), Next{24 * hour / 5, NearCap}},
		"a cap a moment away keeps to the shortest wait":                   {steady(func(p *Poll) { p.CapRemainingViews = 1 }), Next{15 * time.Minute, NearCap}},
		"a cap further away than the next poll changes nothing":            {steady(func(p *Poll) { p.CapRemainingViews = 10_000 }), Next{day, ByAge}},
		"a clip at its cap is polled seldom":                               {steady(func(p *Poll) { p.CapRemainingViews = 0 }), Next{72 * hour, AtCap}},
		"a cap that no view approaches changes nothing":                    {steady(func(p *Poll) { p.CapRemainingViews = 5; gained(p, -500) }), Next{2 * day, Flat}},

		"half of the ceiling for costs doubles the wait":        {steady(func(p *Poll) { p.Thrift = Thrift{50, 100} }), Next{2 * day, CostCeiling}},
		"three quarters of it do not pass the longest wait":     {steady(func(p *Poll) { p.Thrift = Thrift{75, 100} }), Next{72 * hour, CostCeiling}},
		"the ceiling leaves the last poll":                      {steady(func(p *Poll) { p.Thrift = Thrift{100, 100} }), Next{60 * day, CostCeiling}},
		"a thrifty wait that passes the window ends with it":    {steady(func(p *Poll) { p.Thrift = Thrift{50, 100}; p.WindowLeft = 30 * hour }), Next{30 * hour, WindowEnd}},
		"the last poll falls on the end of the window":          {steady(func(p *Poll) { p.WindowLeft = 5 * hour }), Next{5 * hour, WindowEnd}},
		"a wait that ends with the window is the last":          {steady(func(p *Poll) { p.WindowLeft = day }), Next{day, WindowEnd}},
		"the last wait may be shorter than the shortest":        {steady(func(p *Poll) { p.WindowLeft = time.Second }), Next{time.Second, WindowEnd}},
		"a flat clip is polled at the end of the window":        {steady(func(p *Poll) { gained(p, 0); p.WindowLeft = 30 * hour }), Next{30 * hour, WindowEnd}},
		"a window that is over leaves nothing to wait for":      {steady(func(p *Poll) { p.WindowLeft = 0 }), Next{0, WindowEnd}},
		"a window that is long over leaves nothing to wait for": {steady(func(p *Poll) { p.WindowLeft = -day }), Next{0, WindowEnd}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			got := NextPoll(DefaultSchedule(), given.poll)

			require.Equal(t, given.want, got)
		})
	}

	t.Run("a schedule without a lag, which an old workflow has kept, polls by the default one", func(t *testing.T) {
		t.Parallel()
		kept := DefaultSchedule()
		kept.LagPerReading = 0

		for _, gain := range []int64{0, 2_500, 10_000, 40_000} {
			poll := steady(func(p *Poll) { gained(p, gain) })
			require.Equal(t, NextPoll(DefaultSchedule(), poll), NextPoll(kept, poll))
		}
	})

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
			require.LessOrEqual(t, next.After, max(0, poll.WindowLeft))
			stopped := poll.Thrift.Slowdown() == 0
			require.Equal(t, next.Reason == WindowEnd || stopped, next.After == max(0, poll.WindowLeft))
			require.True(t, stopped || next.After <= schedule.IntervalMax.Std())
			if next.Reason != WindowEnd && !stopped {
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

func drawSchedule(t *rapid.T) Schedule {
	draw := func(low, high time.Duration, label string) time.Duration {
		return time.Duration(rapid.Int64Range(int64(low), int64(high)).Draw(t, label))
	}
	schedule := Schedule{
		LagPerReading:  duration.Text(draw(1, IntervalCap, "LagPerReading")),
		VelocityFactor: rapid.IntRange(1, FactorMax).Draw(t, "VelocityFactor"),
		IntervalMin:    duration.Text(draw(1, day, "IntervalMin")),
		GoneAfter:      duration.Text(draw(1, 30*day, "GoneAfter")),
		ProofFor:       duration.Text(draw(1, 30*day, "ProofFor")),
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
		LastViews:         count.Draw(t, "LastViews"),
		PreviousViews:     count.Draw(t, "PreviousViews"),
		SinceLast:         time.Duration(span.Draw(t, "SinceLast")),
		CapRemainingViews: count.Draw(t, "CapRemainingViews"),
		Thrift:            Thrift{SpentMicros: rapid.Int64Range(0, 120).Draw(t, "spent"), MaxMicros: rapid.Int64Range(0, 200).Draw(t, "ceiling")},
		WindowLeft:        time.Duration(span.Draw(t, "WindowLeft")),
	}
}
