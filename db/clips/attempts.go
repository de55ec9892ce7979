package clips

import (
	"cmp"
	"context"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/views"
)

// RecordAttempt stores a provider attempt, and what it has cost each campaign. Storing it again changes nothing.
func (s *Store) RecordAttempt(ctx context.Context, attempt views.Attempt) error {
	return db.Translate(s.db.Queries.InsertProviderAttempt(ctx, attemptRow(attempt)))
}

func attemptRow(attempt views.Attempt) sqlc.InsertProviderAttemptParams {
	row := sqlc.InsertProviderAttemptParams{
		ID: attempt.ID, Provider: attempt.Provider, Platform: string(attempt.Platform), Clips: int32(attempt.Clips),
		Outcome: attempt.Outcome, CostMicros: attempt.CostMicros, StartedAt: attempt.StartedAt, LatencyMs: attempt.LatencyMillis, ClipsRead: int32(attempt.Read),
	}
	for _, share := range views.SplitCost(attempt.CostMicros, attempt.ClipsOf) {
		row.CampaignIds = append(row.CampaignIds, cmp.Or(share.CampaignID, names.NilID))
		row.CampaignClips, row.CampaignMicros = append(row.CampaignClips, int64(share.Clips)), append(row.CampaignMicros, share.CostMicros)
	}
	return row
}

// LastReads returns when a provider has last read posts of a platform. A post that it has never read is left out.
func (s *Store) LastReads(ctx context.Context, provider string, platform clip.Platform, externalIDs []string) (map[string]time.Time, error) {
	rows, err := s.db.Queries.ListLastReads(ctx, sqlc.ListLastReadsParams{Provider: provider, Platform: string(platform), ExternalIds: externalIDs})
	reads := make(map[string]time.Time, len(rows))
	for _, row := range rows {
		reads[row.ExternalID] = row.ReadAt
	}
	return reads, db.Translate(err)
}

const (
	// A provider that was not asked for so long is not in use any more.
	troubleUnasked = 24 * time.Hour
	// troubleMax is how far back attempts are counted.
	troubleMax = 31 * 24 * time.Hour
)

// ListTroubles returns the providers whose latest answers are no good, by provider and platform. One that was not asked
// for a day is left out.
func (s *Store) ListTroubles(ctx context.Context, now time.Time) ([]views.Trouble, error) {
	rows, err := s.db.Queries.ListProviderTroubles(ctx, sqlc.ListProviderTroublesParams{Since: now.Add(-troubleMax), AskedAfter: now.Add(-troubleUnasked)})
	troubles := make([]views.Trouble, 0, len(rows))
	for _, row := range rows {
		trouble := views.Trouble{Provider: row.Provider, Platform: clip.Platform(row.Platform), AskedAt: row.AskedAt.UTC(), Vanished: int(row.Vanished), Failed: int(row.Failed), Failures: row.Failures}
		if row.Vanished > 0 {
			trouble.VanishedSince = row.VanishedSince.UTC()
		}
		if row.Failed > 0 {
			trouble.FailingSince = row.FailingSince.UTC()
		}
		troubles = append(troubles, trouble)
	}
	return troubles, db.Translate(err)
}
