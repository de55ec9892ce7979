package seal

// Limits bound one block.
type Limits struct {
	// EntriesMax is how many entries a block has at most.
	EntriesMax int `json:"entries_max"`
	// TailMax is how many sealed postings an account may have after its last checkpoint. A
	// balance is read from the checkpoint, that many postings, and what is not sealed yet.
	TailMax int `json:"tail_max"`
}

// DefaultLimits seal about ten thousand entries in less than a second.
func DefaultLimits() Limits { return Limits{EntriesMax: 10_000, TailMax: 500} }

// Progress is what one call of SealEntries did.
type Progress struct {
	// Number of the new seal. Zero if there was nothing to seal, or if another pass is sealing.
	Number      int64 `json:"number"`
	Entries     int64 `json:"entries"`
	Checkpoints int64 `json:"checkpoints"`
	// More is true if entries are left that the next call can seal at once.
	More bool `json:"more"`
	// Held is true if the pass stopped before transactions that may still post. A later pass
	// continues.
	Held bool `json:"held"`
}
