package statement

import (
	"strconv"
	"time"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
)

// Month parses a month such as "2026-11" that has begun. It returns fault.Invalid "unknown_period"
// or "period_in_future".
func Month(name string, now time.Time) (ledger.Period, error) {
	period, err := ledger.ParsePeriod(name)
	if err == nil && period.StartsAt.After(now) {
		err = inFuture(name)
	}
	return period, err
}

// Year is a calendar year in UTC.
type Year struct {
	Name string
	// Quarters have names such as "2026-Q1". Those that have not begun are left out.
	Quarters []ledger.Period
}

// ParseYear parses a year such as "2026" that has begun. It returns fault.Invalid "unknown_period" or
// "period_in_future".
func ParseYear(name string, now time.Time) (Year, error) {
	starts, err := time.Parse("2006", name)
	if err != nil {
		return Year{}, fault.Field("period", "unknown_period", "%.40q is not a year: use one such as 2026", name)
	}
	if starts.After(now) {
		return Year{}, inFuture(name)
	}
	year := Year{Name: name}
	for number := range 4 {
		quarter := ledger.Period{Name: name + "-Q" + strconv.Itoa(number+1), StartsAt: starts.AddDate(0, 3*number, 0), EndsAt: starts.AddDate(0, 3*number+3, 0)}
		if quarter.StartsAt.After(now) {
			break
		}
		year.Quarters = append(year.Quarters, quarter)
	}
	return year, nil
}

// EndsAt returns the first moment after the year.
func (y Year) EndsAt() time.Time { return y.Quarters[0].StartsAt.AddDate(1, 0, 0) }

func inFuture(name string) error {
	return fault.Field("period", "period_in_future", "%.40s has not begun: ask for a period up to now", name)
}
