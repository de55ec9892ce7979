package views

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/fault"
)

func TestParseTiers(t *testing.T) {
	t.Parallel()

	t.Run("reads ages and intervals", func(t *testing.T) {
		t.Parallel()

		got, err := ParseTiers("24h=1h, 7d = 6h,30d=24h,max=72h")

		want := DefaultSchedule()
		want.Tiers = []Tier{{duration.Text(24 * hour), duration.Text(hour)}, {duration.Text(7 * day), duration.Text(6 * hour)}, {duration.Text(30 * day), duration.Text(24 * hour)}}
		require.NoError(t, err)
		require.Equal(t, want, got)
		require.Equal(t, "24h=1h,7d=6h,30d=24h,max=72h", got.String())
	})

	t.Run("lets a schedule of seconds speed up too", func(t *testing.T) {
		t.Parallel()

		got, err := ParseTiers("10s=1s,max=4s")

		require.NoError(t, err)
		require.Equal(t, 250*time.Millisecond, got.IntervalMin.Std())
		require.Equal(t, 4*time.Second, got.IntervalMax.Std())
	})

	t.Run("takes the shortest interval if it is given", func(t *testing.T) {
		t.Parallel()

		got, err := ParseTiers("min=5m,24h=1h,max=72h")

		require.NoError(t, err)
		require.Equal(t, 5*time.Minute, got.IntervalMin.Std())
		require.Equal(t, "min=5m,24h=1h,max=72h", got.String())
	})

	t.Run("takes the time after which a post is gone if it is given", func(t *testing.T) {
		t.Parallel()

		got, err := ParseTiers("10s=1s,max=4s,gone=9s,proof=8s")
		often, oftenErr := ParseTiers("10s=1s,max=4s")

		require.NoError(t, err)
		require.NoError(t, oftenErr)
		require.Equal(t, 9*time.Second, got.GoneAfter.Std())
		require.Equal(t, "gone=9s,proof=8s,10s=1s,max=4s", got.String())
		require.Equal(t, 24*time.Hour, often.GoneAfter.Std(), "reading more often proves nothing sooner")
	})

	t.Run("needs nothing but the longest interval", func(t *testing.T) {
		t.Parallel()

		got, err := ParseTiers("max=1h30m")

		require.NoError(t, err)
		require.Equal(t, "max=1h30m", got.String())
	})

	t.Run("the default schedule is one that could be set", func(t *testing.T) {
		t.Parallel()

		require.NoError(t, DefaultSchedule().Validate())
		got, err := ParseTiers(DefaultSchedule().String())
		require.NoError(t, err)
		require.Equal(t, DefaultSchedule(), got)
		require.Equal(t, "24h=1h,2d=2h,4d=6h,7d=12h,14d=24h,30d=48h,max=72h", got.String())
	})

	t.Run("reads what any schedule writes", func(t *testing.T) {
		t.Parallel()

		rapid.Check(t, func(t *rapid.T) {
			schedule := drawSchedule(t)

			got, err := ParseTiers(schedule.String())

			require.NoError(t, err)
			require.Equal(t, schedule.Tiers, got.Tiers)
			require.Equal(t, schedule.IntervalMin, got.IntervalMin)
			require.Equal(t, schedule.IntervalMax, got.IntervalMax)
			require.Equal(t, schedule.GoneAfter, got.GoneAfter)
		})
	})

	for name, setting := range map[string]string{
		"an empty setting":                 "",
		"no longest interval":              "24h=1h",
		"a part without interval":          "24h,max=72h",
		"an empty part":                    "24h=1h,,max=72h",
		"a duration without unit":          "24=1h,max=72h",
		"a negative interval":              "24h=-1h,max=72h",
		"a zero interval":                  "24h=0s,max=72h",
		"a fraction of a day":              "1.5d=1h,max=72h",
		"more days than there are":         "99999999999999999999d=1h,max=72h",
		"an unknown word":                  "24h=often,max=72h",
		"ages that fall":                   "7d=6h,24h=1h,max=72h",
		"one age twice":                    "24h=1h,24h=2h,max=72h",
		"an interval above the longest":    "24h=100h,max=72h",
		"an interval below the shortest":   "min=2h,24h=1h,max=72h",
		"a longest below the shortest":     "min=2h,max=1h",
		"gone given twice":                 "max=72h,gone=1h,gone=2h",
		"proof given twice":                "max=72h,proof=1h,proof=2h",
		"gone above a year":                "max=72h,gone=367d",
		"the longest interval given twice": "max=72h,max=48h",
		"a longest interval above a year":  "max=400d",
		"more tiers than anybody needs":    strings.Repeat("1h=1h,", TiersMax+1) + "max=72h",
	} {
		t.Run("refuses "+name, func(t *testing.T) {
			t.Parallel()

			_, err := ParseTiers(setting)

			require.Equal(t, "invalid_schedule", fault.CodeOf(err))
			require.True(t, fault.Is(err, fault.Invalid))
		})
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()

	for name, spoil := range map[string]func(s *Schedule){
		"no shortest interval": func(s *Schedule) { s.IntervalMin = 0 },
		"no time until gone":   func(s *Schedule) { s.GoneAfter = 0 },
		"no lag":               func(s *Schedule) { s.LagPerReading = 0 },
		"a lag of years":       func(s *Schedule) { s.LagPerReading = duration.Text(IntervalCap) + 1 },
		"a zero factor":        func(s *Schedule) { s.VelocityFactor = 0 },
		"a huge factor":        func(s *Schedule) { s.VelocityFactor = FactorMax + 1 },
	} {
		t.Run("refuses "+name, func(t *testing.T) {
			t.Parallel()
			schedule := DefaultSchedule()
			spoil(&schedule)

			require.Equal(t, "invalid_schedule", fault.CodeOf(schedule.Validate()))
		})
	}
}

func FuzzParseTiers(f *testing.F) {
	f.Add("24h=1h,7d=6h,30d=24h,max=72h")
	f.Add("min=1ns,1ns=1ns,max=366d")
	f.Fuzz(func(t *testing.T, setting string) {
		schedule, err := ParseTiers(setting)
		if err != nil {
			require.True(t, fault.Is(err, fault.Invalid))
			return
		}

		again, err := ParseTiers(schedule.String())
		require.NoError(t, err)
		require.Equal(t, schedule, again)
	})
}
