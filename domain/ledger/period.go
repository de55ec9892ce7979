package ledger

import (
	"time"

	"github.com/creditroll/creditroll/domain/fault"
)

// Period is an accounting period: a calendar month in UTC.
type Period struct {
	// Name is the month as "2026-10".
	Name string
	// StartsAt is the first moment of the month, EndsAt the first of the next one.
	StartsAt time.Time
	EndsAt   time.Time
}

// ParsePeriod reads a month such as "2026-10". It returns fault.Invalid "unknown_period".
func ParsePeriod(name string) (Period, error) {
	starts, err := time.Parse("2006-01", name)
	if err != nil {
		return Period{}, fault.Field("period", "unknown_period", "%.40q is not an accounting period: use a month such as 2026-10", name)
	}
	return Period{Name: name, StartsAt: starts, EndsAt: starts.AddDate(0, 1, 0)}, nil
}

// RequireOver returns fault.Conflict "period_not_over" until the period has ended.
func (p Period) RequireOver(now time.Time) error {
	if now.Before(p.EndsAt) {
		return fault.New(fault.Conflict, "period_not_over", "%s is not over before %s: close it then", p.Name, p.EndsAt.Format(time.RFC3339))
	}
	return nil
}
