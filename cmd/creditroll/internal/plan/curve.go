package plan

import (
	"math"
	"slices"
	"time"

	"github.com/creditroll/creditroll/devstack/simulators/curves"
)

const (
	day = 24 * time.Hour
	// step is the resolution of the curves and of the percentiles of lag.
	step = 15 * time.Minute
	// recordedDaysMin is how many days tell how fast the growth of a clip slows down.
	recordedDaysMin = 3
	// The ratio of a clip's own gains is kept within these, so that one odd day does not decide about a month.
	ratioMin, ratioMax = 0.3, 0.95
	// ratioUsual is the ratio for a file in which no clip grows on three days in a row.
	ratioUsual = 0.6
)

// curve has the highest count that a clip has reached at each step of the window.
type curve struct {
	counts []float64
	// recorded is the age at which the recording ends.
	recorded time.Duration
}

// at returns the count at an age within the window.
func (c curve) at(age time.Duration) float64 {
	i := int(age / step)
	if i >= len(c.counts)-1 {
		return c.counts[len(c.counts)-1]
	}
	return c.counts[i] + (c.counts[i+1]-c.counts[i])*float64(age%step)/float64(step)
}

func (c curve) final() float64 { return c.counts[len(c.counts)-1] }

// extend returns the curves of all clips with enough recorded days, and how many clips have too few or no views.
func extend(recordings curves.Recordings, window time.Duration) (extended []curve, leftOut int) {
	usual := medianRatio(recordings)
	for _, id := range recordings.VideoIDs() {
		recorded, err := recordings.Curve(id, 1)
		days := recordings.LastDay(id)
		if err != nil || days < recordedDaysMin {
			leftOut++
			continue
		}
		each := curve{recorded: min(window, time.Duration(days)*day), counts: make([]float64, int(window/step)+1)}
		tail := tailOf(recorded, days, usual)
		highest := 0.0
		for i := range each.counts {
			highest = max(highest, tail.at(recorded, time.Duration(i)*step))
			each.counts[i] = highest
		}
		if each.final() <= 0 {
			leftOut++
			continue
		}
		extended = append(extended, each)
	}
	return extended, leftOut
}

// tail is the part of a curve after its recording.
type tail struct {
	from      time.Duration
	count     float64
	dailyGain float64
	ratio     float64
}

func tailOf(recorded curves.Recorded, days int, usualRatio float64) tail {
	last, before := gain(recorded, days), gain(recorded, days-1)
	t := tail{from: time.Duration(days) * day, count: float64(recorded.At(time.Duration(days) * day).Views), dailyGain: max(0, last), ratio: usualRatio}
	if last > 0 && before > 0 {
		t.ratio = math.Sqrt(usualRatio * min(ratioMax, max(ratioMin, last/before)))
	}
	t.ratio = min(ratioMax, t.ratio)
	return t
}

// at returns the count at an age: the recorded one, or the last one and a geometric sum of daily gains.
func (t tail) at(recorded curves.Recorded, age time.Duration) float64 {
	if age <= t.from {
		return float64(recorded.At(age).Views)
	}
	days := (age - t.from).Hours() / day.Hours()
	return t.count + t.dailyGain*t.ratio*(1-math.Pow(t.ratio, days))/(1-t.ratio)
}

// gain is what a clip gained on a day.
func gain(recorded curves.Recorded, number int) float64 {
	return float64(recorded.At(time.Duration(number)*day).Views - recorded.At(time.Duration(number-1)*day).Views)
}

// medianRatio is the median of the ratios of gains on consecutive days, over all clips.
func medianRatio(recordings curves.Recordings) float64 {
	var ratios []float64
	for _, id := range recordings.VideoIDs() {
		recorded, err := recordings.Curve(id, 1)
		if err != nil {
			continue
		}
		for number := 2; number < recordings.LastDay(id); number++ {
			if before, after := gain(recorded, number), gain(recorded, number+1); before > 0 && after > 0 {
				ratios = append(ratios, after/before)
			}
		}
	}
	if len(ratios) == 0 {
		return ratioUsual
	}
	slices.Sort(ratios)
	return ratios[len(ratios)/2]
}
