package providers

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/views"
)

// Recorder stores attempts, and knows what earlier ones have read.
type Recorder interface {
	// RecordAttempt stores an attempt. An error means that it is not stored.
	RecordAttempt(ctx context.Context, attempt views.Attempt) error
	// LastReads returns when a provider has last read posts of a platform. A post that it has never read is left out.
	LastReads(ctx context.Context, provider string, platform clip.Platform, externalIDs []string) (map[string]time.Time, error)
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
