package statement_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/statement"
)

var now = time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)

func TestMonth(t *testing.T) {
	t.Parallel()

	t.Run("begins at its first moment", func(t *testing.T) {
		t.Parallel()
		month, err := statement.Month("2026-05", now)

		require.NoError(t, err)
		require.Equal(t, ledger.Period{Name: "2026-05", StartsAt: now, EndsAt: now.AddDate(0, 1, 0)}, month)
	})

	t.Run("is refused before it begins, and if it is none", func(t *testing.T) {
		t.Parallel()
		for name, code := range map[string]string{
			"2026-06": "period_in_future", "2026-13": "unknown_period", "2026": "unknown_period", "": "unknown_period", "2026-5": "unknown_period", "may": "unknown_period",
		} {
			_, err := statement.Month(name, now)
			require.Equal(t, code, fault.CodeOf(err), name)
			require.True(t, fault.Is(err, fault.Invalid))
		}
		_, err := statement.Month("2026-05", now.Add(-time.Nanosecond))
		require.Equal(t, "period_in_future", fault.CodeOf(err))
	})
}

func TestYear(t *testing.T) {
	t.Parallel()

	t.Run("has the quarters that have begun", func(t *testing.T) {
		t.Parallel()
		year, err := statement.ParseYear("2026", now)
		require.NoError(t, err)
		past, err := statement.ParseYear("2025", now)
		require.NoError(t, err)

		require.Equal(t, []string{"2026-Q1", "2026-Q2"}, []string{year.Quarters[0].Name, year.Quarters[1].Name})
		require.Len(t, year.Quarters, 2)
		require.Len(t, past.Quarters, 4)
		require.Equal(t, year.Quarters[0].StartsAt, past.Quarters[3].EndsAt)
		require.Equal(t, past.EndsAt(), past.Quarters[3].EndsAt)
		require.Equal(t, time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC), year.EndsAt())
	})

	t.Run("is refused before it begins, and if it is none", func(t *testing.T) {
		t.Parallel()
		for name, code := range map[string]string{"2027": "period_in_future", "26": "unknown_period", "2026-01": "unknown_period", "": "unknown_period"} {
			_, err := statement.ParseYear(name, now)
			require.Equal(t, code, fault.CodeOf(err), name)
		}
	})
}
