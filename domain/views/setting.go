package views

import (
	"strconv"
	"strings"
	"time"

	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/fault"
)

// Limits of a schedule. They prevent that a typing error polls a provider without pause or never.
const (
	TiersMax    = 32
	IntervalCap = 366 * day
	FactorMax   = 1000
)

// Validate returns nil for a usable schedule, and otherwise fault.Invalid "invalid_schedule" with
// the required change.
func (s Schedule) Validate() error {
	switch {
	case len(s.Tiers) > TiersMax:
		return invalidSchedule("it has more than %d tiers: merge some", TiersMax)
	case s.IntervalMin <= 0:
		return invalidSchedule("the shortest interval must be above zero")
	case s.IntervalMax < s.IntervalMin:
		return invalidSchedule("the longest interval %s is shorter than the shortest %s", s.IntervalMax, s.IntervalMin)
	case s.IntervalMax.Std() > IntervalCap:
		return invalidSchedule("the longest interval must not be above a year")
	case s.GoneAfter <= 0, s.GoneAfter.Std() > IntervalCap:
		return invalidSchedule("gone, the time after which a missing post counts as gone, must be above zero and at most a year")
	case s.ProofFor < 0, s.ProofFor.Std() > IntervalCap:
		return invalidSchedule("proof, the time to put a code into a profile or post, must be above zero and at most a year")
	case s.LagPerReading <= 0, s.LagPerReading.Std() > IntervalCap:
		return invalidSchedule("lag, what one wait may add to the mean lag of views, must be above zero and at most a year")
	case s.VelocityFactor < 1, s.VelocityFactor > FactorMax:
		return invalidSchedule("velocity_factor must be from 1 to %d", FactorMax)
	}

	var youngerAge duration.Text
	for _, tier := range s.Tiers {
		if tier.UpToAge <= youngerAge {
			return invalidSchedule("the ages of the tiers must be above zero and rise: %s cannot follow %s", tier.UpToAge, youngerAge)
		}
		if tier.Interval < s.IntervalMin || tier.Interval > s.IntervalMax {
			return invalidSchedule("the interval %s is not between %s and %s", tier.Interval, s.IntervalMin, s.IntervalMax)
		}
		youngerAge = tier.UpToAge
	}
	return nil
}

// ParseTiers parses a setting such as "24h=1h,7d=6h,30d=24h,max=72h": poll hourly up to an age of 24
// hours, and so on. Past the last age, max applies; it is required. Durations are written as in
// Go, or as whole days ("7d"). "min=5m" sets the shortest interval. Its default is 15 minutes, or a
// quarter of the shortest given interval if that is less. "lag=3m" sets what one wait may add to the mean lag of
// views. Its default is 3 minutes, or a twentieth of the shortest given interval if that is less. "gone=24h" sets how long two providers have to
// miss a post until it counts as gone. "proof=24h" sets how long a creator has to prove a channel. Everything else is as in DefaultSchedule. It returns fault.Invalid "invalid_schedule".
func ParseTiers(setting string) (Schedule, error) {
	schedule := DefaultSchedule()
	schedule.Tiers, schedule.IntervalMin, schedule.IntervalMax, schedule.LagPerReading, schedule.GoneAfter, schedule.ProofFor = nil, 0, 0, 0, 0, 0

	for part := range strings.SplitSeq(setting, ",") {
		age, interval, found := strings.Cut(part, "=")
		if !found {
			return Schedule{}, invalidSchedule("%.40q is not in the form age=interval, such as 24h=1h", part)
		}
		if err := schedule.set(strings.TrimSpace(age), strings.TrimSpace(interval)); err != nil {
			return Schedule{}, err
		}
	}

	if schedule.IntervalMax == 0 {
		return Schedule{}, invalidSchedule("the interval past the last age is missing: add one such as max=72h")
	}
	if schedule.IntervalMin == 0 {
		schedule.IntervalMin = schedule.impliedMin()
	}
	if schedule.LagPerReading == 0 {
		schedule.LagPerReading = schedule.impliedLag()
	}
	if schedule.GoneAfter == 0 {
		schedule.GoneAfter = DefaultSchedule().GoneAfter
	}
	if schedule.ProofFor == 0 {
		schedule.ProofFor = DefaultSchedule().ProofFor
	}
	if err := schedule.Validate(); err != nil {
		return Schedule{}, err
	}
	return schedule, nil
}

