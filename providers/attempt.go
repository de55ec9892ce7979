package providers

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/views"
)

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

// Attempt is the record of one request to a provider.
type Attempt struct {
	// ID is a version 7 UUID.
	ID            string
	Provider      string
	Platform      clip.Platform
	Clips         int
	Outcome       string
	CostMicros    int64
	StartedAt     time.Time
	LatencyMillis int64
}

// Recorder stores attempts. An error means that the attempt is not stored.
type Recorder interface {
	RecordAttempt(ctx context.Context, attempt Attempt) error
}

// Observation is what one attempt reported about one clip: a reading, or why there is none.
type Observation struct {
	Reading *views.Reading
	// Missing is one of NotFound, Private, Removed and Unreadable if Reading is nil.
	Missing   string
	AttemptID string
	Provider  string
}

func outcomeOf(externalIDs []string, batch Batch, err error) string {
	switch fault.KindOf(err) {
	case "":
	case fault.RateLimited:
		return OutcomeRateLimited
	case fault.Denied:
		return OutcomeDenied
	case fault.Invalid:
		return OutcomeInvalid
	default:
		return OutcomeUnavailable
	}
	for _, id := range externalIDs {
		if _, found := batch.Readings[id]; !found && batch.missing(id) == Unreadable {
			return OutcomePartial
		}
	}
	return OutcomeOK
}

// missing returns the reason for id. A clip that the client left out is unreadable.
func (b Batch) missing(id string) string {
	if reason := b.Missing[id]; reason != "" {
		return reason
	}
	return Unreadable
}
