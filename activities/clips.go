package activities

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/earnings"
	"github.com/creditroll/creditroll/domain/views"
)

// The steps of a clip.
var (
	// CreateClip records a submission and returns the stored clip.
	CreateClip = Activity[clip.NewClip, clip.Progress]{"CreateClip"}
	// RestoreClip starts a clip again that was removed or rejected, and decides its appeal.
	RestoreClip = Activity[clip.Restoration, clip.Progress]{"RestoreClip"}
	// ReopenClip opens a clip again that has ended, for a count that a reviewer has confirmed.
	ReopenClip = Activity[views.Reopening, views.Reopened]{"ReopenClip"}
	// VerifyClip checks a post against the creator's channels and the campaign's terms, and
	// records when it was published.
	VerifyClip = Activity[clip.Evidence, clip.Verdict]{"VerifyClip"}
	// MoveClip changes a clip's status.
	MoveClip = Activity[clip.Move, clip.Moved]{"MoveClip"}
	// ApproveByRule approves a clip whose review has reached its deadline, if nothing speaks against it.
	ApproveByRule = Activity[clip.Overdue, clip.RuleResult]{"ApproveByRule"}
	// CloseReview marks a clip in review as read for the last time, because its campaign ends.
	CloseReview = Activity[clip.Closing, None]{"CloseReview"}
	// ListKeptUndecided lists one page of clips for which money is kept, and which are not decided or not credited yet.
	ListKeptUndecided = Activity[OpenClipsPage, []string]{"ListKeptUndecided"}
	// ListOverdueAppeals lists the appeals that were not decided in time, at a time.
	ListOverdueAppeals = Activity[time.Time, clip.OverdueAppeals]{"ListOverdueAppeals"}
	// NoteWaiting stores what a clip waits for.
	NoteWaiting = Activity[clip.Waiting, None]{"NoteWaiting"}
	// ListProviderTroubles returns what the latest attempts say against providers, at a time.
	ListProviderTroubles = Activity[time.Time, []views.Trouble]{"ListProviderTroubles"}
	// ListOpenClips lists one page of clips that may still earn.
	ListOpenClips = Activity[OpenClipsPage, []string]{"ListOpenClips"}
	// FinishUntracked ends a clip that no workflow tracks any more. One that is in review stays, and can still be
	// decided.
	FinishUntracked = Activity[clip.Closing, None]{"FinishUntracked"}
	// RecordReading stores a reading and credits its earnings.
	RecordReading = Activity[views.Observation, earnings.Credit]{"RecordReading"}
	// CreditDeferred credits what pacing has deferred of a clip that gets no final reading.
	CreditDeferred = Activity[DeferredCredit, earnings.Credit]{"CreditDeferred"}
	// CreditWithheld credits what a dispute has held back of final readings, as far as budget is free by now,
	// and returns the amount. It does some clips of a campaign in one call.
	CreditWithheld = Activity[BudgetMove, int64]{"CreditWithheld"}
)

// DeferredCredit identifies a clip that gets no final reading. Now is when it is credited. ReviewedViews is a
// count that a reviewer has confirmed, or zero. Interim: only that is credited, because other readings follow.
type DeferredCredit struct {
	ClipID        string      `json:"clip_id"`
	ReviewedViews int64       `json:"reviewed_views,omitempty"`
	ReviewedClaim views.Claim `json:"reviewed_claim,omitzero"`
	Interim       bool        `json:"interim,omitempty"`
	Now           time.Time   `json:"now"`
}

// OpenClipsPage requests the clips of a campaign that may still earn, starting after an id.
type OpenClipsPage struct {
	CampaignID string `json:"campaign_id"`
	After      string `json:"after"`
	Limit      int    `json:"limit"`
}

