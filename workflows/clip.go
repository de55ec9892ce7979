package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/clip"
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
	// Restored is set if a reviewer starts the clip again.
	Restored *Restored `json:"restored,omitempty"`
	State    clipState `json:"state"`
}

// Restored is who restored a clip, and why. ID identifies the request. Reason and NoteID are as in Review. AppealID
// names the appeal that it decides, if it decides one.
type Restored struct {
	ID       string    `json:"id"`
	Actor    string    `json:"actor"`
	Reason   clip.Code `json:"reason"`
	NoteID   string    `json:"note_id,omitempty"`
	AppealID string    `json:"appeal_id,omitempty"`
	// Views is set if the clip starts again only to be credited for a count that the reviewer has confirmed.
	Views int64 `json:"views,omitempty"`
}

// review is what the reviewer has decided.
func (r Restored) review() Review {
	if r.Views > 0 {
		return Review{Decision: clip.Confirm, Actor: r.Actor, Reason: r.Reason, NoteID: r.NoteID, Views: r.Views}
	}
	return Review{Decision: clip.Restore, Actor: r.Actor, Reason: r.Reason, NoteID: r.NoteID}
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
	Views       int64       `json:"views"`
	// PreviousViews is the count before Views.
	PreviousViews int64     `json:"last_views"`
	LastAt        time.Time `json:"last_at"`
	// Absence is nil while providers find the post.
	Absence *views.Absence `json:"absence,omitempty"`
	Failed  int            `json:"failed,omitempty"`
	// Failing: the clip is on the needs-attention list because no provider answers.
	Failing bool `json:"failing,omitempty"`
	// Rationed is nil while providers answer or fail.
	Rationed *rationed `json:"rationed,omitempty"`
	// Uncounted is nil while the post has a counter. A look that misses the post altogether keeps it, so that a post
	// that is missing at times comes to an end.
	Uncounted *uncounted `json:"uncounted,omitempty"`
	// WaitingFor is what is on record about that.
	WaitingFor string `json:"waiting_for,omitempty"`
	// Unproven: the channel of the post is not proven, so nothing is credited.
	Unproven bool `json:"unproven,omitempty"`
	// Proof is set once only a proof of the channel is missing.
	Proof *proofWait `json:"proof,omitempty"`
	// Stopped counts tries since tracking was switched off at StoppedAt.
	Stopped     int         `json:"stopped,omitempty"`
	StoppedAt   time.Time   `json:"stopped_at,omitzero"`
	EarnedMinor int64       `json:"earned_minor"`
	Review      reviewState `json:"review,omitzero"`
	// Recheck is set while the clip is read sooner than usual.
	Recheck *recheck `json:"recheck,omitempty"`
	// ReviewedViews is a count that a reviewer has confirmed and no reading has used yet.
	ReviewedViews int64 `json:"reviewed_views,omitempty"`
	// Contest is set while a claim is neither confirmed nor given up, which another provider has contradicted.
	Contest *contest `json:"contest,omitempty"`
	// Spent: a count is not confirmed, and its confirmation would pay nothing, because the clip can earn nothing more.
	Spent bool `json:"spent,omitempty"`
	// Unanswered are the looks of a clip whose last reading is due, since providers have answered last.
	Unanswered *views.Absence `json:"unanswered,omitempty"`
	// Reopened: the clip had ended, and is credited only for what a reviewer has confirmed.
	Reopened bool `json:"reopened,omitempty"`
	// Late is a reading that came after its call had ended, until it is credited.
	Late *activities.ProviderAnswer `json:"late,omitempty"`
	// Unserved has the providers whose queue had no worker, and until when they are asked after the others.
	Unserved map[string]time.Time `json:"unserved,omitempty"`
	// Shown is the reason by which the clip is on the needs-attention list.
	Shown string `json:"shown,omitempty"`
}

// ClipTracking verifies a submitted clip, waits for its review, and reads its views until its
// window has ended. The schedule follows the age and velocity of the clip. One poll is one
// activity for the reading, a local one that records it, and one timer.
func ClipTracking(root workflow.Context, in ClipInput) (ClipResult, error) {
	ctx, _ := workflow.NewDisconnectedContext(root)
	c := &clipProcess{ClipInput: in, waiting: waitFor(root, SignalFinalSweep, SignalRead, SignalChannelChanged, SignalLateReading)}
	c.takes = map[string]func(workflow.ReceiveChannel) bool{SignalLateReading: c.takeLate}
	if err := c.setUpdateHandlers(ctx); err != nil {
		return ClipResult{}, err
	}
	if err := c.recordSubmission(ctx); err != nil {
		return ClipResult{}, workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) })
	}
	for !c.State.Status.Terminal() {
		if err := c.advance(ctx); err != nil {
			showAttention(ctx, unforeseen(err, ""))
			c.waiting.sleep(ctx, c.Schedule.IntervalMin.Std(), "Until the refused step is tried again")
			clearAttention(ctx)
		}
		if !c.State.Status.Terminal() && !c.hasUnhandledSignal() && c.continueAsNew(ctx) {
			return ClipResult{}, workflow.NewContinueAsNewError(root, ClipTracking, c.ClipInput)
		}
	}
	c.verdict, c.ready = nil, false // the clip has ended, so a decision comes too late
	c.showWanted(ctx)
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
	// verdict is a decision on the clip, and ready is true once it is recorded.
	verdict *Review
	ready   bool
	// decided is the decision that was carried out last.
	decided *Review
	// asked: the next reading is one that the campaign has asked for.
	asked bool
	// viewsLeft is how many more views can earn, after the last reading of this history, or -1 if pacing defers some.
	viewsLeft int64
	// thrift is what the campaign's readings had cost then.
	thrift views.Thrift
	// failure is why no provider has answered last.
	failure string
}

