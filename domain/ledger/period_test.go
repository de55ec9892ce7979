package ledger_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
)

func TestPeriods(t *testing.T) {
	t.Parallel()

	t.Run("are calendar months in UTC", func(t *testing.T) {
		t.Parallel()

		december, err := ledger.ParsePeriod("2026-12")

		require.NoError(t, err)
		require.Equal(t, time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC), december.StartsAt)
		require.Equal(t, time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC), december.EndsAt)
	})

	for _, name := range []string{"", "2026", "2026-13", "2026-00", "2026-1", "26-01", "2026-W10", "2026-10-01", "october"} {
		t.Run("have no name such as "+name, func(t *testing.T) {
			t.Parallel()

			_, err := ledger.ParsePeriod(name)

			require.Equal(t, "unknown_period", fault.CodeOf(err))
		})
	}

	t.Run("are over with their last moment", func(t *testing.T) {
		t.Parallel()
		october, err := ledger.ParsePeriod("2026-10")
		require.NoError(t, err)

		require.Equal(t, "period_not_over", fault.CodeOf(october.RequireOver(october.EndsAt.Add(-time.Nanosecond))))
		require.NoError(t, october.RequireOver(october.EndsAt))
	})
}
