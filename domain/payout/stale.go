package payout

import (
	"github.com/creditroll/creditroll/domain/duration"
)

// StalePage requests payouts whose workflow must run and that have not changed for UnchangedFor,
// starting after one of them. Of the paid ones these are those of the last ReturnWindow, because a
// bank can still return them. Both are measured with the clock that dates the changes.
type StalePage struct {
	After        string        `json:"after"`
	UnchangedFor duration.Text `json:"unchanged_for"`
	ReturnWindow duration.Text `json:"return_window"`
	Limit        int           `json:"limit"`
}
