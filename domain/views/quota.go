package views

import (
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"time"

	"github.com/creditroll/creditroll/domain/fault"
)

// Codes of a fault.RateLimited for a request that a provider may not be asked now.
const (
	// QuotaExhausted: by our own count, nothing is left. Nothing was asked.
	QuotaExhausted = "quota_exhausted"
	// ProviderLimited: the provider has refused a request because there were too many, a moment ago or this time.
	ProviderLimited = "provider_rate_limited"
	// ProviderQuotaExceeded is ProviderLimited for the quota of a plan.
	ProviderQuotaExceeded = "provider_quota_exceeded"
)

// QuotaShortWait is the longest wait for quota for which a reading is not given to the next provider.
const QuotaShortWait = 10 * time.Second

// Limits bound the requests to a provider. Both may be set; the zero Limits bound nothing.
type Limits struct {
	Rate Rate
	Day  DayQuota
}

// Rate is how many units may be used in any time as long as Per. The zero Rate has no limit.
type Rate struct {
	Units int64
	Per   time.Duration
}

// DayQuota is how many units may be used in a day of a time zone. The zero DayQuota has no limit.
type DayQuota struct {
	Units int64
	// Zone is a name of the IANA database. Empty means UTC.
	Zone string
}

// QuotaState is what has been used under Limits.
type QuotaState struct {
	// FreeAt is when all of the rate is free again: the theoretical arrival time of GCRA.
	FreeAt time.Time
	// Day is the day to which Used belongs, as its midnight in UTC.
	Day  time.Time
	Used int64
	// BlockedUntil is when a provider that has refused a request may be asked again.
	BlockedUntil time.Time
}

// QuotaUse is what one request uses of a quota, which is named.
type QuotaUse struct {
	Name   string
	Limits Limits
	Units  int64
}

// QuotaRefusal is why a request must not be sent, and how long. The zero QuotaRefusal refuses nothing.
type QuotaRefusal struct {
	Wait time.Duration
	// Blocked: the provider itself has refused an earlier request.
	Blocked bool
}

const (
	// burstShare is the part of a rate that may be used at once. The rest flows evenly.
	burstShare = 10
	// RatePerMax bounds the time of a rate, as unitsMax does its units.
	RatePerMax = 366 * day
	unitsMax   = 1_000_000_000
)

// Validate returns fault.Invalid for limits that make no sense.
func (l Limits) Validate() error {
	switch {
	case l.Rate.Units < 0, l.Day.Units < 0, l.Rate.Units > unitsMax, l.Day.Units > unitsMax:
		return fault.New(fault.Invalid, "invalid_quota", "the units of a quota must be from 1 to %d", int64(unitsMax))
	case l.Rate.Units > 0 && (l.Rate.Per < time.Millisecond || l.Rate.Per > RatePerMax):
		return fault.New(fault.Invalid, "invalid_quota", "the time of a rate must be from 1ms to a year")
	case l.Rate.Units > l.Rate.Per.Microseconds():
		return fault.New(fault.Invalid, "invalid_quota", "the rate %d in %s is too high: it must be at most one in a microsecond", l.Rate.Units, l.Rate.Per)
	}
	if _, err := time.LoadLocation(l.Day.Zone); err != nil {
		return fault.New(fault.Invalid, "invalid_quota", "%.40q is not a time zone: write it as America/Los_Angeles", l.Day.Zone)
	}
	return nil
}

// Take takes units for a request that is about to be sent. It returns the state after it, or the same state and how long
// to wait until the units are free. The limits must be valid, units no more than a burst, and now in whole microseconds, as
// the database stores it.
func (l Limits) Take(state QuotaState, units int64, now time.Time) (QuotaState, time.Duration) {
	after := state
	rateWait := l.Rate.take(&after, units, now)
	dayWait := l.Day.take(&after, units, now)
	if wait := max(rateWait, dayWait, state.BlockedUntil.Sub(now)); wait > 0 {
		return state, wait
	}
	return after, 0
}

// TakeQuotas takes the units of one request from all of its quotas, whose states it changes, or from none.
func TakeQuotas(states map[string]QuotaState, uses []QuotaUse, now time.Time) QuotaRefusal {
	after, refused := map[string]QuotaState{}, QuotaRefusal{}
	for _, use := range uses {
		state := states[use.Name]
		next, wait := use.Limits.Take(state, use.Units, now)
		after[use.Name] = next
		if wait > refused.Wait {
			refused = QuotaRefusal{Wait: wait, Blocked: state.BlockedUntil.Sub(now) >= wait}
		}
	}
	if refused.Wait == 0 {
		maps.Copy(states, after)
	}
	return refused
}

