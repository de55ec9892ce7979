package workflows

import (
	"errors"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/views"
)

// ClipInput starts or continues the tracking of a clip. Chain names the providers to ask, in
// order.
type ClipInput struct {
	ClipID     string         `json:"clip_id"`
	CampaignID string         `json:"campaign_id"`
	CreatorID  string         `json:"creator_id"`
	Platform   clip.Platform  `json:"platform"`
	ExternalID string         `json:"external_id"`
	URL        string         `json:"url"`
	Chain      []string       `json:"chain"`
	Schedule   views.Schedule `json:"schedule"`
	State      clipState      `json:"state"`
}

// clipState is what the tracking of a clip carries from one history into the next.
type clipState struct {
	Status      clip.Status `json:"status"`
	Reason      string      `json:"reason,omitempty"`
	Resumed     clip.Status `json:"resumed,omitempty"` // where a terminated history had got to
	PublishedAt time.Time   `json:"published_at"`
	TrackUntil  time.Time   `json:"track_until"`
	Sweep       bool        `json:"sweep,omitempty"`
	Polls       int         `json:"polls"`
	FlatPolls   int         `json:"flat_polls"`
	Views       int64       `json:"views"`
	LastViews   int64       `json:"last_views"`
	LastAt      time.Time   `json:"last_at"`
	Missing     int         `json:"missing,omitempty"`
	Failed      int         `json:"failed,omitempty"`
	EarnedMinor int64       `json:"earned_minor"`
}

// How often in a row a provider must say that a post is gone before it is believed, and
// how often a last reading is tried before the clip ends with what is known.
const (
	missingMax      = 3
	finalReadingMax = 5
)

// ClipTracking verifies a submitted clip, has it reviewed, and reads it on a schedule that
// follows its age and velocity until its window is over. One poll is two activities and one
// timer.
func ClipTracking(root workflow.Context, in ClipInput) (ClipResult, error) {
	ctx, _ := workflow.NewDisconnectedContext(root)
	c := &clipRun{ClipInput: in, waiting: waitFor(root, SignalFinalSweep, SignalRemoved, SignalFlagged)}
	if err := c.listen(ctx); err != nil {
		return ClipResult{}, err
	}
	if err := c.recordSubmission(ctx); err != nil {
		return ClipResult{}, workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) })
	}
	for !c.State.Status.Terminal() {
		if err := c.advance(ctx); err != nil {
			showAttention(ctx, unforeseen(err, ""))
			c.sleep(ctx, c.Schedule.IntervalMin.Std(), "Until the refused step is tried again")
			clearAttention(ctx)
		}
		if !c.State.Status.Terminal() && !c.heardUnhandled() && c.continueAsNew(ctx) {
			return ClipResult{}, workflow.NewContinueAsNewError(root, ClipTracking, c.ClipInput)
		}
	}
	err := workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) })
	return ClipResult{
		Status: c.State.Status, Reason: c.State.Reason, Polls: c.State.Polls, Views: c.State.Views, EarnedMinor: c.State.EarnedMinor,
	}, err
}

type clipRun struct {
	ClipInput
	*waiting
	recordErr error
	verdict   *Review
}

func (c *clipRun) listen(ctx workflow.Context) error {
	return errors.Join(
		workflow.SetUpdateHandlerWithOptions(ctx, UpdateSubmitted, c.onSubmitted,
			workflow.UpdateHandlerOptions{Description: "Answers when the submission is on record."}),
		workflow.SetUpdateHandlerWithOptions(ctx, UpdateReview, c.onReview,
			workflow.UpdateHandlerOptions{Validator: c.validateReview, Description: "Approves or rejects a clip that waits for review."}),
	)
}

func (c *clipRun) recordSubmission(ctx workflow.Context) error {
	if c.State.Status != "" {
		return nil
	}
	var onRecord clip.Progress
	onRecord, c.recordErr = step(ctx, "Write the submission down", activities.CreateClip, clip.NewClip{
		ID: c.ClipID, CampaignID: c.CampaignID, CreatorID: c.CreatorID, Platform: c.Platform, ExternalID: c.ExternalID, URL: c.URL,
	})
	if c.recordErr != nil {
		return c.recordErr
	}
	// A clip whose tracking was terminated goes on where the books are, after another look
	// at author and date.
	c.State.Status, c.State.Polls, c.State.EarnedMinor = onRecord.Status, onRecord.Polls, onRecord.EarnedMinor
	if onRecord.Status == clip.Tracking || onRecord.Status == clip.InReview {
		c.State.Resumed, c.State.Status = onRecord.Status, clip.Verifying
	}
	return nil
}

func (c *clipRun) onSubmitted(ctx workflow.Context) (clip.Status, error) {
	if err := workflow.Await(ctx, func() bool { return c.State.Status != "" || c.recordErr != nil }); err != nil {
		return "", err
	}
	return c.State.Status, activities.Failure(c.recordErr)
}

