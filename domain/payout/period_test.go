package payout_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/payout"
)

func TestPeriods(t *testing.T) {
	t.Parallel()

	for _, name := range []string{"", "March", "2026", "2026-10", "2026-W", "2026-W1", "2026-W00", "2026-W60", "2999-W99", "1000-W00", "2025-W53", "0000-W01", "2026-w10", " 2026-W10"} {
		t.Run("have no name such as "+name, func(t *testing.T) {
			t.Parallel()

			_, err := payout.ParsePeriod(name)

			require.Equal(t, "unknown_period", fault.CodeOf(err))
			require.Equal(t, err, payout.RequireBegun(name, time.Now()))
		})
	}

	t.Run("begin on a Monday, at times in the year before, and some years have 53", func(t *testing.T) {
		t.Parallel()

		for name, date := range map[string]string{"2026-W01": "2025-12-29", "2026-W10": "2026-03-02", "2026-W53": "2026-12-28", "2027-W01": "2027-01-04"} {
			startsAt, err := payout.ParsePeriod(name)

			require.NoError(t, err)
			require.Equal(t, date, startsAt.Format(time.DateOnly))
		}
	})

	t.Run("have begun with their first moment", func(t *testing.T) {
		t.Parallel()
		monday := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

		require.NoError(t, payout.RequireBegun("2026-W10", monday))
		require.Equal(t, "period_in_future", fault.CodeOf(payout.RequireBegun("2026-W10", monday.Add(-time.Nanosecond))))
	})

	t.Run("are recent for eight weeks", func(t *testing.T) {
		t.Parallel()
		lastMoment := time.Date(2026, 3, 8, 23, 59, 59, 0, time.UTC) // of W10

		require.NoError(t, payout.RequireRecent("2026-W10", lastMoment))
		require.NoError(t, payout.RequireRecent("2026-W02", lastMoment))
		require.Equal(t, "period_too_old", fault.CodeOf(payout.RequireRecent("2026-W01", lastMoment)))
		require.Equal(t, "period_in_future", fault.CodeOf(payout.RequireRecent("2026-W11", lastMoment)))
		require.Equal(t, "unknown_period", fault.CodeOf(payout.RequireRecent("March", lastMoment)))
		require.NoError(t, payout.RequireRecent("2025-W49", time.Date(2026, 1, 26, 0, 0, 0, 0, time.UTC)), "over the turn of the year")
	})

	t.Run("are read as they are named, at every moment", rapid.MakeCheck(func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(0, 4_102_444_800).Draw(t, "at"), 0)

		startsAt, err := payout.ParsePeriod(payout.Period(at))

		require.NoError(t, err)
		require.False(t, at.Before(startsAt))
		require.True(t, at.Before(startsAt.AddDate(0, 0, 7)))
	}))
}
