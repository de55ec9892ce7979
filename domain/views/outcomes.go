package views

// Outcomes of an attempt.
const (
	OutcomeOK = "ok"
	// OutcomePartial: at least one clip was unreadable or left out of the answer.
	OutcomePartial     = "partial"
	OutcomeRateLimited = "rate_limited"
	OutcomeUnavailable = "unavailable"
	OutcomeDenied      = "denied"
	OutcomeInvalid     = "invalid"
)
