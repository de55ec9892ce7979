package clips

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/views"
)

// TakeQuota takes the units of one request from all of its quotas, or from none. Quotas are locked while it decides, so
// that workers take one after the other. If its answer is lost, the units are lost too.
func (s *Store) TakeQuota(ctx context.Context, provider string, uses []views.QuotaUse, now time.Time) (refused views.QuotaRefusal, err error) {
	now = now.Truncate(time.Microsecond)
	err = s.db.InTx(ctx, func(q *sqlc.Queries) error {
		rows, err := q.LockProviderQuotas(ctx, lockOf(provider, uses))
		if err != nil {
			return err
		}
		states := make(map[string]views.QuotaState, len(rows))
		for _, row := range rows {
			states[row.Name] = views.QuotaState{FreeAt: timeOf(row.FreeAt), Day: timeOf(row.Day), Used: row.DayUsed, BlockedUntil: timeOf(row.BlockedUntil)}
		}
		if refused = views.TakeQuotas(states, uses, now); refused.Wait > 0 {
			return nil
		}
		for name, state := range states {
			err := q.SetProviderQuota(ctx, sqlc.SetProviderQuotaParams{
				Provider: provider, Name: name, FreeAt: timeOrNull(state.FreeAt), Day: timeOrNull(state.Day), DayUsed: state.Used,
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return refused, err
}

// BlockQuota lets no worker use the quotas before a time. An earlier time changes nothing.
func (s *Store) BlockQuota(ctx context.Context, provider string, uses []views.QuotaUse, until time.Time) error {
	names := make([]string, len(uses))
	for i, use := range uses {
		names[i] = use.Name
	}
	return db.Translate(s.db.Queries.BlockProviderQuotas(ctx, sqlc.BlockProviderQuotasParams{Provider: provider, Names: names, BlockedUntil: until}))
}

// Quota is what requests to a provider have used of a quota.
type Quota struct {
	Provider string
	Name     string
	Limits   views.Limits
	State    views.QuotaState
}

// ListQuotas returns the quotas of which requests have used something, by provider and name.
func (s *Store) ListQuotas(ctx context.Context) ([]Quota, error) {
	rows, err := s.db.Queries.ListProviderQuotas(ctx)
	quotas := make([]Quota, 0, len(rows))
	for _, row := range rows {
		quotas = append(quotas, Quota{
			Provider: row.Provider, Name: row.Name,
			Limits: views.Limits{
				Rate: views.Rate{Units: row.RateUnits, Per: time.Duration(row.RateMillis) * time.Millisecond},
				Day:  views.DayQuota{Units: row.DayUnits, Zone: row.TimeZone},
			},
			State: views.QuotaState{FreeAt: timeOf(row.FreeAt), Day: timeOf(row.Day), Used: row.DayUsed, BlockedUntil: timeOf(row.BlockedUntil)},
		})
	}
	return quotas, db.Translate(err)
}

func lockOf(provider string, uses []views.QuotaUse) sqlc.LockProviderQuotasParams {
	lock := sqlc.LockProviderQuotasParams{Provider: provider}
	for _, use := range uses {
		lock.Names, lock.TimeZones = append(lock.Names, use.Name), append(lock.TimeZones, use.Limits.Day.Zone)
		lock.RateUnits, lock.RateMillis = append(lock.RateUnits, use.Limits.Rate.Units), append(lock.RateMillis, use.Limits.Rate.Per.Milliseconds())
		lock.DayUnits = append(lock.DayUnits, use.Limits.Day.Units)
	}
	return lock
}

func timeOf(stored *time.Time) time.Time {
	if stored == nil {
		return time.Time{}
	}
	return stored.UTC()
}

func timeOrNull(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	return &at
}
