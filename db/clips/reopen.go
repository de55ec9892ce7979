package clips

import (
	"context"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/views"
)

// Reopen opens a clip again that finished with an unconfirmed count, so that what a reviewer has confirmed of it is
// credited, and returns the claim. After the end of its campaign it does so only if money is kept for the clip. It holds the lock of the campaign's budget, so that the campaign is not completed
// before the clip has ended again. Repeating it changes nothing. It returns fault.NotFound, fault.Conflict
// "not_tracked", "nothing_to_confirm" and "campaign_completed", and fault.Invalid "views_out_of_range".
func (s *Store) Reopen(ctx context.Context, in views.Reopening) (views.Reopened, error) {
	var reopened views.Reopened
	err := s.db.InTx(ctx, func(q *sqlc.Queries) error {
		tracked, err := q.GetClipForTracking(ctx, in.ClipID)
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
		row := existing[0]
		claimed, err := claimOf(ctx, q, in.ClipID)
		if err != nil {
			return err
		}
		reopened.Claim = views.Claim(claimed)
		reopened.Progress = clip.Progress{Status: clip.Tracking, Polls: int(row.Polls), EarnedMinor: row.EarnedMinor}
		if row.Status == string(clip.Tracking) {
			return nil // it was repeated
		}
		if err := allowReopening(row, reopened.Claim, in.Views); err != nil {
			return err
		}
		budget, err := q.GetCampaignForDecision(ctx, tracked.CampaignID)
		if err != nil {
			return err
		}
		kept, err := q.FindKept(ctx, in.ClipID)
		if err != nil {
			return err
		}
		if len(kept) > 0 && kept[0].KeptMinor > 0 { // it stays until the count is credited
			if err := q.UpdateKeptRelease(ctx, sqlc.UpdateKeptReleaseParams{ClipID: in.ClipID}); err != nil {
				return err
			}
		} else if !campaign.Status(budget.Status).Credits() {
			return fault.New(fault.Conflict, "campaign_completed", "nothing can be credited any more, because the campaign is %s: propose a correction", budget.Status)
		}
		return q.UpdateClipStatus(ctx, sqlc.UpdateClipStatusParams{ID: in.ClipID, Status: string(clip.Tracking)})
	})
	return reopened, err
}

func allowReopening(row sqlc.FindClipRecordRow, claim views.Claim, count int64) error {
	if err := clip.AllowLate(clip.Status(row.Status), db.Text(row.StatusReason)); err != nil {
		return err
	}
	return clip.AllowCount(count, claim.Views)
}

// claimOf returns the count of a clip that a reviewer can confirm, if there is one.
func claimOf(ctx context.Context, q *sqlc.Queries, clipID string) (clip.Claimed, error) {
	claims, err := q.FindLastClaim(ctx, clipID)
	if err != nil || len(claims) == 0 {
		return clip.Claimed{}, err
	}
	return clip.Claimed{Views: claims[0].ClaimedViews, Provider: claims[0].ClaimedBy, ExcludedViews: claims[0].ClaimedExcludedViews}, nil
}

// addClaim adds the claim of a clip that is not read again. Of any other one, the next reading shows it.
func addClaim(ctx context.Context, q *sqlc.Queries, clipID string, progress *clip.Progress) (err error) {
	if progress.ReviewClosed {
		progress.Claimed, err = claimOf(ctx, q, clipID)
	}
	return err
}
