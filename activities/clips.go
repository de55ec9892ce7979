package activities

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/earnings"
	"github.com/creditroll/creditroll/domain/views"
)

// InsertClip writes a submission down and returns what is on record.
func (a *Ledger) InsertClip(ctx context.Context, in clip.NewClip) (clip.Progress, error) {
	record, err := a.Store.Clips.Create(ctx, in)
	return record, Failure(err)
}

// VerifyClip is what a provider said of a submitted post. AuthorDigest stands for the
// author, whose handle stays out of workflow histories.
type VerifyClip struct {
	ClipID       string    `json:"clip_id"`
	AuthorDigest string    `json:"author_digest"`
	PublishedAt  time.Time `json:"published_at"`
}

// Verification says whether a post may earn. RejectedBecause is empty if so.
type Verification struct {
	RejectedBecause string    `json:"rejected_because,omitempty"`
	AutoApprove     bool      `json:"auto_approve"`
	TrackUntil      time.Time `json:"track_until"`
}

// The reasons for which a clip is rejected by rule.
const (
	RejectedForeignAuthor = "not_the_creators_channel"
	RejectedTooOld        = "published_before_campaign"
	RejectedTooLate       = "published_after_campaign"
)

// VerifyClip checks author and time of a post against channel and terms, and stores when it
// was published.
func (a *Ledger) VerifyClip(ctx context.Context, in VerifyClip) (Verification, error) {
	tracked, err := a.Store.Clips.GetTracked(ctx, in.ClipID)
	if err != nil {
		return Verification{}, Failure(err)
	}
	owns, err := a.Store.Clips.OwnsChannel(ctx, tracked.CreatorID, tracked.Platform, in.AuthorDigest)
	if err != nil {
		return Verification{}, Failure(err)
	}
	switch {
	case !owns:
		return Verification{RejectedBecause: RejectedForeignAuthor}, nil
	case in.PublishedAt.Before(tracked.Terms.StartsAt):
		return Verification{RejectedBecause: RejectedTooOld}, nil
	case in.PublishedAt.After(tracked.Terms.EndsAt):
		return Verification{RejectedBecause: RejectedTooLate}, nil
	}
	if err := a.Store.Clips.SetPublished(ctx, in.ClipID, in.PublishedAt); err != nil {
		return Verification{}, Failure(err)
	}
	return Verification{AutoApprove: tracked.Terms.AutoApproveClips, TrackUntil: in.PublishedAt.Add(tracked.Terms.TrackingWindow.Std())}, nil
}

// MoveClip is a step of a clip's life.
type MoveClip struct {
	ClipID string      `json:"clip_id"`
	To     clip.Status `json:"to"`
	Reason string      `json:"reason,omitempty"`
}

// MoveClip changes a clip's status.
func (a *Ledger) MoveClip(ctx context.Context, in MoveClip) error {
	return Failure(a.Store.Clips.Move(ctx, in.ClipID, in.To, in.Reason))
}

// FinishUntracked ends a clip whose process does not run any more, with what is on record.
// One that has ended meanwhile stays as it is.
func (a *Ledger) FinishUntracked(ctx context.Context, clipID string) error {
	tracked, err := a.Store.Clips.GetTracked(ctx, clipID)
	switch {
	case err != nil:
		return Failure(err)
	case tracked.Status.Terminal():
		return nil
	case tracked.Status == clip.Tracking:
		return Failure(a.Store.Clips.Move(ctx, clipID, clip.Finished, "last_reading_missing"))
	}
	return Failure(a.Store.Clips.Move(ctx, clipID, clip.Rejected, "campaign_ended"))
}

// RecordReading stores a reading and credits it.
func (a *Ledger) RecordReading(ctx context.Context, in views.Observation) (earnings.Credit, error) {
	recorded, err := a.Store.Earnings.RecordReading(ctx, in)
	return recorded, Failure(err)
}