// Burst is how many units may be used at once after a rest.
func (r Rate) Burst() int64 { return max(1, r.Units/burstShare) }

// interval is the time in which one unit becomes free. A burst and the units that become free while Per passes must not be
// more than Units together. It is rounded up, so that rounding never allows more.
func (r Rate) interval() time.Duration {
	steps := r.Units - r.Burst() + 1
	micros := r.Per.Microseconds()
	return time.Duration((micros+steps-1)/steps) * time.Microsecond
}

// take is GCRA, the generic cell rate algorithm: https://en.wikipedia.org/wiki/Generic_cell_rate_algorithm
func (r Rate) take(state *QuotaState, units int64, now time.Time) time.Duration {
	if r.Units == 0 {
		return 0
	}
	from := state.FreeAt
	if from.Before(now) {
		from = now
	}
	freeAt := from.Add(time.Duration(units) * r.interval())
	if wait := freeAt.Sub(now) - time.Duration(r.Burst())*r.interval(); wait > 0 {
		return wait
	}
	state.FreeAt = freeAt
	return 0
}

// Used returns how many units of the rate are not free at a time.
func (r Rate) Used(state QuotaState, now time.Time) int64 {
	if r.Units == 0 || !state.FreeAt.After(now) {
		return 0
	}
	interval := r.interval()
	return min(r.Units, int64((state.FreeAt.Sub(now)+interval-1)/interval))
}

func (d DayQuota) take(state *QuotaState, units int64, now time.Time) time.Duration {
	if d.Units == 0 {
		return 0
	}
	used := d.Used(*state, now)
	if used+units > d.Units {
		return max(1, d.NextDay(*state, now).Sub(now))
	}
	state.Day, state.Used = d.dayOf(*state, now), used+units
	return 0
}

// Used returns how many units the day has used.
func (d DayQuota) Used(state QuotaState, now time.Time) int64 {
	if !state.Day.Equal(d.dayOf(state, now)) {
		return 0
	}
	return state.Used
}

// dayOf returns the day at a time. A day that has begun by the clock of another worker is not taken back: its units
// would be given twice.
func (d DayQuota) dayOf(state QuotaState, now time.Time) time.Time {
	year, month, date := now.In(d.location()).Date()
	today := time.Date(year, month, date, 0, 0, 0, 0, time.UTC)
	if state.Day.After(today) {
		return state.Day
	}
	return today
}

// NextDay returns when the units of the next day begin.
func (d DayQuota) NextDay(state QuotaState, now time.Time) time.Time {
	year, month, date := d.dayOf(state, now).Date()
	midnight := time.Date(year, month, date+1, 0, 0, 0, 0, d.location())
	if midnight.Day() == date { // where clocks change at midnight, there is none
		midnight = midnight.Add(hour)
	}
	return midnight
}

func (d DayQuota) location() *time.Location {
	location, err := time.LoadLocation(d.Zone)
	if err != nil {
		return time.UTC // Validate has refused it
	}
	return location
}

const (
	// quotaWaitMin is the shortest wait of a clip for quota.
	quotaWaitMin   = time.Minute
	quotaDoublings = 10
	// quotaSpread is the longest time over which clips that wait for one reset are spread.
	quotaSpread = 30 * time.Minute
)

// NextForQuota returns how long a clip waits for quota that is free again after a time. Clips wake up one after the
// other, by their ids: many wait for the same midnight. again counts how often the quota was used up by others when it should have
// been free; the wait grows with it. No wait is longer than longest, because a person may raise the quota.
func NextForQuota(clipID string, freeAfter time.Duration, again int, longest time.Duration) time.Duration {
	wait := max(freeAfter, quotaWaitMin<<min(max(again, 0), quotaDoublings))
	spread := min(quotaSpread, wait)
	digest := sha256.Sum256([]byte(clipID))
	later := time.Duration(binary.BigEndian.Uint64(digest[:8])%uint64(spread/time.Millisecond)) * time.Millisecond
	return max(1, min(wait+later, longest))
}
