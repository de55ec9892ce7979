package clips

import (
	"context"
	"encoding/json"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/names"
)

// Create writes a submission down, under the campaign guard's lock so that none slips
// in behind the final sweep, and returns what is on record. The same submission again
// changes nothing. It returns fault.Conflict "campaign_not_live" and "duplicate_clip".
func (s *Store) Create(ctx context.Context, c clip.NewClip) (clip.Progress, error) {
	record := clip.Progress{Status: clip.Verifying}
	err := s.db.InTx(ctx, func(q *sqlc.Queries) error {
		if _, err := q.LockCampaignBudget(ctx, c.CampaignID); err != nil {
			return fault.New(fault.NotFound, "campaign_not_found", "no such campaign").Because(err)
		}
		existing, err := q.FindClipRecord(ctx, c.ID)
		if err != nil {
			return err
		}
		if len(existing) > 0 {
			record = clip.Progress{Status: clip.Status(existing[0].Status), Polls: int(existing[0].Polls), EarnedMinor: existing[0].EarnedMinor}
			return nil
		}
		row, err := q.GetCampaignForDecision(ctx, c.CampaignID)
		if err != nil {
			return err
		}
		if row.Status != string(campaign.Live) || row.ClosingAt != nil {
			return fault.New(fault.Conflict, "campaign_not_live", "clips are accepted while a campaign is live: this one is %s", row.Status)
		}
		return q.InsertClip(ctx, sqlc.InsertClipParams{
			ID: c.ID, CampaignID: c.CampaignID, CreatorID: c.CreatorID, Platform: string(c.Platform),
			ExternalID: c.ExternalID, Url: c.URL, Status: string(clip.Verifying),
		})
	})
	return record, err
}

// Tracked is what tracking needs to know of a clip and its campaign.
type Tracked struct {
	ID             string
	CampaignID     string
	CreatorID      string
	Platform       clip.Platform
	ExternalID     string
	Status         clip.Status
	PublishedAt    *time.Time
	CampaignStatus campaign.Status
	Closing        bool
	Terms          campaign.Terms
}

// GetTracked reads a clip for tracking, or returns fault.NotFound.
func (s *Store) GetTracked(ctx context.Context, clipID string) (Tracked, error) {
	row, err := s.db.Queries.GetClipForTracking(ctx, clipID)
	if err != nil {
		return Tracked{}, db.Translate(err)
	}
	tracked := Tracked{
		ID: row.ID, CampaignID: row.CampaignID, CreatorID: row.CreatorID, Platform: clip.Platform(row.Platform),
		ExternalID: row.ExternalID, Status: clip.Status(row.Status), PublishedAt: row.PublishedAt,
		CampaignStatus: campaign.Status(row.CampaignStatus), Closing: row.ClosingAt != nil,
	}
	if err := json.Unmarshal(row.Terms, &tracked.Terms); err != nil {
		return Tracked{}, err
	}
	return tracked, nil
}

// OwnsChannel reports whether a creator has registered the channel that an author digest
// stands for.
func (s *Store) OwnsChannel(ctx context.Context, creatorID string, platform clip.Platform, authorDigest string) (bool, error) {
	count, err := s.db.Queries.CountAuthorChannels(ctx, sqlc.CountAuthorChannelsParams{CreatorID: creatorID, Platform: string(platform), AuthorDigest: authorDigest})
	return count > 0, db.Translate(err)
}

// Move changes a clip's status. Moving to the status it has is no change; it returns
// fault.Conflict "illegal_clip_transition" for a move that does not exist.
func (s *Store) Move(ctx context.Context, clipID string, to clip.Status, reason string) error {
	return s.db.InTx(ctx, func(q *sqlc.Queries) error {
		row, err := q.GetClipForTracking(ctx, clipID)
		if err != nil {
			return err
		}
		from := clip.Status(row.Status)
		if from == to {
			return nil
		}
		if err := clip.Next(from, to); err != nil {
			return err
		}
		return q.UpdateClipStatus(ctx, sqlc.UpdateClipStatusParams{ID: clipID, Status: string(to), StatusReason: db.Optional(reason)})
	})
}

// SetPublished stores when the post was published.
func (s *Store) SetPublished(ctx context.Context, clipID string, at time.Time) error {
	return db.Translate(s.db.Queries.UpdateClipPublished(ctx, sqlc.UpdateClipPublishedParams{ID: clipID, PublishedAt: &at}))
}

// ListOpen lists the ids of clips that may still earn, after a given id, in order.
func (s *Store) ListOpen(ctx context.Context, campaignID, after string, limit int) ([]string, error) {
	if after == "" {
		after = names.NilID
	}
	ids, err := s.db.Queries.ListOpenClips(ctx, sqlc.ListOpenClipsParams{CampaignID: campaignID, After: after, Batch: int32(limit)})
	return ids, db.Translate(err)
}