func (l Ledger) registerClips(registry Registry) {
	store := l.Books.Clips
	bind(registry, CreateClip, store.Create)
	bind(registry, RestoreClip, store.Restore)
	bind(registry, ReopenClip, store.Reopen)
	bind(registry, VerifyClip, l.verifyClip)
	bind(registry, MoveClip, store.Apply)
	bind(registry, ApproveByRule, store.ApproveByRule)
	bindAction(registry, CloseReview, func(ctx context.Context, in clip.Closing) error {
		return store.CloseReview(ctx, in.ClipID, in.At)
	})
	bind(registry, ListKeptUndecided, func(ctx context.Context, in OpenClipsPage) ([]string, error) {
		return l.Books.Campaigns.ListKeptUndecided(ctx, in.CampaignID, in.After, in.Limit)
	})
	bind(registry, ListOverdueAppeals, store.ListOverdueAppeals)
	bindAction(registry, NoteWaiting, store.NoteWaiting)
	bind(registry, ListProviderTroubles, store.ListTroubles)
	bind(registry, ListOpenClips, func(ctx context.Context, in OpenClipsPage) ([]string, error) {
		return store.ListOpen(ctx, in.CampaignID, in.After, in.Limit)
	})
	bindAction(registry, FinishUntracked, l.finishUntracked)
	bind(registry, RecordReading, l.Books.Earnings.RecordReading)
	bind(registry, CreditDeferred, func(ctx context.Context, in DeferredCredit) (earnings.Credit, error) {
		return l.Books.Earnings.CreditDeferred(ctx, in.ClipID, views.Reviewed{Views: in.ReviewedViews, Claim: in.ReviewedClaim, Interim: in.Interim}, in.Now)
	})
	bind(registry, CreditWithheld, func(ctx context.Context, in BudgetMove) (int64, error) {
		return l.Books.Earnings.CreditWithheld(ctx, in.CampaignID, in.At)
	})
}

func (l Ledger) verifyClip(ctx context.Context, in clip.Evidence) (clip.Verdict, error) {
	tracked, err := l.Books.Clips.GetTracked(ctx, in.ClipID)
	if err != nil {
		return clip.Verdict{}, err
	}
	claim, err := l.Books.Clips.ClaimPost(ctx, in.ClipID, in.Authors())
	if err != nil {
		return clip.Verdict{}, err
	}
	verdict := clip.Verify(in, clip.Rules{
		Claim: claim, StartsAt: tracked.Terms.StartsAt, EndsAt: tracked.Terms.EndsAt,
		TrackingWindow: tracked.Terms.TrackingWindow.Std(), AutoApprove: tracked.Terms.AutoApproveClips, PollTiers: tracked.Terms.PollTiers,
	})
	if verdict.RejectedBecause != "" {
		return verdict, nil
	}
	return verdict, l.Books.Clips.SetPublished(ctx, in.ClipID, in.PublishedAt)
}

// finishUntracked does not change a clip that has already ended.
func (l Ledger) finishUntracked(ctx context.Context, in clip.Closing) error {
	tracked, err := l.Books.Clips.GetTracked(ctx, in.ClipID)
	if err != nil || tracked.Status.Terminal() {
		return err
	}
	move := clip.Move{ClipID: in.ClipID, To: clip.Rejected, Reason: clip.CampaignEnded, At: in.At}
	switch tracked.Status {
	case clip.InReview:
		return l.Books.Clips.CloseReview(ctx, in.ClipID, in.At)
	case clip.Tracking:
		read, err := l.Books.Clips.Get(ctx, in.ClipID)
		if err != nil {
			return err
		}
		move.To = clip.Finished
		switch {
		case read.ClaimedViews > 0: // it can still be confirmed
			move.Reason = clip.UnconfirmedCount
		case tracked.ReviewClosed:
			move.Reason = ""
		default:
			move.Reason = clip.LastReadingMissing
		}
	}
	if move.To == clip.Finished {
		claim, err := l.Books.Clips.GetClaim(ctx, in.ClipID)
		if err != nil {
			return err
		}
		if claim.Status != "" && !claim.Holds { // it was credited nothing because of that
			move.Reason = clip.WaitingForProof
		}
	}
	_, err = l.Books.Clips.Apply(ctx, move)
	return err
}