func (s *Schedule) set(age, interval string) error {
	every, err := parseDuration(interval)
	if err != nil {
		return err
	}
	switch {
	case age == "max" && s.IntervalMax == 0:
		s.IntervalMax = duration.Text(every)
	case age == "min" && s.IntervalMin == 0:
		s.IntervalMin = duration.Text(every)
	case age == "lag" && s.LagPerReading == 0:
		s.LagPerReading = duration.Text(every)
	case age == "gone" && s.GoneAfter == 0:
		s.GoneAfter = duration.Text(every)
	case age == "proof" && s.ProofFor == 0:
		s.ProofFor = duration.Text(every)
	case age == "max", age == "min", age == "lag", age == "gone", age == "proof":
		return invalidSchedule("%s is given twice: keep one", age)
	default:
		upToAge, err := parseDuration(age)
		if err != nil {
			return err
		}
		s.Tiers = append(s.Tiers, Tier{UpToAge: duration.Text(upToAge), Interval: duration.Text(every)})
	}
	return nil
}

// impliedMin returns the default of "min". It is below the shortest interval, so that a surge
// shortens even intervals of seconds, which tests use.
func (s Schedule) impliedMin() duration.Text {
	return max(1, min(DefaultSchedule().IntervalMin, s.shortest()/4))
}

// impliedLag returns the default of "lag". It follows the intervals, so that those of seconds are kept.
func (s Schedule) impliedLag() duration.Text {
	return max(1, min(DefaultSchedule().LagPerReading, s.shortest()/20))
}

func (s Schedule) shortest() duration.Text {
	shortest := s.IntervalMax
	for _, tier := range s.Tiers {
		shortest = min(shortest, tier.Interval)
	}
	return shortest
}

// String returns the intervals in the form that ParseTiers parses.
func (s Schedule) String() string {
	var parts []string
	if s.IntervalMin != s.impliedMin() {
		parts = append(parts, "min="+formatDuration(s.IntervalMin.Std()))
	}
	if s.LagPerReading != s.impliedLag() {
		parts = append(parts, "lag="+formatDuration(s.LagPerReading.Std()))
	}
	if s.GoneAfter != DefaultSchedule().GoneAfter {
		parts = append(parts, "gone="+formatDuration(s.GoneAfter.Std()))
	}
	if s.ProofFor != DefaultSchedule().ProofFor {
		parts = append(parts, "proof="+formatDuration(s.ProofFor.Std()))
	}
	for _, tier := range s.Tiers {
		parts = append(parts, formatAge(tier.UpToAge.Std())+"="+formatDuration(tier.Interval.Std()))
	}
	return strings.Join(append(parts, "max="+formatDuration(s.IntervalMax.Std())), ",")
}

func parseDuration(text string) (time.Duration, error) {
	if count, isDays := strings.CutSuffix(text, "d"); isDays {
		days, err := strconv.ParseUint(count, 10, 16)
		if err == nil && days > 0 {
			return time.Duration(days) * day, nil
		}
	}
	duration, err := time.ParseDuration(text)
	if err != nil || duration <= 0 {
		return 0, invalidSchedule("%.40q is not a duration above zero: write it like 90m, 24h or 7d", text)
	}
	return duration, nil
}

func formatAge(age time.Duration) string {
	if age > day && age%day == 0 && age/day <= 1<<16-1 {
		return strconv.FormatInt(int64(age/day), 10) + "d"
	}
	return formatDuration(age)
}

// formatDuration leaves out zero units: 1h instead of 1h0m0s.
func formatDuration(duration time.Duration) string {
	text := duration.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

func invalidSchedule(format string, args ...any) error {
	return fault.Field("schedule", "invalid_schedule", "the polling schedule cannot be used: "+format, args...)
}
