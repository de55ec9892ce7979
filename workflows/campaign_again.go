package workflows

import (
	"time"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/names"
)

// tellCampaign has a campaign look at its money again. The process of one that is closed or
// cancelled has ended; it is begun anew, finds on record where the campaign stands, gives
// back what is left and ends again. There is one process of a campaign at a time either way,
// so that no two of them refund the same money.
func tellCampaign(ctx workflow.Context, campaignID string, settings CampaignSettings) (outcome string, err error) {
	return tellOrBegin(ctx, campaignID, settings, step[string, activities.EndedCampaign])
}

// tryCampaign is tellCampaign for whoever has others to tell: a campaign that cannot be read
// is given up.
func tryCampaign(ctx workflow.Context, campaignID string, settings CampaignSettings) (outcome string, err error) {
	return tellOrBegin(ctx, campaignID, settings, func(ctx workflow.Context, summary string, activity activities.Activity[string, activities.EndedCampaign], id string) (activities.EndedCampaign, error) {
		return do(ctx, ledgerCall, summary, activity, id)
	})
}

type readEnded func(ctx workflow.Context, summary string, activity activities.Activity[string, activities.EndedCampaign], campaignID string) (activities.EndedCampaign, error)

func tellOrBegin(ctx workflow.Context, campaignID string, settings CampaignSettings, read readEnded) (outcome string, err error) {
	id := names.Campaign(campaignID)
	if tell(ctx, id, SignalStripeChanged) == webhookSignalled {
		return webhookSignalled, nil
	}
	found, err := read(ctx, "Look whether the campaign has ended", activities.ReadEndedCampaign, campaignID)
	if err != nil || !found.Ended {
		return webhookNobodyWaits, err
	}
	child := workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID: id, TaskQueue: QueueCampaigns, ParentClosePolicy: enums.PARENT_CLOSE_POLICY_ABANDON,
		StaticSummary: "Campaign that has ended, whose money moved again",
		TypedSearchAttributes: temporal.NewSearchAttributes(
			AttributeCampaignID.ValueSet(campaignID), AttributeNeedsAttention.ValueSet(false),
		),
	}), CampaignLifecycle, CampaignInput{
		CampaignID: campaignID, OrganizationID: found.OrganizationID, Name: found.Name, Terms: found.Terms, Settings: settings.complete(),
	})
	err = child.GetChildWorkflowExecution().Get(ctx, nil)
	if temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		return tell(ctx, id, SignalStripeChanged), nil // somebody else began it just now
	}
	return webhookStarted, err
}

// checkIntervalDefault stands in where a pass was started before it was told of settings.
const checkIntervalDefault = 15 * time.Minute

func (s CampaignSettings) complete() CampaignSettings {
	if s.CheckInterval <= 0 {
		s.CheckInterval = duration.Text(checkIntervalDefault)
	}
	return s
}
