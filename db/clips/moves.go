package clips

import (
	"context"
	"encoding/json"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/names"
)

// Move is Apply at the present time, without a decision of a person.
func (s *Store) Move(ctx context.Context, clipID string, to clip.Status, reason string) error {
	_, err := s.Apply(ctx, clip.Move{ClipID: clipID, To: to, Reason: reason, At: time.Now()})
	return err
}

// Apply changes a clip's status and stores the decision behind it. Moving a clip to its own status changes
// nothing. A clip that comes into review gets its deadline. It returns
// fault.Conflict "illegal_clip_transition" and fault.NotFound.
//
// A move into review or out of it holds the lock of the campaign's budget guard, as accruals do: it decides what a
// reading credits, and what becomes of the money that is kept for the clip.
func (s *Store) Apply(ctx context.Context, move clip.Move) (clip.Moved, error) {
	var moved clip.Moved
	err := s.db.InTx(ctx, func(q *sqlc.Queries) error {
		row, reviewed, err := lockReviewed(ctx, q, move)
		if err != nil {
			return err
		}
		from := clip.Status(row.Status)
		if from == move.To {
			moved = movedOf(row)
			return nil
		}
		if err := clip.Next(from, move.To); err != nil {
			return err
		}
		if err := q.UpdateClipStatus(ctx, sqlc.UpdateClipStatusParams{ID: move.ClipID, Status: string(move.To), StatusReason: db.Optional(move.Reason)}); err != nil {
			return err
		}
		if move.Ruling != nil {
			if err := rule(ctx, q, move.ClipID, *move.Ruling); err != nil {
				return err
			}
		}
		if !reviewed {
			return nil
		}
		moved, err = review(ctx, q, row, move)
		return err
	})
	return moved, err
}

// lockReviewed reads a clip, and locks the budget guard of its campaign if the move concerns a review.
func lockReviewed(ctx context.Context, q *sqlc.Queries, move clip.Move) (row sqlc.GetClipForTrackingRow, reviewed bool, err error) {
	if row, err = q.GetClipForTracking(ctx, move.ClipID); err != nil {
		return row, false, err
	}
	if row.Status != string(clip.InReview) && move.To != clip.InReview && row.ReviewClosedAt == nil {
		return row, false, nil
	}
	if _, err = q.LockCampaignBudget(ctx, row.CampaignID); err != nil {
		return row, true, err
	}
	row, err = q.GetClipForTracking(ctx, move.ClipID)
	return row, true, err
}

// review stores what a move means for the review of a clip. The caller has locked the budget guard.
func review(ctx context.Context, q *sqlc.Queries, row sqlc.GetClipForTrackingRow, move clip.Move) (clip.Moved, error) {
	if err := q.UpdateReviewCount(ctx, row.CampaignID); err != nil {
		return clip.Moved{}, err
	}
	if move.To == clip.Finished && move.Reason == clip.WaitingForProof { // it earns nothing, so nothing is kept for it
		return clip.Moved{}, q.UpdateKeptRelease(ctx, sqlc.UpdateKeptReleaseParams{ClipID: move.ClipID, ReleaseAfter: &move.At})
	}
	if move.To == clip.Finished && move.Reason == clip.UnconfirmedCount { // a reviewer can still confirm it
		at := move.At.Add(clip.LateConfirmWindow)
		return clip.Moved{}, q.UpdateKeptRelease(ctx, sqlc.UpdateKeptReleaseParams{ClipID: move.ClipID, ReleaseAfter: &at})
	}
	switch move.To {
	case clip.Rejected, clip.Removed:
		at := releaseAt(move)
		return clip.Moved{}, q.UpdateKeptRelease(ctx, sqlc.UpdateKeptReleaseParams{ClipID: move.ClipID, ReleaseAfter: &at})
	case clip.InReview:
		var terms campaign.Terms
		if err := json.Unmarshal(row.Terms, &terms); err != nil {
			return clip.Moved{}, err
		}
		deadline := move.At.Add(terms.ReviewTime()).Truncate(time.Microsecond) // as the books keep it
		return clip.Moved{ReviewDeadline: deadline.UTC()}, q.UpdateClipReview(ctx, sqlc.UpdateClipReviewParams{ID: move.ClipID, Since: move.At, Deadline: deadline})
	}
	return clip.Moved{}, nil
}

func movedOf(row sqlc.GetClipForTrackingRow) clip.Moved {
	if row.ReviewDeadline == nil {
		return clip.Moved{}
	}
	return clip.Moved{ReviewDeadline: row.ReviewDeadline.UTC()}
}

// ApproveByRule approves a clip in review whose deadline has passed, if nothing speaks against it. It records the
// decision as that of a reviewer, under the name of the rule. It returns what speaks against the clip otherwise,
// and changes nothing then. A clip that is not in review any more is left as it is.
func (s *Store) ApproveByRule(ctx context.Context, in clip.Overdue) (clip.RuleResult, error) {
	var result clip.RuleResult
	err := s.db.InTx(ctx, func(q *sqlc.Queries) error {
		row, _, err := lockReviewed(ctx, q, clip.Move{ClipID: in.ClipID, To: clip.InReview})
		if err != nil {
			return err
		}
		result = clip.RuleResult{Status: clip.Status(row.Status), Deadline: movedOf(row).ReviewDeadline}
		if result.Status != clip.InReview || row.ReviewDeadline == nil || in.At.Before(*row.ReviewDeadline) {
			return nil
		}
		inDoubt, err := q.IsReadingInDoubt(ctx, in.ClipID)
		if err != nil {
			return err
		}
		result.Signals = clip.Doubts{StatusReason: db.Text(row.StatusReason), WaitingFor: db.Text(row.WaitingFor), ReadingInDoubt: inDoubt}.Signals()
		if len(result.Signals) > 0 {
			return nil
		}
		result.Status = clip.Tracking
		if err := q.UpdateClipStatus(ctx, sqlc.UpdateClipStatusParams{ID: in.ClipID, Status: string(clip.Tracking)}); err != nil {
			return err
		}
		if err := rule(ctx, q, in.ClipID, clip.Ruling{Decision: clip.Approve, By: clip.ByRule, Actor: clip.RuleActor, At: in.At}); err != nil {
			return err
		}
		if err := q.UpdateReviewCount(ctx, row.CampaignID); err != nil {
			return err
		}
		subject := names.Clip(in.ClipID)
		return db.RecordAction(ctx, q, access.OperatorAction{
			ID: names.ActionID(subject, "review-deadline/"+row.ReviewDeadline.UTC().Format(time.RFC3339Nano)), Subject: subject,
			Action: string(clip.Approve), Actor: clip.RuleActor, Reason: "the deadline of the review has passed, and nothing speaks against the clip",
		})
	})
	return result, err
}

// CloseReview marks a clip in review as read for the last time, because its campaign ends. Repeating it changes nothing.
func (s *Store) CloseReview(ctx context.Context, clipID string, at time.Time) error {
	_, err := s.db.Queries.UpdateClipReviewClosed(ctx, sqlc.UpdateClipReviewClosedParams{ID: clipID, ClosedAt: at})
	return db.Translate(err)
}
