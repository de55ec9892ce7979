package dispute

// Status is the booked state of a dispute.
type Status string

// The statuses of a dispute.
const (
	StatusOpen Status = "open"
	StatusWon  Status = "won"
	StatusLost Status = "lost"
)
