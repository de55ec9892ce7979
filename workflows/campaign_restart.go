package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/rail"
)

// notifyCampaign makes a campaign check its money again. The workflow of a closed or cancelled
// campaign has ended, so it is started again: it reads the status, refunds what is left, and
// ends again. The workflow id allows one workflow of a campaign at a time, so two of them
// cannot refund the same money.
func notifyCampaign(ctx workflow.Context, campaignID string, settings CampaignSettings) (rail.Delivery, error) {
	return signalOrRestartCampaign(ctx, campaignID, settings, step[string, activities.EndedCampaign])
}

// notifyCampaignOnce is notifyCampaign for a caller that has other campaigns to notify: it
// returns an error when a campaign cannot be read, and does not wait until it can.
func notifyCampaignOnce(ctx workflow.Context, campaignID string, settings CampaignSettings) (rail.Delivery, error) {
	return signalOrRestartCampaign(ctx, campaignID, settings, func(ctx workflow.Context, summary string, activity activities.Activity[string, activities.EndedCampaign], id string) (activities.EndedCampaign, error) {
		return do(ctx, ledgerCall, summary, activity, id)
	})
}

type endedCampaignReader func(ctx workflow.Context, summary string, activity activities.Activity[string, activities.EndedCampaign], campaignID string) (activities.EndedCampaign, error)

func signalOrRestartCampaign(ctx workflow.Context, campaignID string, settings CampaignSettings, read endedCampaignReader) (rail.Delivery, error) {
	id := names.Campaign(campaignID)
	if signalWorkflow(ctx, id, SignalStripeChanged) {
		return rail.Signalled, nil
	}
	found, err := read(ctx, "Check whether the campaign has ended", activities.ReadEndedCampaign, campaignID)
	if err != nil {
		return rail.Undelivered, err
	}
	if !found.Ended {
		return rail.NoWorkflow, nil
	}
	return process{
		id: id, summary: "Ended campaign, started again because its money changed",
		about: []temporal.SearchAttributeUpdate{AttributeCampaignID.ValueSet(campaignID)}, workflow: CampaignLifecycle,
		input: CampaignInput{
			CampaignID: campaignID, OrganizationID: found.OrganizationID, Name: found.Name, Terms: found.Terms, Settings: settings.complete(),
		},
	}.startOrSignal(ctx)
}

// checkIntervalDefault serves workflows that were started without settings for campaigns.
const checkIntervalDefault = 15 * time.Minute

func (s CampaignSettings) complete() CampaignSettings {
	if s.CheckInterval <= 0 {
		s.CheckInterval = duration.Text(checkIntervalDefault)
	}
	return s
}