func (c *clipProcess) recordSubmission(ctx workflow.Context) error {
	if c.State.Status != "" {
		return nil
	}
	onRecord, err := c.recordStart(ctx)
	if err != nil {
		c.recordErr = err
		return err
	}
	// A clip whose workflow was terminated continues with the recorded status, after its author and
	// date are checked again.
	c.State.Status, c.State.Polls, c.State.EarnedMinor = onRecord.Status, onRecord.Polls, onRecord.EarnedMinor
	c.State.WaitingFor, c.State.Sweep = onRecord.WaitingFor, c.State.Sweep || onRecord.Ending
	c.State.Review = reviewState{Deadline: onRecord.ReviewDeadline, NextRule: onRecord.ReviewDeadline, Closed: onRecord.ReviewClosed}
	if c.State.Reopened {
		return nil
	}
	if onRecord.Claimed.Views > 0 {
		c.State.Contest = &contest{Claim: views.Claim(onRecord.Claimed)}
	}
	if !onRecord.ReviewClosed && (onRecord.Status == clip.Tracking || onRecord.Status == clip.InReview) {
		c.State.Resumed, c.State.Status = onRecord.Status, clip.Verifying
	}
	if c.Restored != nil && c.State.Status == clip.Verifying {
		c.State.Resumed = clip.Tracking // the reviewer has seen it
	}
	return nil
}

// recordStart stores a submission, or that a reviewer restored the clip.
func (c *clipProcess) recordStart(ctx workflow.Context) (clip.Progress, error) {
	if c.Restored == nil {
		return stepForPerson(ctx, "Record the submission", activities.CreateClip, clip.NewClip{
			ID: c.ClipID, CampaignID: c.CampaignID, CreatorID: c.CreatorID, Platform: c.Platform, ExternalID: c.ExternalID, URL: c.URL,
		})
	}
	review := c.Restored.review()
	if review.Decision == clip.Confirm {
		return c.recordReopening(ctx, review)
	}
	restored, err := stepForPerson(ctx, "Start the clip again", activities.RestoreClip, clip.Restoration{
		ClipID: c.ClipID, AppealID: c.Restored.AppealID, Ruling: *review.ruling(workflow.Now(ctx)),
	})
	if err != nil {
		return restored, err
	}
	return restored, c.recordDecision(ctx, c.Restored.ID, review)
}

// recordReopening stores that a clip which has ended is credited for a count that a reviewer has confirmed.
func (c *clipProcess) recordReopening(ctx workflow.Context, review Review) (clip.Progress, error) {
	reopened, err := stepForPerson(ctx, "Open the clip again for a confirmed count", activities.ReopenClip, views.Reopening{ClipID: c.ClipID, Views: review.Views})
	if err != nil {
		return reopened.Progress, err
	}
	c.State.Reopened, c.State.ReviewedViews, c.State.Contest = true, review.Views, &contest{Claim: reopened.Claim}
	return reopened.Progress, c.recordDecision(ctx, c.Restored.ID, review)
}

// hasUnhandledSignal reports whether the next advance acts on a received signal, a decision or a
// cancellation. Continuing as new would lose it.
func (c *clipProcess) hasUnhandledSignal() bool {
	return c.received[SignalFinalSweep] || c.received[SignalChannelChanged] || c.verdict != nil || c.isCancelled()
}

// advance does what the current status requires, or waits for an event.
func (c *clipProcess) advance(ctx workflow.Context) error {
	c.State.Sweep = c.consume(SignalFinalSweep) || c.State.Sweep
	c.asked = c.consume(SignalRead) || c.asked
	if c.cancelled {
		return c.moveBy(ctx, clip.RemovedFrom(c.State.Status), clip.RemovedByOperator, &clip.Ruling{
			Decision: clip.Remove, By: clip.ByPerson, Actor: "operator", Code: clip.Other, At: workflow.Now(ctx),
		})
	}
	if c.ready {
		return c.decide(ctx)
	}
	if c.consume(SignalChannelChanged) && c.State.Status != clip.Verifying {
		if err := c.checkChannel(ctx); err != nil || c.State.Status.Terminal() {
			return err
		}
	}
	switch c.State.Status {
	case clip.Verifying:
		return c.verify(ctx)
	case clip.InReview:
		return c.review(ctx)
	}
	if c.State.Review.Closed {
		return c.creditReviewed(ctx)
	}
	if used, err := c.recordLate(ctx); used || err != nil {
		return err
	}
	return c.poll(ctx)
}

