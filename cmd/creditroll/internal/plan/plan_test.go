package plan

import (
	"cmp"
	"flag"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/creditroll/creditroll/devstack/simulators/curves"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/views"
)

var update = flag.Bool("update", false, "write the sample again")

const month = 30 * day

func recordingsOf(t *testing.T, rows ...string) curves.Recordings {
	t.Helper()
	recordings, err := curves.ParseRecordings(strings.NewReader("video_id,day,views,likes,comments\n" + strings.Join(rows, "\n")))
	require.NoError(t, err)
	return recordings
}

// even is a clip that gains 96,000 views a day for three days, so that every step has one.
func even(t *testing.T) curve {
	t.Helper()
	clips, leftOut := extend(recordingsOf(t, "even,1,96000,0,0", "even,2,192000,0,0", "even,3,288000,0,0"), 3*day)
	require.Len(t, clips, 1)
	require.Zero(t, leftOut)
	return clips[0]
}

// lagsOneByOne looks at each minute by itself, and at the first reading after it. Views of a step grow evenly.
func lagsOneByOne(clip curve, times []time.Duration) (mean, p95 time.Duration) {
	type seen struct {
		views float64
		lag   time.Duration
	}
	var all []seen
	total, waited := 0.0, 0.0
	for made := 30 * time.Second; made < 3*day; made += time.Minute {
		gained := (clip.counts[int(made/step)+1] - clip.counts[int(made/step)]) / step.Minutes()
		for _, at := range times {
			if at > made {
				all = append(all, seen{gained, at - made})
				total, waited = total+gained, waited+gained*(at-made).Seconds()
				break
			}
		}
	}
	slices.SortFunc(all, func(a, b seen) int { return cmp.Compare(a.lag, b.lag) })
	sum := 0.0
	for _, each := range all {
		if sum += each.views; sum >= 0.95*total {
			return time.Duration(waited / total * float64(time.Second)), each.lag
		}
	}
	return 0, 0
}

func every(interval time.Duration) Policy {
	return byAge("every "+interval.String(), func(time.Duration) time.Duration { return interval })
}

func TestReplay(t *testing.T) {
	t.Parallel()

	t.Run("counts a call for each reading, and one at the end of the window", func(t *testing.T) {
		t.Parallel()

		require.Equal(t, []time.Duration{40 * time.Hour, 72 * time.Hour}, pollTimes(even(t), 3*day, every(40*time.Hour)))
	})

	t.Run("measures the lag of every view until the reading that counts it", func(t *testing.T) {
		t.Parallel()

		got := replayAll([]curve{even(t)}, 3*day, every(time.Hour))

		// A view waits for half of the interval on average, and for at most the whole.
		require.Equal(t, 72, got.calls)
		require.Equal(t, 30*time.Minute, got.whole.mean().Round(time.Second))
		require.Equal(t, time.Hour, got.whole.percentile(0.95))
		require.Equal(t, 30*time.Minute, got.whole.percentile(0.5))
		require.InDelta(t, 1, got.credited, 1e-9)
		require.Equal(t, got.whole.mean(), got.measured.mean(), "all of it is recorded")
	})

	t.Run("says the same of the lag as a look at views one by one", func(t *testing.T) {
		t.Parallel()

		rapid.Check(t, func(t *rapid.T) {
			clip := curve{counts: []float64{0}, recorded: 3 * day}
			for range int(3 * day / step) {
				gained := rapid.SampledFrom([]float64{0, 15, 150, 15_000}).Draw(t, "gained")
				clip.counts = append(clip.counts, clip.counts[len(clip.counts)-1]+gained)
			}
			if clip.final() == 0 {
				return
			}
			interval := time.Duration(rapid.IntRange(7, 2_000).Draw(t, "minutes")) * time.Minute

			got := replayAll([]curve{clip}, 3*day, every(interval))

			mean, p95 := lagsOneByOne(clip, pollTimes(clip, 3*day, every(interval)))
			require.InDelta(t, mean.Seconds(), got.whole.mean().Seconds(), 1)
			require.InDelta(t, p95.Seconds(), got.whole.percentile(0.95).Seconds(), 1.5*step.Seconds())
		})
	})

	t.Run("counts a view that a fall takes away only once", func(t *testing.T) {
		t.Parallel()
		clips, _ := extend(recordingsOf(t, "falls,1,100,0,0", "falls,2,50,0,0", "falls,3,100,0,0"), 3*day)

		got := replayAll(clips, 3*day, every(day))

		require.InDelta(t, 1, got.whole.views, 1e-9)
		require.InDelta(t, 1, got.credited, 1e-9)
	})

	t.Run("ends for any schedule and clip, with the last reading at the end", func(t *testing.T) {
		t.Parallel()

		rapid.Check(t, func(t *rapid.T) {
			clip := curve{counts: []float64{0}, recorded: 3 * day}
			for range int(3 * day / step) {
				gained := rapid.SampledFrom([]float64{0, 0, 1, 1000, 1e9}).Draw(t, "gained")
				clip.counts = append(clip.counts, clip.counts[len(clip.counts)-1]+gained)
			}

			times := pollTimes(clip, 3*day, Scheduled(Default, views.DefaultSchedule()))

			require.LessOrEqual(t, len(times), int(3*day/(15*time.Minute))+1)
			require.Equal(t, 3*day, times[len(times)-1])
		})
	})
}

