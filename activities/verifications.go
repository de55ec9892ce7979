package activities

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/domain/rail"
)

// The steps of a brand's verification.
var (
	// KnowVerification reports whether a session, named by its id, is one of ours.
	KnowVerification = Activity[string, bool]{"KnowVerification"}
	// ReadVerification reads a session at the rail, by its id.
	ReadVerification = Activity[string, rail.VerificationSession]{"ReadVerification"}
	// RecordVerification stores what the rail showed, and returns the campaigns that may wait for it.
	RecordVerification = Activity[VerificationReading, []string]{"RecordVerification"}
)

// VerificationReading is a session as the rail showed it at a time.
type VerificationReading struct {
	Session rail.VerificationSession `json:"session"`
	Now     time.Time                `json:"now"`
}

func (l Ledger) registerVerifications(registry Registry) {
	bind(registry, KnowVerification, l.Books.Campaigns.HasSession)
	bind(registry, RecordVerification, func(ctx context.Context, in VerificationReading) ([]string, error) {
		return l.Books.Campaigns.RecordVerification(ctx, in.Session, in.Now)
	})
}
