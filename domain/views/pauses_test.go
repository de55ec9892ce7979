package views

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestPausedShare(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	at := func(hours int) time.Time { return start.Add(time.Duration(hours) * time.Hour) }
	running := []Pause{{From: at(10)}}
	ended := []Pause{{From: at(10), Until: at(20)}}

	for name, each := range map[string]struct {
		pauses      []Pause
		after, upTo time.Time
		want        int64 // of 1,000 views
	}{
		"no pause":                                      {nil, at(0), at(5), 0},
		"a pause that began later":                      {running, at(0), at(10), 0},
		"a reading at the moment of the pause":          {running, at(9), at(10), 0},
		"a reading an hour late, nine after the last":   {running, at(1), at(11), 100},
		"a reading within a pause":                      {running, at(10), at(11), 1000},
		"a reading at the moment of the resumption":     {ended, at(11), at(20), 1000},
		"a reading an hour after the resumption":        {ended, at(19), at(21), 500},
		"a whole pause between two readings":            {ended, at(0), at(40), 250},
		"two pauses between two readings":               {[]Pause{{From: at(1), Until: at(2)}, {From: at(5), Until: at(6)}}, at(0), at(10), 200},
		"a pause that is over":                          {ended, at(20), at(30), 0},
		"no known moment before, in the pause":          {ended, time.Time{}, at(10), 1000},
		"no known moment before, after the pause":       {ended, time.Time{}, at(20), 0},
		"a reading of the same moment, in the pause":    {running, at(12), at(12), 1000},
		"a reading that is older than the one before":   {running, at(12), at(9), 0},
		"a pause of no length at the reading's moment":  {[]Pause{{From: at(3), Until: at(3)}}, at(3), at(3), 0},
		"a pause of no length between the two readings": {[]Pause{{From: at(3), Until: at(3)}}, at(1), at(5), 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, each.want, PausedShare(each.pauses, each.after, each.upTo).Of(1000))
		})
	}

	t.Run("is never less than nothing or more than all, whatever the count", func(t *testing.T) {
		t.Parallel()
		rapid.Check(t, func(t *rapid.T) {
			clock := start
			var pauses []Pause
			for range rapid.IntRange(0, 5).Draw(t, "pauses") {
				clock = clock.Add(time.Duration(rapid.Int64Range(0, int64(1e15)).Draw(t, "live")))
				pause := Pause{From: clock}
				clock = clock.Add(time.Duration(rapid.Int64Range(0, int64(1e15)).Draw(t, "paused")))
				pause.Until = clock
				pauses = append(pauses, pause)
			}
			after := start.Add(time.Duration(rapid.Int64Range(0, int64(5e15)).Draw(t, "after")))
			middle := after.Add(time.Duration(rapid.Int64Range(1, int64(5e15)).Draw(t, "middle")))
			upTo := middle.Add(time.Duration(rapid.Int64Range(1, int64(5e15)).Draw(t, "up to")))
			count := rapid.Int64Range(0, math.MaxInt64).Draw(t, "count")

			whole, first, second := PausedShare(pauses, after, upTo), PausedShare(pauses, after, middle), PausedShare(pauses, middle, upTo)

			require.GreaterOrEqual(t, whole.Of(count), int64(0))
			require.LessOrEqual(t, whole.Of(count), count)
			require.Equal(t, whole.Paused, first.Paused+second.Paused, "a reading between splits the time and loses none of it")
		})
	})
}