// decide carries out the decision of a reviewer, unless the clip has moved in the time between.
func (c *clipProcess) decide(ctx workflow.Context) error {
	switch verdict := c.verdict; {
	case c.allow(*verdict) != nil:
	case !verdict.Decision.Moves():
		c.State.ReviewedViews, c.decided = verdict.Views, verdict
		c.State.Review.NextReading = workflow.Now(ctx) // a clip in review is read at once, as a tracked one is
	case c.letWait(verdict.Decision):
		c.decided = verdict
	default:
		to, reason := verdict.Decision.Outcome(c.State.Status, verdict.Reason)
		if err := c.moveBy(ctx, to, reason, verdict.ruling(workflow.Now(ctx))); err != nil {
			return err
		}
		c.noteDecided(verdict.Decision)
		c.decided = c.verdict
	}
	c.verdict, c.ready = nil, false
	return nil
}

// verify reads the post from a provider and checks it against the channel and the terms.
func (c *clipProcess) verify(ctx workflow.Context) error {
	observed, err := c.observe(ctx)
	switch {
	case trackingOff(err):
		c.awaitTracking(ctx, true)
		return nil
	case err != nil && c.State.Sweep:
		if !c.askedInVain(ctx) {
			return nil
		}
		if c.wasSeen() {
			return c.endUnseen(ctx, clip.LastReadingMissing)
		}
		return c.move(ctx, clip.Rejected, clip.NotVerifiable)
	case err != nil:
		c.awaitProviders(ctx)
		return nil
	case observed.hasNoCounter():
		return c.awaitCounter(ctx, observed, c.State.Sweep)
	case observed.Reading == nil && c.wasSeen():
		return c.countMissing(ctx, observed)
	case observed.Reading == nil:
		return c.retryVerification(ctx, observed)
	}
	verified, err := step(ctx, "Check author, date and channel", activities.VerifyClip, clip.Evidence{
		ClipID: c.ClipID, AuthorDigest: observed.AuthorDigest, OtherAuthors: observed.OtherAuthors, PublishedAt: observed.Reading.PublishedAt,
	})
	if err != nil {
		return err
	}
	if err := c.noteFound(ctx); err != nil {
		return err
	}
	c.State.PublishedAt, c.State.TrackUntil = observed.Reading.PublishedAt, verified.TrackUntil
	if agreed, err := views.ParseTiers(verified.PollTiers); verified.PollTiers != "" && err == nil {
		c.Schedule = agreed
	}
	switch {
	case verified.RejectedBecause != "":
		return c.move(ctx, clip.Rejected, verified.RejectedBecause)
	case c.State.Resumed != "":
		resumed := c.State.Resumed
		c.State.Resumed = ""
		return c.accept(ctx, resumed, verified.Unproven)
	case verified.AutoApprove:
		return c.accept(ctx, clip.Tracking, verified.Unproven)
	}
	return c.beginReview(ctx, observed.ProviderAnswer, verified.Unproven)
}

// wasSeen reports whether the post was read before. A clip whose workflow starts again is verified once more.
func (c *clipProcess) wasSeen() bool { return c.State.Polls > 0 }

// retryVerification waits for a post that no provider finds, and rejects it in the end. A new post
// can take hours to become visible.
func (c *clipProcess) retryVerification(ctx workflow.Context, observed answer) error {
	if gone, err := c.lookedInVain(ctx, c.Schedule.NeverSeen(), observed); err != nil || !gone {
		return err
	}
	return c.move(ctx, clip.Rejected, observed.Missing)
}

func (c *clipProcess) move(ctx workflow.Context, status clip.Status, reason string) error {
	return c.moveBy(ctx, status, reason, nil)
}

// moveBy moves the clip because of a decision.
func (c *clipProcess) moveBy(ctx workflow.Context, status clip.Status, reason string, ruling *clip.Ruling) error {
	moved, err := step(ctx, "Move the clip: "+string(status), activities.MoveClip, clip.Move{ClipID: c.ClipID, To: status, Reason: reason, Ruling: ruling, At: workflow.Now(ctx)})
	if err != nil {
		return err
	}
	c.leaveReview(ctx)
	c.State.Status, c.State.Reason, c.State.WaitingFor = status, reason, ""
	if status == clip.InReview {
		c.State.Review = reviewState{Deadline: moved.ReviewDeadline, NextRule: moved.ReviewDeadline, Closed: c.State.Review.Closed}
	}
	return nil
}
