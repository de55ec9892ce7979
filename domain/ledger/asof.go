package ledger

import (
	"time"

	"github.com/creditroll/creditroll/domain/fault"
)

// AsOf chooses the entries that a balance is made of. Nil leaves a side open; both together
// answer "what did we believe then about that day".
type AsOf struct {
	// EffectiveAt leaves out what is dated later. An entry that was recorded late counts from
	// the day that it is dated.
	EffectiveAt *time.Time
	// RecordedAt leaves out what was recorded later: the books as they stood then.
	RecordedAt *time.Time
}

// IsNow reports whether everything counts.
func (a AsOf) IsNow() bool { return a.EffectiveAt == nil && a.RecordedAt == nil }

// Validate returns fault.Invalid "as_of_in_future" for a moment behind now: the books do not
// know it yet.
func (a AsOf) Validate(now time.Time) error {
	for field, moment := range map[string]*time.Time{"as_of": a.EffectiveAt, "recorded_as_of": a.RecordedAt} {
		if moment != nil && moment.After(now) {
			return fault.Field(field, "as_of_in_future", "%s lies in the future: ask for a moment up to now", moment.UTC().Format(time.RFC3339))
		}
	}
	return nil
}

// Moment reads a moment: a time of RFC 3339, or a date, which stands for the end of that day
// in UTC, and today's for now. Entries at the very moment count. An empty text is none. It
// returns fault.Invalid "as_of_malformed" or "as_of_in_future".
func Moment(field, text string, now time.Time) (*time.Time, error) {
	if text == "" {
		return nil, nil
	}
	moment, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		day, notDay := time.ParseInLocation(time.DateOnly, text, time.UTC)
		if notDay != nil {
			return nil, fault.Field(field, "as_of_malformed", "%.40q is no moment: write 2026-03-31 for the end of that day in UTC, or 2026-03-31T18:00:00Z", text)
		}
		moment = day.AddDate(0, 0, 1).Add(-time.Microsecond)
		if !day.After(now) && moment.After(now) {
			moment = now
		}
	}
	if moment.After(now) {
		return nil, fault.Field(field, "as_of_in_future", "%.40q lies in the future: ask for a moment up to now", text)
	}
	return &moment, nil
}
