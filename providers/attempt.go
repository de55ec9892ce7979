package providers

import (
	"context"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/views"
)

// Recorder stores attempts. An error means that the attempt is not stored.
type Recorder interface {
	RecordAttempt(ctx context.Context, attempt views.Attempt) error
}

// Observation is what one attempt reported about one clip: a reading, or why there is none.
type Observation struct {
	Reading *views.Reading
	// Missing is one of NotFound, Private, Removed and Unreadable if Reading is nil.
	Missing string
	// Alone: the post is unreadable, while the provider reads others.
	Alone     bool
	AttemptID string
	Provider  string
}

func outcomeOf(externalIDs []string, batch Batch, err error) string {
	switch fault.KindOf(err) {
	case "":
	case fault.RateLimited:
		return views.OutcomeRateLimited
	case fault.Denied:
		return views.OutcomeDenied
	case fault.Invalid:
		return views.OutcomeInvalid
	default:
		return views.OutcomeUnavailable
	}
	for _, id := range externalIDs {
		if _, found := batch.Readings[id]; !found && batch.missing(id) == views.Unreadable {
			return views.OutcomePartial
		}
	}
	return views.OutcomeOK
}

// missing returns the reason for id. A clip that the client left out is unreadable.
func (b Batch) missing(id string) string {
	if reason := b.Missing[id]; reason != "" {
		return reason
	}
	return views.Unreadable
}