func TestExtend(t *testing.T) {
	t.Parallel()

	t.Run("keeps what is recorded, and lets the daily gain fall by a constant ratio after it", func(t *testing.T) {
		t.Parallel()
		clips, _ := extend(recordingsOf(t, "a,1,1000,0,0", "a,2,1800,0,0", "a,3,2200,0,0"), month)
		clip := clips[0]

		require.Equal(t, 3*day, clip.recorded)
		require.InDelta(t, 1800, clip.at(2*day), 1e-9)
		// Gains are 800 and 400: their ratio of a half is the median of the file too.
		require.InDelta(t, 2200+200, clip.at(4*day), 1e-6)
		require.InDelta(t, 2200+200+100, clip.at(5*day), 1e-6)
		require.InDelta(t, 2600, clip.at(month), 1e-3)
	})

	t.Run("bounds the ratio, so that a clip which takes off does not grow for ever", func(t *testing.T) {
		t.Parallel()
		clips, _ := extend(recordingsOf(t, "a,1,10,0,0", "a,2,20,0,0", "a,3,1000,0,0"), month)

		require.Less(t, clips[0].final(), 1000+980*ratioMax/(1-ratioMax))
	})

	t.Run("leaves out clips with too few days, and says how many", func(t *testing.T) {
		t.Parallel()
		clips, leftOut := extend(recordingsOf(t, "short,1,10,0,0", "short,2,20,0,0", "none,1,0,0,0", "none,3,0,0,0", "a,3,5,0,0"), month)

		require.Len(t, clips, 1)
		require.Equal(t, 2, leftOut)
	})
}

func TestRun(t *testing.T) {
	t.Parallel()

	recordings, err := Sample()
	require.NoError(t, err)
	report, err := Run(Options{Curves: recordings, Window: month, CallMicros: 300, Policies: []Policy{every(day)}})
	require.NoError(t, err)
	results := map[string]Result{}
	for _, result := range report.Policies {
		results[result.Policy] = result
	}
	own := results[Default]

	t.Run("reads hourly 720 times in 30 days, half an hour late", func(t *testing.T) {
		t.Parallel()
		hourly := results["hourly"]

		require.InDelta(t, 720, hourly.CallsPerClip, 1e-9)
		require.InDelta(t, (30 * time.Minute).Seconds(), hourly.MeanLag.Std().Seconds(), 60)
		require.Equal(t, int64(720*300), hourly.MicrosPerClip)
		require.InDelta(t, 1, hourly.ComparedToHourly, 1e-9)
	})

	t.Run("credits at least 99.5 % with at most a tenth of the calls of hourly polling", func(t *testing.T) {
		t.Parallel()

		require.LessOrEqual(t, own.ComparedToHourly, 0.1)
		require.GreaterOrEqual(t, own.CreditedShare, 0.995)
	})

	t.Run("has less lag than both fixed schedules at the same number of calls", func(t *testing.T) {
		t.Parallel()

		for _, name := range []string{"widening" + Scaled, "stepped" + Scaled} {
			require.GreaterOrEqual(t, results[name].CallsPerClip, own.CallsPerClip, name)
			require.Less(t, own.MeanLag, results[name].MeanLag, name)
			require.Less(t, own.P95Lag, results[name].P95Lag, name)
		}
	})

	t.Run("replays given policies, and each day of age", func(t *testing.T) {
		t.Parallel()

		require.InDelta(t, 30, results["every 24h0m0s"].CallsPerClip, 1e-9)
		require.Len(t, own.HoursLagByDay, 30)
		require.Positive(t, own.Measured.MeanLag)
	})

	for name, refused := range map[string]struct {
		change func(*Options)
		code   string
	}{
		"a window of hours":  {func(o *Options) { o.Window = time.Hour }, "window_out_of_range"},
		"a window of years":  {func(o *Options) { o.Window = WindowMax + 1 }, "window_out_of_range"},
		"a price below zero": {func(o *Options) { o.CallMicros = -1 }, "negative_price"},
		"too many clips for its window": {func(o *Options) {
			o.Curves, o.Window = curves.Recordings{}, WindowMax
			for i := range 1_500 {
				o.Curves[strconv.Itoa(i)] = recordings["x-3"]
			}
		}, "too_many_curves"},
		"a file without a curve": {func(o *Options) { o.Curves = curves.Recordings{} }, "no_curves"},
	} {
		t.Run("refuses "+name, func(t *testing.T) {
			t.Parallel()
			options := Options{Curves: recordings, Window: month}
			refused.change(&options)

			_, err := Run(options)

			require.Equal(t, refused.code, fault.CodeOf(err))
		})
	}
}

// TestSample makes the sample again: three sizes of clips on each platform, with counts of likes and comments in their
// usual proportion.
func TestSample(t *testing.T) {
	t.Parallel()
	lines := []string{"video_id,day,views,likes,comments"}
	for seed, platform := range []string{"tiktok", "instagram", "youtube", "x"} {
		for size := 3; size <= 6; size++ {
			curve := curves.Like(platform, int64(3*math.Pow10(size)), uint64(10*seed+size))
			for number := 1; number <= 8; number++ {
				counts := curve.At(time.Duration(number) * day)
				lines = append(lines, fmt.Sprintf("%s-%d,%d,%d,%d,%d", platform, size, number, counts.Views, counts.Likes, counts.Comments))
			}
		}
	}
	want := strings.Join(lines, "\n") + "\n"
	if *update {
		require.NoError(t, os.WriteFile("sample.csv", []byte(want), 0o644))
		return
	}

	require.Equal(t, want, sample, "run go test ./cmd/creditroll/internal/plan -run TestSample -update")
}
