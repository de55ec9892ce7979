package workflows

import (
	"errors"
	"strings"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/names"
)

// setUpdateHandlers registers the updates that people send to a campaign.
func (c *campaignProcess) setUpdateHandlers(ctx workflow.Context) error {
	return errors.Join(
		workflow.SetUpdateHandlerWithOptions(ctx, UpdateCreated, c.onCreated,
			workflow.UpdateHandlerOptions{Description: "Returns the status once the draft is recorded."}),
		workflow.SetUpdateHandlerWithOptions(ctx, UpdateTransition, c.onTransition,
			workflow.UpdateHandlerOptions{Validator: c.validateTransition, Description: "Moves the campaign: submit, approve, pause, resume, complete or cancel."}),
		workflow.SetUpdateHandlerWithOptions(ctx, UpdateFund, c.onFund,
			workflow.UpdateHandlerOptions{Validator: c.validateFund, Description: "Starts the payment of the budget."}),
		workflow.SetUpdateHandlerWithOptions(ctx, UpdateAmend, c.onAmend,
			workflow.UpdateHandlerOptions{Validator: c.validateAmend, Description: "Raises or lowers the budget, or moves the end to a later time."}),
		workflow.SetUpdateHandlerWithOptions(ctx, UpdateRetry, c.onRetry,
			workflow.UpdateHandlerOptions{Validator: validateOperator, Description: "Retries the step that needs attention."}),
	)
}

func (c *campaignProcess) onCreated(ctx workflow.Context) (campaign.Status, error) {
	if err := workflow.Await(ctx, func() bool { return c.State.Recorded || c.recordErr != nil }); err != nil {
		return "", err
	}
	return c.State.Status, activities.Failure(c.recordErr)
}

// validateTransition refuses an illegal move before it is recorded in the history.
func (c *campaignProcess) validateTransition(in Transition) error {
	if in.Actor == "" {
		return activities.Failure(fault.Field("actor", "actor_missing", "name the person who requests this"))
	}
	switch in.Command {
	case campaign.Submit, campaign.Approve, campaign.Pause, campaign.Resume, campaign.Complete, campaign.Cancel:
	default:
		return activities.Failure(fault.Field("command", "unknown_command", "%q is not a command that a person can give to a campaign", in.Command))
	}
	if c.State.Ending != "" {
		return activities.Failure(fault.New(fault.Conflict, "campaign_ending", "the campaign is already ending: its clips are read one last time"))
	}
	return activities.Failure(campaign.Check(c.State.Status, in.Command))
}

func (c *campaignProcess) onTransition(ctx workflow.Context, in Transition) (campaign.Status, error) {
	by := campaign.Move{
		ActionID: names.ActionID(names.Campaign(c.CampaignID), workflow.GetCurrentUpdateInfo(ctx).ID), Actor: in.Actor, Reason: in.Reason,
	}
	if in.Command != campaign.Complete && in.Command != campaign.Cancel {
		err := untilAnswered(ctx, "move the campaign", func() error { return c.move(ctx, in.Command, by) })
		c.State.ReadClips = c.State.ReadClips || err == nil && (in.Command == campaign.Pause || in.Command == campaign.Resume)
		c.wake()
		return c.State.Status, activities.Failure(err)
	}
	// Money may be moving, so the main loop ends the campaign and the caller does not wait. Before
	// money can move, only the database takes time, and the caller waits for it.
	idle := c.State.Status == campaign.Draft || c.State.Status == campaign.Reviewing || c.State.Status == campaign.Funded
	c.State.Ending, c.State.EndedBy = in.Command, by
	c.wake()
	if !idle {
		return c.State.Status, nil
	}
	err := workflow.Await(ctx, func() bool { return c.State.Status == campaign.Cancelled })
	return c.State.Status, err
}

func (c *campaignProcess) validateFund(in Fund) error {
	if in.Actor == "" {
		return activities.Failure(fault.Field("actor", "actor_missing", "name the person who requests this"))
	}
	switch {
	case in.Source != "" && in.Source != campaign.FromPayment && in.Source != campaign.FromBalance:
		return activities.Failure(fault.Field("source", "unknown_source", "%.40q is no source of a budget: use payment or balance", string(in.Source)))
	case in.Source == campaign.FromBalance && in.PaymentMethod != "":
		return activities.Failure(fault.Field("payment_method", "payment_method_unused", "a budget from the organization's balance needs no payment method: leave it out"))
	}
	if c.funded(in.Source) {
		return nil
	}
	if c.State.Status != campaign.Approved || c.State.Ending != "" {
		return activities.Failure(fault.New(fault.Conflict, "not_fundable", "only an approved campaign can be funded: this one is %s", c.State.Status))
	}
	return nil
}

// funded reports whether the campaign has got its budget from a source. A repeated request, whose first
// answer was lost, is then answered from the state. Its update has no id, because an id would keep an
// answer that is true only for a while, such as that a payment is unclear.
func (c *campaignProcess) funded(source campaign.Source) bool {
	switch c.State.Status {
	case campaign.Funded, campaign.Live, campaign.Paused, campaign.Completed:
	default:
		return false
	}
	if source == campaign.FromBalance {
		return c.State.Allocated
	}
	return c.State.Payment.Booked && !c.State.Allocated
}

func (c *campaignProcess) onRetry(ctx workflow.Context, in Operator) (campaign.Status, error) {
	id := names.ActionID(names.Campaign(c.CampaignID), workflow.GetCurrentUpdateInfo(ctx).ID)
	err := recordForPerson(ctx, "Record the request: retry", activities.RecordOperatorAction, access.OperatorAction{
		ID: id, Subject: names.Campaign(c.CampaignID), Action: UpdateRetry, Actor: in.Actor, Reason: in.Reason, Evidence: in.Evidence,
	})
	if err != nil {
		return c.State.Status, activities.Failure(err)
	}
	c.refunds.retryAsked = true
	c.State.Cover.Waits = 0
	c.wake()
	return c.State.Status, nil
}

func validateOperator(in Operator) error {
	if strings.TrimSpace(in.Actor) == "" || strings.TrimSpace(in.Reason) == "" {
		return activities.Failure(fault.Field("actor", "operator_unnamed", "give actor and reason: both are recorded with the books"))
	}
	return nil
}
