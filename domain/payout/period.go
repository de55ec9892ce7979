package payout

import (
	"fmt"
	"time"
)

// Period names the ISO week, in UTC, that a payout run pays for: "2026-W47".
func Period(at time.Time) string {
	year, week := at.UTC().ISOWeek()
	return fmt.Sprintf("%04d-W%02d", year, week)
}
