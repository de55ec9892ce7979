package clips

import (
	"context"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/names"
)

// ClaimPost finds the creator's channel among the authors of a clip's post and stores it with the clip. If the
// channel is proven, the clip takes the post, unless another clip has it. authorDigests are results of clip.AuthorDigest. Repeating
// it changes nothing.
func (s *Store) ClaimPost(ctx context.Context, clipID string, authorDigests []string) (clip.Claim, error) {
	var claim clip.Claim
	err := s.db.InTx(ctx, func(q *sqlc.Queries) error {
		tracked, err := q.GetClipForTracking(ctx, clipID)
		if err != nil {
			return err
		}
		channels, err := q.LockChannelsOfAuthors(ctx, sqlc.LockChannelsOfAuthorsParams{CreatorID: tracked.CreatorID, Platform: tracked.Platform, AuthorDigests: authorDigests})
		if err != nil {
			return err
		}
		statuses := make([]clip.ChannelStatus, len(channels))
		for i, each := range channels {
			statuses[i] = clip.ChannelStatus(each.Status)
		}
		best := clip.BestClaim(statuses)
		if best < 0 {
			claim = clip.Claim{}
			return nil
		}
		// The lock tells those who credit the campaign's clips to read them again.
		if _, err := q.LockCampaignBudget(ctx, tracked.CampaignID); err != nil {
			return err
		}
		if err := q.CountOwnerships(ctx, []string{tracked.CampaignID}); err != nil {
			return err
		}
		if err := q.UpdateClipChannel(ctx, sqlc.UpdateClipChannelParams{ID: clipID, ChannelID: &channels[best].ID, HoldsPost: statuses[best] == clip.Proven}); err != nil {
			return err
		}
		claim, err = readClaim(ctx, q, clipID)
		return err
	})
	if fault.CodeOf(err) == clip.RejectedDuplicate {
		return clip.Claim{Status: clip.Proven, Taken: true}, nil
	}
	return claim, err
}

// GetClaim returns what the channel of a clip is worth now. A clip whose post was never read has none.
func (s *Store) GetClaim(ctx context.Context, clipID string) (clip.Claim, error) {
	return readClaim(ctx, s.db.Queries, clipID)
}

func readClaim(ctx context.Context, q *sqlc.Queries, clipID string) (clip.Claim, error) {
	rows, err := q.ReadClipChannel(ctx, clipID)
	if err != nil || len(rows) == 0 {
		return clip.Claim{}, db.Translate(err)
	}
	row := rows[0]
	return clip.Claim{
		Status: clip.ChannelStatus(row.Status), Holds: row.HoldsPost, Taken: row.Status == string(clip.Proven) && !row.HoldsPost,
		ProvenByAnother: row.ProvenByAnother,
	}, nil
}

// ListOpenOfChannel returns at most limit ids of clips, of any creator, that may still earn and are of the
// account of a channel, in order, after the id after.
func (s *Store) ListOpenOfChannel(ctx context.Context, channelID, after string, limit int) ([]string, error) {
	if after == "" {
		after = names.NilID
	}
	channel, err := s.db.Queries.ReadChannel(ctx, channelID)
	if err != nil {
		return nil, db.OrNotFound(err, "channel")
	}
	ids, err := s.db.Queries.ListOpenClipsOfAuthor(ctx, sqlc.ListOpenClipsOfAuthorParams{
		Platform: channel.Platform, AuthorDigest: channel.AuthorDigest, After: after, Batch: int32(limit),
	})
	return ids, db.Translate(err)
}
