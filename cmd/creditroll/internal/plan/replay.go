package plan

import (
	"time"

	"github.com/creditroll/creditroll/domain/views"
)

// pollTimes returns the ages at which a policy reads a clip. The last one is the end of the window.
func pollTimes(clip curve, window time.Duration, policy Policy) []time.Duration {
	var (
		times          []time.Duration
		age, since     time.Duration
		previous, last int64
	)
	for age < window {
		wait := policy.Next(views.Poll{
			Age: age, LastViews: last, PreviousViews: previous, SinceLast: since, CapRemainingViews: -1, WindowLeft: window - age,
		})
		since = min(max(wait, time.Second), window-age)
		age += since
		previous, last = last, int64(clip.at(age))
		times = append(times, age)
	}
	return times
}

// lagBuckets are steps of lag for percentiles. The last one has all that is longer.
const lagBuckets = int(16 * day / step)

// replay is what a policy does to clips. Views are shares of each clip's own.
type replay struct {
	clips, calls, callsMeasured int
	credited                    float64
	whole, measured             lags
	// byAge are the lags of the views of each day of age.
	byAge []lags
}

// lags is a distribution of lags over views.
type lags struct {
	views, viewHours float64
	buckets          []float64
}

func (l *lags) add(views float64, lag time.Duration) {
	if l.buckets == nil {
		l.buckets = make([]float64, lagBuckets+1)
	}
	l.views += views
	l.viewHours += views * lag.Hours()
	l.buckets[min(int(lag/step), lagBuckets)] += views
}

func (l *lags) mean() time.Duration {
	if l.views == 0 {
		return 0
	}
	return time.Duration(l.viewHours / l.views * float64(time.Hour))
}

// percentile returns the lag that the given share of views does not exceed, as the end of its step.
func (l *lags) percentile(share float64) time.Duration {
	sum := 0.0
	for i, views := range l.buckets {
		if sum += views; sum >= share*l.views {
			return time.Duration(i+1) * step
		}
	}
	return 0
}

// replayAll replays every clip. A view is credited by the first reading after it was made.
func replayAll(clips []curve, window time.Duration, policy Policy) replay {
	result := replay{clips: len(clips), byAge: make([]lags, int((window+day-1)/day))}
	for _, clip := range clips {
		times := pollTimes(clip, window, policy)
		result.calls += len(times)
		result.credited += clip.at(times[len(times)-1]) / clip.final()
		for _, at := range times {
			if at <= clip.recorded {
				result.callsMeasured++
			}
		}
		result.addLags(clip, times)
	}
	return result
}

// addLags adds the lag of each view. Within a step views grow evenly. So those between two moments without a reading
// wait, on average, as long as one that is made in the middle.
func (r *replay) addLags(clip curve, times []time.Duration) {
	next := 0
	measured := clip.at(clip.recorded)
	for i := 1; i < len(clip.counts); i++ {
		gained := clip.counts[i] - clip.counts[i-1]
		if gained == 0 {
			continue
		}
		to := time.Duration(i) * step
		for from := to - step; from < to; {
			for next < len(times) && times[next] <= from {
				next++
			}
			if next == len(times) {
				return
			}
			until := min(to, times[next])
			made, lag := gained*float64(until-from)/float64(step), times[next]-(from+until)/2
			r.whole.add(made/clip.final(), lag)
			r.byAge[(i-1)*int(step)/int(day)].add(made/clip.final(), lag)
			if to <= clip.recorded && measured > 0 {
				r.measured.add(made/measured, lag)
			}
			from = until
		}
	}
}
