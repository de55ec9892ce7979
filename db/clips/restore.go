package clips

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
)

// Restore starts a clip again that was removed or rejected, and returns its progress. It holds the same
// lock as Create. A clip that has started again already is left as it is. One whose campaign is ending takes its final
// reading at once, because the campaign has signalled its clips already. A clip of a campaign that has ended is
// approved, if money is kept for it. An open appeal is decided by the same
// transaction, and a clip with one is restored in no other way. If nothing is kept, the appeal is overturned all the same,
// and the clip has ended with the reason clip.OverturnedOnAppeal. It returns fault.NotFound, fault.Denied "same_person",
// fault.Conflict "nothing_kept", "appeal_open", "appeal_decided", "clip_not_ended", and "duplicate_clip" if the
// post belongs to another clip by now.
func (s *Store) Restore(ctx context.Context, in clip.Restoration) (clip.Progress, error) {
	var restored clip.Progress
	err := s.db.InTx(ctx, func(q *sqlc.Queries) error {
		tracked, err := q.GetClipForTracking(ctx, in.ClipID)
		if err != nil {
			return err
		}
		// Claims are locked before the budget, as in ClaimPost: no proof comes in between.
		channels, err := q.LockChannelOfClip(ctx, in.ClipID)
		if err != nil {
			return err
		}
		if _, err := q.LockCampaignBudget(ctx, tracked.CampaignID); err != nil {
			return err
		}
		existing, err := q.FindClipRecord(ctx, in.ClipID)
		if err != nil {
			return err
		}
		row, err := q.GetCampaignForDecision(ctx, tracked.CampaignID)
		if err != nil {
			return err
		}
		restored = progressOf(existing[0])
		restored.Ending = row.ClosingAt != nil
		if restored.Status == clip.Verifying || restored.Status == clip.Tracking && restored.ReviewClosed {
			return addClaim(ctx, q, in.ClipID, &restored)
		}
		if repeated, err := decideByRestoring(ctx, q, in); err != nil || repeated {
			return err
		}
		if err := clip.Restore.Allow(restored.Status); err != nil {
			return err
		}
		if campaign.Status(row.Status).Credits() {
			err = checkPost(ctx, q, sqlc.IsPostTakenParams{ID: in.ClipID, CreatorID: tracked.CreatorID, Platform: tracked.Platform, ExternalID: tracked.ExternalID})
			if err == nil {
				err = restart(ctx, q, in.ClipID, &restored)
			}
		} else {
			err = approveKept(ctx, q, in, &restored)
			if err == nil && restored.Status == clip.Tracking {
				err = takePost(ctx, q, in.ClipID, tracked.CampaignID, channels)
			}
		}
		if err != nil {
			return err
		}
		if err := addClaim(ctx, q, in.ClipID, &restored); err != nil {
			return err
		}
		return rule(ctx, q, in.ClipID, in.Ruling)
	})
	return restored, err
}

// restart lets a clip be verified and tracked once more.
func restart(ctx context.Context, q *sqlc.Queries, clipID string, restored *clip.Progress) error {
	restored.Status, restored.ReviewClosed = clip.Verifying, false
	if err := q.UpdateClipReopened(ctx, clipID); err != nil {
		return err
	}
	return q.UpdateClipStatus(ctx, sqlc.UpdateClipStatusParams{ID: clipID, Status: string(clip.Verifying)})
}

// approveKept lets a clip earn what is kept for it after the end of its campaign. It is not read again. If nothing is
// kept, an appeal is overturned without money.
func approveKept(ctx context.Context, q *sqlc.Queries, in clip.Restoration, restored *clip.Progress) error {
	kept, err := q.FindKept(ctx, in.ClipID)
	if err != nil {
		return err
	}
	switch {
	case (len(kept) == 0 || kept[0].KeptMinor == 0) && in.AppealID != "":
		reason := string(clip.OverturnedOnAppeal)
		return q.UpdateClipStatus(ctx, sqlc.UpdateClipStatusParams{ID: in.ClipID, Status: string(restored.Status), StatusReason: &reason})
	case len(kept) == 0 || kept[0].KeptMinor == 0:
		return fault.New(fault.Conflict, "nothing_kept", "the campaign has ended, and no money is kept for the clip: what the clip should have earned can be paid by a correction")
	}
	if err := q.UpdateKeptRelease(ctx, sqlc.UpdateKeptReleaseParams{ClipID: in.ClipID}); err != nil {
		return err
	}
	if err := q.UpdateClipClosedNow(ctx, sqlc.UpdateClipClosedNowParams{ID: in.ClipID, ClosedAt: in.Ruling.At}); err != nil {
		return err
	}
	if err := q.UpdateReviewCount(ctx, kept[0].CampaignID); err != nil {
		return err
	}
	restored.Status, restored.ReviewClosed = clip.Tracking, true
	return q.UpdateClipStatus(ctx, sqlc.UpdateClipStatusParams{ID: in.ClipID, Status: string(clip.Tracking)})
}

// takePost gives a clip that is not read again the post of its proven channel: a proof passes over rejected clips. It
// returns fault.Conflict "duplicate_clip" if another clip has the post. The caller has locked the channels and the budget guard.
func takePost(ctx context.Context, q *sqlc.Queries, clipID, campaignID string, channels []sqlc.LockChannelOfClipRow) error {
	if len(channels) == 0 || channels[0].Status != string(clip.Proven) {
		return nil
	}
	if err := q.UpdateClipChannel(ctx, sqlc.UpdateClipChannelParams{ID: clipID, ChannelID: &channels[0].ID, HoldsPost: true}); err != nil {
		return err
	}
	return q.CountOwnerships(ctx, []string{campaignID})
}

// decideByRestoring decides the appeal of a clip that is restored, and reports whether that was done before.
func decideByRestoring(ctx context.Context, q *sqlc.Queries, in clip.Restoration) (repeated bool, err error) {
	appeals, err := q.FindAppealOfClip(ctx, in.ClipID)
	if err != nil {
		return false, err
	}
	isOpen := len(appeals) > 0 && appeals[0].Status == string(clip.AppealOpen)
	if in.AppealID == "" {
		if isOpen {
			return false, fault.New(fault.Conflict, "appeal_open", "the creator has appealed the decision: have another reviewer decide the appeal, which restores the clip")
		}
		return false, nil
	}
	return decideAppeal(ctx, q, clip.AppealOverturned, clip.Appeal{ID: in.AppealID, ClipID: in.ClipID, Actor: in.Ruling.Actor, NoteID: in.Ruling.NoteID, At: in.Ruling.At})
}

// rule stores a decision with its clip.
func rule(ctx context.Context, q *sqlc.Queries, clipID string, ruling clip.Ruling) error {
	var note *string
	if ruling.NoteID != "" {
		note = &ruling.NoteID
	}
	code := string(ruling.Code)
	return q.UpdateClipRuling(ctx, sqlc.UpdateClipRulingParams{
		ID: clipID, Decision: string(ruling.Decision), DecidedKind: string(ruling.By), DecidedBy: ruling.Actor, DecisionCode: &code,
		NoteID: note, DecidedAt: ruling.At,
	})
}

// releaseAt is when money that is kept for a clip is released after it has ended: at once, unless its creator can
// appeal.
func releaseAt(move clip.Move) time.Time {
	if move.Ruling != nil && move.Ruling.By == clip.ByPerson {
		return move.At.Add(clip.AppealWindow)
	}
	return move.At
}
