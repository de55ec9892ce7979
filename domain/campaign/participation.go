package campaign

// ParticipationStatus is the state of a creator's application to a campaign.
type ParticipationStatus string

// The statuses of a participation. A decision is final.
const (
	ParticipationApplied  ParticipationStatus = "applied"
	ParticipationAccepted ParticipationStatus = "accepted"
	ParticipationRejected ParticipationStatus = "rejected"
)