func (c *clipRun) validateReview(in Review) error {
	if in.Actor == "" {
		return activities.Failure(fault.Field("actor", "actor_missing", "say who reviews"))
	}
	if !in.Approve && in.Reason == "" {
		return activities.Failure(fault.Field("reason", "reason_missing", "say why the clip is rejected"))
	}
	if c.State.Status != clip.InReview || c.verdict != nil {
		return activities.Failure(fault.New(fault.Conflict, "not_in_review", "the clip is %s: only a clip in review can be approved or rejected", c.State.Status))
	}
	return nil
}

func (c *clipRun) onReview(ctx workflow.Context, in Review) (clip.Status, error) {
	id := names.ActionID(names.Clip(c.ClipID), workflow.GetCurrentUpdateInfo(ctx).ID)
	c.verdict = &in
	if err := record(ctx, "Keep the reviewer's verdict", activities.RecordOperatorAction, access.OperatorAction{
		ID: id, Subject: names.Clip(c.ClipID), Action: map[bool]string{true: "approve", false: "reject"}[in.Approve], Actor: in.Actor, Reason: in.Reason,
	}); err != nil {
		return c.State.Status, activities.Failure(err)
	}
	c.nudge()
	err := workflow.Await(ctx, func() bool { return c.State.Status != clip.InReview })
	return c.State.Status, err
}

// heardUnhandled reports whether something was heard that the next advance acts upon: going
// on as new would forget it.
func (c *clipRun) heardUnhandled() bool {
	return c.heard[SignalFinalSweep] || c.heard[SignalRemoved] || c.heard[SignalFlagged] && c.State.Status == clip.Tracking || c.isCancelled()
}

// advance does what the present status calls for, or waits until something happens.
func (c *clipRun) advance(ctx workflow.Context) error {
	c.State.Sweep = c.took(SignalFinalSweep) || c.State.Sweep
	if c.took(SignalRemoved) || c.cancelled {
		return c.moveTo(ctx, removedFrom(c.State.Status), "removed_by_operator")
	}
	switch c.State.Status {
	case clip.Verifying:
		return c.verify(ctx)
	case clip.InReview:
		return c.review(ctx)
	default:
		if c.took(SignalFlagged) {
			return c.moveTo(ctx, clip.InReview, "flagged")
		}
		return c.poll(ctx)
	}
}

// A clip that never earned is rejected; one that may have earned is removed.
func removedFrom(status clip.Status) clip.Status {
	if status == clip.Verifying {
		return clip.Rejected
	}
	return clip.Removed
}

// verify asks a provider about the post and holds it against channel and terms.
func (c *clipRun) verify(ctx workflow.Context) error {
	observed, err := c.observe(ctx)
	switch {
	case err != nil && c.State.Sweep && c.State.Failed >= finalReadingMax:
		return c.moveTo(ctx, clip.Rejected, "not_verifiable")
	case err != nil:
		c.sleep(ctx, c.Schedule.IntervalMin.Std(), "Providers failed; until they are asked again")
		return nil
	case observed.Reading == nil:
		return c.lookAgain(ctx, observed.Missing)
	}
	verified, err := step(ctx, "Check author, date and channel", activities.VerifyClip, clip.Evidence{
		ClipID: c.ClipID, AuthorDigest: observed.AuthorDigest, PublishedAt: observed.Reading.PublishedAt,
	})
	if err != nil {
		return err
	}
	c.State.Missing = 0
	c.State.PublishedAt, c.State.TrackUntil = observed.Reading.PublishedAt, verified.TrackUntil
	switch {
	case verified.RejectedBecause != "":
		return c.moveTo(ctx, clip.Rejected, verified.RejectedBecause)
	case c.State.Resumed != "":
		resumed := c.State.Resumed
		c.State.Resumed = ""
		return c.moveTo(ctx, resumed, "")
	case verified.AutoApprove:
		return c.moveTo(ctx, clip.Tracking, "")
	}
	return c.moveTo(ctx, clip.InReview, "")
}

// lookAgain rejects a post that nobody can see. A new one may take a while to show up.
func (c *clipRun) lookAgain(ctx workflow.Context, why string) error {
	c.State.Missing++
	if c.State.Missing >= missingMax {
		return c.moveTo(ctx, clip.Rejected, why)
	}
	c.sleep(ctx, c.Schedule.IntervalMin.Std(), "Until the post is looked up again")
	return nil
}

func (c *clipRun) review(ctx workflow.Context) error {
	switch {
	case c.verdict != nil && c.verdict.Approve:
		c.verdict = nil
		return c.moveTo(ctx, clip.Tracking, "")
	case c.verdict != nil:
		return c.moveTo(ctx, clip.Rejected, c.verdict.Reason)
	case c.State.Sweep:
		return c.moveTo(ctx, clip.Rejected, "campaign_ended")
	}
	c.sleep(ctx, forever, "")
	return nil
}

func (c *clipRun) moveTo(ctx workflow.Context, status clip.Status, reason string) error {
	err := record(ctx, "Move the clip: "+string(status), activities.MoveClip, clip.Move{ClipID: c.ClipID, To: status, Reason: reason})
	if err == nil {
		c.State.Status, c.State.Reason = status, reason
	}
	return err
}
