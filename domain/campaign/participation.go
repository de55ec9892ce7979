package campaign

// ParticipationStatus is where a creator's application to a campaign stands.
type ParticipationStatus string

// The statuses of a participation. A decision is final.
const (
	ParticipationApplied  ParticipationStatus = "applied"
	ParticipationAccepted ParticipationStatus = "accepted"
	ParticipationRejected ParticipationStatus = "rejected"
)
