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

// Create stores a submission and returns the progress of the clip. Only clips of proven channels take a
// post, and those of the same creator. It holds the lock of the
// campaign's budget guard, so that no clip is added after the final sweep. Repeating a
// submission changes nothing, except that a clip whose post was missing starts again: it keeps its
// readings and what it has earned. It returns fault.Conflict "campaign_not_live" and
// "duplicate_clip", and fault.NotFound "campaign_not_found" and "creator_not_found".
func (s *Store) Create(ctx context.Context, c clip.NewClip) (clip.Progress, error) {
	record := clip.Progress{Status: clip.Verifying}
	err := s.db.InTx(ctx, func(q *sqlc.Queries) error {
		if _, err := q.LockCampaignBudget(ctx, c.CampaignID); err != nil {
			return db.Absent(err, fault.New(fault.NotFound, "campaign_not_found", "no such campaign"))
		}
		existing, err := q.FindClipRecord(ctx, c.ID)
		if err != nil {
			return err
		}
		row, err := q.GetCampaignForDecision(ctx, c.CampaignID)
		if err != nil {
			return err
		}
		accepts := row.Status == string(campaign.Live) && row.ClosingAt == nil
		if len(existing) > 0 {
			record = progressOf(existing[0])
			if !accepts || !clip.StartsAgain(record.Status, db.Text(existing[0].StatusReason)) {
				return addClaim(ctx, q, c.ID, &record)
			}
			if err := checkPost(ctx, q, sqlc.IsPostTakenParams{ID: c.ID, CreatorID: c.CreatorID, Platform: string(c.Platform), ExternalID: c.ExternalID}); err != nil {
				return err // another clip has it by now
			}
			record.Status, record.WaitingFor = clip.Verifying, ""
			return q.UpdateClipStatus(ctx, sqlc.UpdateClipStatusParams{ID: c.ID, Status: string(clip.Verifying)})
		}
		if err := checkPost(ctx, q, sqlc.IsPostTakenParams{ID: c.ID, CreatorID: c.CreatorID, Platform: string(c.Platform), ExternalID: c.ExternalID}); err != nil {
			return err
		}
		if !accepts {
			return fault.New(fault.Conflict, "campaign_not_live", "a campaign accepts clips only while it is live: this one is %s", row.Status)
		}
		return q.InsertClip(ctx, sqlc.InsertClipParams{
			ID: c.ID, CampaignID: c.CampaignID, CreatorID: c.CreatorID, Platform: string(c.Platform),
			ExternalID: c.ExternalID, Url: c.URL, Status: string(clip.Verifying),
		})
	})
	return record, err
}

// checkPost returns fault.Conflict "duplicate_clip" if another clip has the post.
func checkPost(ctx context.Context, q *sqlc.Queries, post sqlc.IsPostTakenParams) error {
	taken, err := q.IsPostTaken(ctx, post)
	if err != nil || !taken {
		return err
	}
	return fault.New(fault.Conflict, "duplicate_clip", "this post was submitted before, by the creator or by one who has proven the channel")
}

func progressOf(row sqlc.FindClipRecordRow) clip.Progress {
	progress := clip.Progress{
		Status: clip.Status(row.Status), Polls: int(row.Polls), EarnedMinor: row.EarnedMinor, WaitingFor: db.Text(row.WaitingFor), ReviewClosed: row.ReviewClosedAt != nil,
	}
	if row.ReviewDeadline != nil {
		progress.ReviewDeadline = row.ReviewDeadline.UTC()
	}
	return progress
}

// Tracked is the data of a clip and its campaign that tracking needs.
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
	// ReviewClosed: the campaign has ended while the clip was in review.
	ReviewClosed bool
}

// GetTracked returns a clip for tracking, or fault.NotFound.
func (s *Store) GetTracked(ctx context.Context, clipID string) (Tracked, error) {
	row, err := s.db.Queries.GetClipForTracking(ctx, clipID)
	if err != nil {
		return Tracked{}, db.Translate(err)
	}
	tracked := Tracked{
		ID: row.ID, CampaignID: row.CampaignID, CreatorID: row.CreatorID, Platform: clip.Platform(row.Platform),
		ExternalID: row.ExternalID, Status: clip.Status(row.Status), PublishedAt: row.PublishedAt,
		CampaignStatus: campaign.Status(row.CampaignStatus), Closing: row.ClosingAt != nil,
		ReviewClosed: row.ReviewClosedAt != nil,
	}
	if err := json.Unmarshal(row.Terms, &tracked.Terms); err != nil {
		return Tracked{}, err
	}
	tracked.Terms.EndsAt = row.EndsAt.UTC()
	return tracked, nil
}

// NoteWaiting stores what a clip waits for. Every move of the clip clears it, and one that has ended waits for nothing,
// however late the note comes.
func (s *Store) NoteWaiting(ctx context.Context, waiting clip.Waiting) error {
	return db.Translate(s.db.Queries.UpdateClipWaiting(ctx, sqlc.UpdateClipWaitingParams{ID: waiting.ClipID, WaitingFor: db.Optional(waiting.For)}))
}

// SetPublished stores when the post was published.
func (s *Store) SetPublished(ctx context.Context, clipID string, at time.Time) error {
	return db.Translate(s.db.Queries.UpdateClipPublished(ctx, sqlc.UpdateClipPublishedParams{ID: clipID, PublishedAt: &at}))
}

// ListOpen returns at most limit ids of clips that may still earn, in order, after the id after.
func (s *Store) ListOpen(ctx context.Context, campaignID, after string, limit int) ([]string, error) {
	if after == "" {
		after = names.NilID
	}
	ids, err := s.db.Queries.ListOpenClips(ctx, sqlc.ListOpenClipsParams{CampaignID: campaignID, After: after, Batch: int32(limit)})
	return ids, db.Translate(err)
}
