package plan

import (
	"time"

	"github.com/creditroll/creditroll/domain/views"
)

// Policy says when a clip is read next after a reading. The wait is above zero.
type Policy struct {
	Name string
	Next func(views.Poll) time.Duration
}

// Scheduled is a schedule of the product.
func Scheduled(name string, schedule views.Schedule) Policy {
	return Policy{Name: name, Next: func(poll views.Poll) time.Duration { return views.NextPoll(schedule, poll).After }}
}

// Hourly reads every hour, whatever the age.
func Hourly() Policy { return byAge("hourly", func(time.Duration) time.Duration { return time.Hour }) }

// fixed are two schedules that other products use. They know the age of a clip and nothing of its growth.
func fixed() []Policy {
	return []Policy{byAge("widening", widening), byAge("stepped", stepped)}
}

// widening reads hourly at first and every 72 hours after a month: a tenth of the age between.
func widening(age time.Duration) time.Duration { return min(max(age/10, time.Hour), 72*time.Hour) }

// stepped reads every 2, 6, 12 and 24 hours, by age.
func stepped(age time.Duration) time.Duration {
	switch {
	case age < day:
		return 2 * time.Hour
	case age < 3*day:
		return 6 * time.Hour
	case age < 7*day:
		return 12 * time.Hour
	}
	return day
}

func byAge(name string, interval func(age time.Duration) time.Duration) Policy {
	return Policy{Name: name, Next: func(poll views.Poll) time.Duration { return interval(poll.Age) }}
}

// Scaled ends the name of a fixed schedule that makes as many calls as the product's.
const Scaled = ", as many calls"

const (
	// Intervals are scaled by at least scaleMin and at most scaleMax.
	scaleMin, scaleMax = 1.0 / 64, 64.0
	scaleHalvings      = 24
)

// atCalls returns a fixed schedule with all its intervals scaled, so that it makes no fewer calls per clip than wanted, and
// hardly more. It knows only the age, so it makes as many for every clip.
func atCalls(policy Policy, window time.Duration, wanted float64) Policy {
	scaled := func(factor float64) Policy {
		return Policy{Name: policy.Name + Scaled, Next: func(poll views.Poll) time.Duration {
			return max(step, time.Duration(factor*float64(policy.Next(poll))))
		}}
	}
	calls := func(factor float64) float64 {
		return float64(len(pollTimes(curve{counts: []float64{0}}, window, scaled(factor))))
	}
	enough, tooFew := scaleMin, scaleMax
	for range scaleHalvings {
		if middle := (enough + tooFew) / 2; calls(middle) >= wanted {
			enough = middle
		} else {
			tooFew = middle
		}
	}
	return scaled(enough)
}
