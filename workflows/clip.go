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
	Resumed     clip.Status `json:"resumed,omitempty"` // the status that a terminated workflow had reached
	PublishedAt time.Time   `json:"published_at"`
	TrackUntil  time.Time   `json:"track_until"`
	Sweep       bool        `json:"sweep,omitempty"`
	Polls       int         `json:"polls"`
	FlatPolls   int         `json:"flat_polls"`
	Views       int64       `json:"views"`
	// PreviousViews is the count before Views.
	PreviousViews int64     `json:"last_views"`
	LastAt        time.Time `json:"last_at"`
	Missing       int       `json:"missing,omitempty"`
	Failed        int       `json:"failed,omitempty"`
	// Stopped counts tries since tracking was switched off.
	Stopped     int   `json:"stopped,omitempty"`
	EarnedMinor int64 `json:"earned_minor"`
}

// missingMax is how many readings in a row must find no post before the clip counts as gone.
// finalReadingMax is how often the final reading is tried before the clip ends without it.
const (
	missingMax      = 3
	finalReadingMax = 5
)

// ClipTracking verifies a submitted clip, waits for its review, and reads its views until its
// window has ended. The schedule follows the age and velocity of the clip. One poll is two
// activities and one timer.
func ClipTracking(root workflow.Context, in ClipInput) (ClipResult, error) {
	ctx, _ := workflow.NewDisconnectedContext(root)
	c := &clipProcess{ClipInput: in, waiting: waitFor(root, SignalFinalSweep, SignalRemoved, SignalFlagged)}
	if err := c.setUpdateHandlers(ctx); err != nil {
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
		if !c.State.Status.Terminal() && !c.hasUnhandledSignal() && c.continueAsNew(ctx) {
			return ClipResult{}, workflow.NewContinueAsNewError(root, ClipTracking, c.ClipInput)
		}
	}
	err := workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) })
	return ClipResult{
		Status: c.State.Status, Reason: c.State.Reason, Polls: c.State.Polls, Views: c.State.Views, EarnedMinor: c.State.EarnedMinor,
	}, err
}

// clipProcess is the state of one clip's workflow.
type clipProcess struct {
	ClipInput
	*waiting
	recordErr error
	verdict   *Review
}

func (c *clipProcess) setUpdateHandlers(ctx workflow.Context) error {
	return errors.Join(
		workflow.SetUpdateHandlerWithOptions(ctx, UpdateSubmitted, c.onSubmitted,
			workflow.UpdateHandlerOptions{Description: "Returns the status once the submission is recorded."}),
		workflow.SetUpdateHandlerWithOptions(ctx, UpdateReview, c.onReview,
			workflow.UpdateHandlerOptions{Validator: c.validateReview, Description: "Approves or rejects a clip that waits for review."}),
	)
}

func (c *clipProcess) recordSubmission(ctx workflow.Context) error {
	if c.State.Status != "" {
		return nil
	}
	var onRecord clip.Progress
	onRecord, c.recordErr = step(ctx, "Record the submission", activities.CreateClip, clip.NewClip{
		ID: c.ClipID, CampaignID: c.CampaignID, CreatorID: c.CreatorID, Platform: c.Platform, ExternalID: c.ExternalID, URL: c.URL,
	})
	if c.recordErr != nil {
		return c.recordErr
	}
	// A clip whose workflow was terminated continues with the recorded status, after its author and
	// date are checked again.
	c.State.Status, c.State.Polls, c.State.EarnedMinor = onRecord.Status, onRecord.Polls, onRecord.EarnedMinor
	if onRecord.Status == clip.Tracking || onRecord.Status == clip.InReview {
		c.State.Resumed, c.State.Status = onRecord.Status, clip.Verifying
	}
	return nil
}

func (c *clipProcess) onSubmitted(ctx workflow.Context) (clip.Status, error) {
	if err := workflow.Await(ctx, func() bool { return c.State.Status != "" || c.recordErr != nil }); err != nil {
		return "", err
	}
	return c.State.Status, activities.Failure(c.recordErr)
}

func (c *clipProcess) validateReview(in Review) error {
	if in.Actor == "" {
		return activities.Failure(fault.Field("actor", "actor_missing", "name the reviewer"))
	}
	if !in.Approve && in.Reason == "" {
		return activities.Failure(fault.Field("reason", "reason_missing", "give the reason for the rejection"))
	}
	if c.State.Status != clip.InReview || c.verdict != nil {
		return activities.Failure(fault.New(fault.Conflict, "not_in_review", "the clip is %s: only a clip in review can be approved or rejected", c.State.Status))
	}
	return nil
}

