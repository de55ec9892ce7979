package views

// Outcomes of an attempt.
const (
	OutcomeOK = "ok"
	// OutcomePartial: at least one clip was unreadable or left out of the answer.
	OutcomePartial = "partial"
	// OutcomeManyMissing: many posts vanished at once that the provider had found before, or a probe after that
	// still reads none of them. Its word on them does not count.
	OutcomeManyMissing = "many_missing"
	OutcomeRateLimited = "rate_limited"
	OutcomeUnavailable = "unavailable"
	OutcomeDenied      = "denied"
	OutcomeInvalid     = "invalid"
)
