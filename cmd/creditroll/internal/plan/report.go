package plan

import (
	"time"

	"github.com/creditroll/creditroll/devstack/simulators/curves"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/views"
)

const (
	// WindowMax bounds the window of a replay.
	WindowMax = 366 * day
	// stepsMax bounds its memory: 17,000 clips in a month, or 1,400 in a year.
	stepsMax = 50_000_000
)

// Options is what is replayed.
type Options struct {
	Curves curves.Recordings
	// Policies are replayed after the product's own, hourly polling and the fixed schedules.
	Policies []Policy
	Window   time.Duration
	// CallMicros is the price of asking about one clip once, in millionths of a US dollar.
	CallMicros int64
}

// Report is the result of a replay.
type Report struct {
	Clips   int           `json:"clips"`
	LeftOut int           `json:"left_out"`
	Window  duration.Text `json:"window"`
	// RecordedDays is the mean number of recorded days of a clip.
	RecordedDays float64  `json:"recorded_days"`
	CallMicros   int64    `json:"call_micros"`
	Policies     []Result `json:"policies"`
}

// Result is what one policy does. Measured is the part of it within the recordings.
type Result struct {
	Policy           string        `json:"policy"`
	CallsPerClip     float64       `json:"calls_per_clip"`
	CreditedShare    float64       `json:"credited_share"`
	MeanLag          duration.Text `json:"mean_lag"`
	P95Lag           duration.Text `json:"p95_lag"`
	MicrosPerClip    int64         `json:"micros_per_clip"`
	Measured         Measured      `json:"measured"`
	HoursLagByDay    []float64     `json:"hours_lag_by_day"`
	ComparedToHourly float64       `json:"calls_compared_to_hourly"`
}

// Measured is the part of a result that needs no extrapolation.
type Measured struct {
	CallsPerClip float64       `json:"calls_per_clip"`
	MeanLag      duration.Text `json:"mean_lag"`
	P95Lag       duration.Text `json:"p95_lag"`
}

// Default is the name of the product's own schedule in a report.
const Default = "default"

// Run replays the clips through the product's schedule, hourly polling, both fixed schedules, each of these once more at the
// number of calls of the product's, and the given policies. It returns fault.Invalid "window_out_of_range",
// "negative_price", "too_many_curves" or "no_curves".
func Run(options Options) (Report, error) {
	switch {
	case options.Window < day || options.Window > WindowMax:
		return Report{}, fault.Field("window", "window_out_of_range", "--days must be from one day to 366")
	case options.CallMicros < 0:
		return Report{}, fault.Field("call-micros", "negative_price", "--call-micros must not be negative")
	}
	window := options.Window.Truncate(step)
	if steps := len(options.Curves) * int(window/step); steps > stepsMax {
		return Report{}, fault.Field("curves", "too_many_curves", "%d clips are too many for %.0f days: take at most %d of them, or fewer days", len(options.Curves), window.Hours()/24, stepsMax/int(window/step))
	}
	clips, leftOut := extend(options.Curves, window)
	if len(clips) == 0 {
		return Report{}, fault.Field("curves", "no_curves", "no clip of the file has views on %d days or more: record more days", recordedDaysMin)
	}
	report := Report{Clips: len(clips), LeftOut: leftOut, Window: duration.Text(window), CallMicros: options.CallMicros}
	for _, clip := range clips {
		report.RecordedDays += clip.recorded.Hours() / day.Hours() / float64(len(clips))
	}
	own := report.add(clips, window, Scheduled(Default, views.DefaultSchedule()))
	report.add(clips, window, Hourly())
	for _, policy := range fixed() {
		report.add(clips, window, policy)
		report.add(clips, window, atCalls(policy, window, own.CallsPerClip))
	}
	for _, policy := range options.Policies {
		report.add(clips, window, policy)
	}
	return report, nil
}

// add replays one more policy.
func (r *Report) add(clips []curve, window time.Duration, policy Policy) Result {
	replayed := replayAll(clips, window, policy)
	count := float64(replayed.clips)
	result := Result{
		Policy: policy.Name, CallsPerClip: float64(replayed.calls) / count, CreditedShare: replayed.credited / count,
		MeanLag: rounded(replayed.whole.mean()), P95Lag: rounded(replayed.whole.percentile(0.95)),
		Measured: Measured{
			CallsPerClip: float64(replayed.callsMeasured) / count,
			MeanLag:      rounded(replayed.measured.mean()), P95Lag: rounded(replayed.measured.percentile(0.95)),
		},
		ComparedToHourly: float64(replayed.calls) / count / window.Hours(),
	}
	result.MicrosPerClip = int64(result.CallsPerClip * float64(r.CallMicros))
	for i := range replayed.byAge {
		result.HoursLagByDay = append(result.HoursLagByDay, replayed.byAge[i].mean().Hours())
	}
	r.Policies = append(r.Policies, result)
	return result
}

func rounded(lag time.Duration) duration.Text { return duration.Text(lag.Round(time.Second)) }
