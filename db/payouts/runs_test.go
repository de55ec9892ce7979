package payouts_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/payout"
)

func TestPayoutRunPeriods(t *testing.T) {
	t.Parallel()

	t.Run("are refused while they are to come", func(t *testing.T) {
		t.Parallel()
		store := dbtest.New(t)

		_, err := store.Payouts.OpenRun(t.Context(), uuid.NewString(), "2026-W11", world.Now)

		require.Equal(t, "period_in_future", fault.CodeOf(err))
	})

	t.Run("are weeks that their year has, and the database knows them too", func(t *testing.T) {
		t.Parallel()
		url := dbtest.URL(t)
		owner := dbtest.Connect(t, url)
		insert := func(period string) error {
			_, err := owner.Exec(t.Context(), "INSERT INTO payout_runs (id, period, status, started_by) VALUES ($1, $2, 'finished', 'schedule')", uuid.NewString(), period)
			return db.Translate(err)
		}

		for _, period := range []string{"2999-W99", "2026-W60", "2026-W54", "2025-W53", "1000-W00", "0000-W01", "2026-W1", "March", ""} {
			require.Equal(t, "unknown_period", fault.CodeOf(insert(period)), period)
		}
		// Every week that Go names in 400 years, after which the calendar repeats.
		for week := time.Date(2000, 1, 3, 0, 0, 0, 0, time.UTC); week.Year() < 2400; week = week.AddDate(0, 0, 7) {
			if name := payout.Period(week); name[5:] >= "W52" {
				require.NoError(t, insert(name), name)
			}
		}
	})
}
