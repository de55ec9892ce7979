package payout

import (
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/creditroll/creditroll/domain/fault"
)

// Period names the ISO week, in UTC, in which a payout run takes place: "2026-W47".
func Period(at time.Time) string {
	year, week := at.UTC().ISOWeek()
	return fmt.Sprintf("%04d-W%02d", year, week)
}

var periodName = regexp.MustCompile(`^([1-9][0-9]{3})-W([0-9]{2})$`)

// ParsePeriod reads the name of a week and returns its first moment. It returns fault.Invalid
// "unknown_period" for any other text; a year has 52 or 53 weeks.
func ParsePeriod(name string) (startsAt time.Time, err error) {
	parts := periodName.FindStringSubmatch(name)
	if parts == nil {
		return time.Time{}, unknownPeriod(name)
	}
	year, _ := strconv.Atoi(parts[1])
	week, _ := strconv.Atoi(parts[2])
	// January 4th is always in the first week, and weeks begin on Mondays.
	first := time.Date(year, time.January, 4, 0, 0, 0, 0, time.UTC)
	startsAt = first.AddDate(0, 0, 7*(week-1)-(int(first.Weekday())+6)%7)
	if Period(startsAt) != name {
		return time.Time{}, unknownPeriod(name)
	}
	return startsAt, nil
}

func unknownPeriod(name string) error {
	return fault.Field("period", "unknown_period", "%.40q is not a week: use an ISO week such as 2026-W47", name)
}

// RequireBegun returns fault.Conflict "period_in_future" for a week that has not begun: it is
// run once, so a run before its time would leave no payouts for the week itself. It returns the
// faults of ParsePeriod too.
func RequireBegun(name string, now time.Time) error {
	startsAt, err := ParsePeriod(name)
	if err != nil {
		return err
	}
	if now.Before(startsAt) {
		return fault.New(fault.Conflict, "period_in_future", "%s begins on %s and is run once: run it then", name, startsAt.Format(time.DateOnly))
	}
	return nil
}

// periodsBack is how many weeks ago a period may be that a run is started for.
const periodsBack = 8

// RequireRecent returns fault.Invalid "period_too_old" for a week that began more than eight weeks
// before the week of now. A run pays what is available today, so an old week would only be a wrong
// label. It returns the faults of RequireBegun too.
func RequireRecent(name string, now time.Time) error {
	if err := RequireBegun(name, now); err != nil {
		return err
	}
	if oldest := Period(now.AddDate(0, 0, -7*periodsBack)); name < oldest {
		return fault.Field("period", "period_too_old", "%s is too long ago: the earliest week that can be run is %s", name, oldest)
	}
	return nil
}
