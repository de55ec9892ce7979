package db

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/clip"
)

// ProviderAttempt is one request to a provider, whatever came of it.
type ProviderAttempt struct {
	ID            string
	Provider      string
	Platform      clip.Platform
	Clips         int
	Outcome       string
	CostMicros    int64
	StartedAt     time.Time
	LatencyMillis int64
}

// RecordAttempt stores an attempt once.
func (s *Store) RecordAttempt(ctx context.Context, attempt ProviderAttempt) error {
	return translate(s.queries.InsertProviderAttempt(ctx, sqlc.InsertProviderAttemptParams{
		ID: attempt.ID, Provider: attempt.Provider, Platform: string(attempt.Platform), Clips: int32(attempt.Clips),
		Outcome: attempt.Outcome, CostMicros: attempt.CostMicros, StartedAt: attempt.StartedAt, LatencyMs: attempt.LatencyMillis,
	}))
}
