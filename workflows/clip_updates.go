package workflows

import (
	"errors"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/names"
)

// setUpdateHandlers registers the updates that people send to a clip.
func (c *clipProcess) setUpdateHandlers(ctx workflow.Context) error {
	return errors.Join(
		workflow.SetUpdateHandlerWithOptions(ctx, UpdateSubmitted, c.onSubmitted,
			workflow.UpdateHandlerOptions{Description: "Returns the status once the submission is recorded."}),
		workflow.SetUpdateHandlerWithOptions(ctx, UpdateRestored, c.onRestored,
			workflow.UpdateHandlerOptions{Validator: c.validateRestored, Description: "Returns the status once the clip has started again."}),
		workflow.SetUpdateHandlerWithOptions(ctx, UpdateReview, c.onReview,
			workflow.UpdateHandlerOptions{Validator: c.validateReview, Description: "Approves or rejects a clip that waits for review, flags one that is tracked, confirms its count, or removes one."}),
	)
}

func (c *clipProcess) onSubmitted(ctx workflow.Context) (clip.Status, error) {
	if err := workflow.Await(ctx, func() bool { return c.State.Status != "" || c.recordErr != nil }); err != nil {
		return "", err
	}
	return c.State.Status, activities.Failure(c.recordErr)
}

// validateRestored refuses a request that has not started this workflow: the clip is running already.
func (c *clipProcess) validateRestored(in Restored) error {
	if c.Restored != nil && c.Restored.ID == in.ID && in.ID != "" {
		return nil
	}
	if in.Views > 0 {
		return activities.Failure(errReviewPending)
	}
	return activities.Failure(clip.Restore.Allow(c.State.Status))
}

var errReviewPending = fault.New(fault.Conflict, "review_pending", "another decision on the clip is being recorded: look at its status, and decide again if necessary")

func (c *clipProcess) onRestored(ctx workflow.Context, _ Restored) (clip.Status, error) {
	return c.onSubmitted(ctx)
}

func (c *clipProcess) validateReview(in Review) error {
	if in.Actor == "" {
		return activities.Failure(fault.Field("actor", "actor_missing", "name the reviewer"))
	}
	if err := in.Decision.CheckCode(in.Reason); err != nil {
		return activities.Failure(err)
	}
	if in.Decision == clip.Flag && c.State.Sweep {
		return activities.Failure(fault.New(fault.Conflict, "campaign_ending", "the campaign is ending, and the clip takes its final reading: propose a correction instead"))
	}
	if c.verdict != nil {
		return activities.Failure(errReviewPending)
	}
	return activities.Failure(c.allow(in))
}

func (c *clipProcess) onReview(ctx workflow.Context, in Review) (clip.Status, error) {
	c.verdict = &in
	if err := c.recordDecision(ctx, workflow.GetCurrentUpdateInfo(ctx).ID, in); err != nil {
		c.verdict = nil
		return c.State.Status, activities.Failure(err)
	}
	c.ready = true
	c.wake()
	if err := workflow.Await(ctx, func() bool { return c.verdict != &in }); err != nil {
		return c.State.Status, err
	}
	if c.decided != &in {
		return c.State.Status, activities.Failure(c.allow(in))
	}
	return c.State.Status, nil
}

func (c *clipProcess) recordDecision(ctx workflow.Context, requestID string, in Review) error {
	return recordForPerson(ctx, "Record the reviewer's decision", activities.RecordOperatorAction, access.OperatorAction{
		ID: names.ActionID(names.Clip(c.ClipID), requestID), Subject: names.Clip(c.ClipID), Action: string(in.Decision), Actor: in.Actor, Reason: string(in.Reason), Evidence: in.evidence(),
	})
}
