package payout

// Count counts the payouts of a run: all that have a reservation, and those of them
// that are at work: not paid, not ended, and not waiting for a person.
type Count struct {
	Reserved int64 `json:"reserved"`
	AtWork   int64 `json:"at_work"`
}
