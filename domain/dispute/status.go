package dispute

// Status is where a brand's bank stands with a payment that it took back.
type Status string

// The statuses of a dispute.
const (
	StatusOpen Status = "open"
	StatusWon  Status = "won"
	StatusLost Status = "lost"
)
