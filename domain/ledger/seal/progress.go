package seal

// Limits bound one block.
type Limits struct {
	// EntriesMax is how many entries a block has at most.
	EntriesMax int `json:"entries_max"`
	// TailMax is how many sealed postings an account may have behind its last checkpoint: a
	// balance is read from the checkpoint and that many postings, and what is not sealed yet.
	TailMax int `json:"tail_max"`
}

// DefaultLimits seal some ten thousand entries in less than a second.
func DefaultLimits() Limits { return Limits{EntriesMax: 10_000, TailMax: 500} }

// Progress is what one call of SealEntries did.
type Progress struct {
	// Number of the new seal; zero if there was nothing to seal, or another pass is at it.
	Number      int64 `json:"number"`
	Entries     int64 `json:"entries"`
	Checkpoints int64 `json:"checkpoints"`
	// More says that entries are left which the next call can seal at once.
	More bool `json:"more"`
	// Held says that transactions which may still post held the pass up: a later one goes on.
	Held bool `json:"held"`
}