func (c *clipProcess) onReview(ctx workflow.Context, in Review) (clip.Status, error) {
	id := names.ActionID(names.Clip(c.ClipID), workflow.GetCurrentUpdateInfo(ctx).ID)
	c.verdict = &in
	if err := recordForPerson(ctx, "Record the reviewer's verdict", activities.RecordOperatorAction, access.OperatorAction{
		ID: id, Subject: names.Clip(c.ClipID), Action: map[bool]string{true: "approve", false: "reject"}[in.Approve], Actor: in.Actor, Reason: in.Reason,
	}); err != nil {
		return c.State.Status, activities.Failure(err)
	}
	c.wake()
	err := workflow.Await(ctx, func() bool { return c.State.Status != clip.InReview })
	return c.State.Status, err
}

// hasUnhandledSignal reports whether the next advance acts on a received signal or cancellation.
// Continuing as new would lose it.
func (c *clipProcess) hasUnhandledSignal() bool {
	return c.received[SignalFinalSweep] || c.received[SignalRemoved] || c.received[SignalFlagged] && c.State.Status == clip.Tracking || c.isCancelled()
}

// advance does what the current status requires, or waits for an event.
func (c *clipProcess) advance(ctx workflow.Context) error {
	c.State.Sweep = c.consume(SignalFinalSweep) || c.State.Sweep
	if c.consume(SignalRemoved) || c.cancelled {
		return c.move(ctx, removedFrom(c.State.Status), "removed_by_operator")
	}
	switch c.State.Status {
	case clip.Verifying:
		return c.verify(ctx)
	case clip.InReview:
		return c.review(ctx)
	default:
		if c.consume(SignalFlagged) {
			return c.move(ctx, clip.InReview, "flagged")
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

// verify reads the post from a provider and checks it against the channel and the terms.
func (c *clipProcess) verify(ctx workflow.Context) error {
	observed, err := c.observe(ctx)
	switch {
	case trackingOff(err):
		c.awaitTracking(ctx, true)
		return nil
	case err != nil && c.State.Sweep && c.State.Failed >= finalReadingMax:
		return c.move(ctx, clip.Rejected, "not_verifiable")
	case err != nil:
		c.sleep(ctx, c.Schedule.IntervalMin.Std(), "Until the providers are asked again, because all of them failed")
		return nil
	case observed.Reading == nil:
		return c.retryVerification(ctx, observed.Missing)
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
		return c.move(ctx, clip.Rejected, verified.RejectedBecause)
	case c.State.Resumed != "":
		resumed := c.State.Resumed
		c.State.Resumed = ""
		return c.move(ctx, resumed, "")
	case verified.AutoApprove:
		return c.move(ctx, clip.Tracking, "")
	}
	return c.move(ctx, clip.InReview, "")
}

// retryVerification waits for a post that no provider finds, and rejects it in the end. A new post
// may take a while to become visible.
func (c *clipProcess) retryVerification(ctx workflow.Context, why string) error {
	c.State.Missing++
	if c.State.Missing >= missingMax {
		return c.move(ctx, clip.Rejected, why)
	}
	c.sleep(ctx, c.Schedule.IntervalMin.Std(), "Until the providers are asked for the post again")
	return nil
}

func (c *clipProcess) review(ctx workflow.Context) error {
	switch {
	case c.verdict != nil && c.verdict.Approve:
		c.verdict = nil
		return c.move(ctx, clip.Tracking, "")
	case c.verdict != nil:
		return c.move(ctx, clip.Rejected, c.verdict.Reason)
	case c.State.Sweep:
		return c.move(ctx, clip.Rejected, "campaign_ended")
	}
	workflow.SetCurrentDetails(ctx, "The clip waits until a reviewer approves or rejects it.")
	c.sleep(ctx, forever, "")
	workflow.SetCurrentDetails(ctx, "")
	return nil
}

func (c *clipProcess) move(ctx workflow.Context, status clip.Status, reason string) error {
	err := record(ctx, "Move the clip: "+string(status), activities.MoveClip, clip.Move{ClipID: c.ClipID, To: status, Reason: reason})
	if err == nil {
		c.State.Status, c.State.Reason = status, reason
	}
	return err
}
