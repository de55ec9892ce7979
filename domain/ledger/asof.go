package ledger

import (
	"time"

	"github.com/creditroll/creditroll/domain/fault"
)

// AsOf selects the entries that a balance is made of. A nil field does not limit them. Both fields
// together answer what the books had on one day about another.
type AsOf struct {
	// EffectiveAt leaves out entries that are dated later. An entry that was recorded late counts
	// from its date.
	EffectiveAt *time.Time
	// RecordedAt leaves out entries that were recorded later, so the books are as they were then.
	RecordedAt *time.Time
}

// IsNow reports whether everything counts.
func (a AsOf) IsNow() bool { return a.EffectiveAt == nil && a.RecordedAt == nil }

// Validate returns fault.Invalid "as_of_in_future" for a moment after now.
func (a AsOf) Validate(now time.Time) error {
	for field, moment := range map[string]*time.Time{"as_of": a.EffectiveAt, "recorded_as_of": a.RecordedAt} {
		if moment != nil && moment.After(now) {
			return fault.Field(field, "as_of_in_future", "%s lies in the future: ask for a moment up to now", moment.UTC().Format(time.RFC3339))
		}
	}
	return nil
}

// Moment parses a moment: a time of RFC 3339 or a date. A date stands for the end of that day in
// UTC, and the date of today for now. Entries at the very moment count. An empty text returns nil.
// It returns fault.Invalid "as_of_malformed" or "as_of_in_future".
func Moment(field, text string, now time.Time) (*time.Time, error) {
	if text == "" {
		return nil, nil
	}
	moment, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		day, notDay := time.ParseInLocation(time.DateOnly, text, time.UTC)
		if notDay != nil {
			return nil, fault.Field(field, "as_of_malformed", "%.40q is not a moment: write 2026-03-31 for the end of that day in UTC, or 2026-03-31T18:00:00Z", text)
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
