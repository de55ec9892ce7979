package payout

// RunCount requests the counts of a run. Starting are the ids of payouts that were started and may
// have no reservation yet.
type RunCount struct {
	RunID    string   `json:"run_id"`
	Starting []string `json:"starting,omitempty"`
}

// Count has the payouts of a run: those that are reserved, and of these the ones that the run
// still works on, that wait for the bank's answer, and that wait for a person. Unreserved are
// those of RunCount.Starting that are not on record.
type Count struct {
	Reserved   int64    `json:"reserved"`
	AtWork     int64    `json:"at_work"`
	AtBank     int64    `json:"at_bank"`
	Parked     int64    `json:"parked"`
	Unreserved []string `json:"unreserved,omitempty"`
}
