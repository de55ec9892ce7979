package clips

import (
	"context"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/views"
)

// RecordAttempt stores a provider attempt. Storing it again changes nothing.
func (s *Store) RecordAttempt(ctx context.Context, attempt views.Attempt) error {
	return db.Translate(s.db.Queries.InsertProviderAttempt(ctx, sqlc.InsertProviderAttemptParams{
		ID: attempt.ID, Provider: attempt.Provider, Platform: string(attempt.Platform), Clips: int32(attempt.Clips),
		Outcome: attempt.Outcome, CostMicros: attempt.CostMicros, StartedAt: attempt.StartedAt, LatencyMs: attempt.LatencyMillis,
	}))
}
