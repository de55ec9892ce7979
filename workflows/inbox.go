package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/rail"
)

const (
	inboxBatch  = 50
	inboxRounds = 100
)

// InboxInput selects the webhooks of a pass. The pass that the API starts takes all of them.
// The scheduled one takes only those that were left behind, so that the two do not deliver the
// same webhook twice.
type InboxInput struct {
	LeftBehindFor duration.Text `json:"left_behind_for,omitempty"`
	// Campaign is for workflows that an event starts again.
	Campaign CampaignSettings `json:"campaign"`
}

// InboxSweep is one pass over stored webhooks that are not delivered yet: it signals the
// workflows that they concern. It also finds a webhook that was stored just before a crash.
func InboxSweep(ctx workflow.Context, in InboxInput) (int, error) {
	wake := workflow.GetSignalChannel(ctx, SignalWake)
	delivered := 0
	for range inboxRounds {
		drain(wake)
		pending, err := step(ctx, "List undelivered webhooks", activities.ListPendingWebhooks, activities.PendingWebhooks{LeftBehindFor: in.LeftBehindFor, Limit: inboxBatch})
		if err != nil {
			return delivered, err
		}
		for _, webhook := range pending {
			if err := deliver(ctx, webhook, in.Campaign); err != nil {
				return delivered, err
			}
		}
		delivered += len(pending)
		if len(pending) == 0 && !drain(wake) {
			break
		}
	}
	return delivered, nil
}

// Outcomes of a stored webhook.
const (
	webhookSignalled  = "signalled"
	webhookStarted    = "started"
	webhookNoWorkflow = "no_workflow"
	webhookIgnored    = "ignored"
)

// What the history shows for each outcome.
var outcomes = map[string]string{
	webhookSignalled:  "a workflow received a signal",
	webhookStarted:    "a workflow was started",
	webhookNoWorkflow: "no workflow waits for it",
	webhookIgnored:    "it concerns no workflow",
}

func deliver(ctx workflow.Context, webhook activities.Webhook, settings CampaignSettings) error {
	outcome, err := route(ctx, webhook.Notice, settings)
	if err != nil {
		return err
	}
	return record(ctx, "Finish the webhook "+webhook.Type+": "+outcomes[outcome], activities.FinishWebhook, activities.WebhookOutcome{Provider: webhook.Provider, EventID: webhook.EventID, Outcome: outcome})
}

// route signals the workflow that a notice concerns, which then reads Stripe. A notice itself is
// no evidence: notices come twice, late and in any order.
func route(ctx workflow.Context, notice rail.Notice, settings CampaignSettings) (outcome string, err error) {
	switch notice.Concern {
	case rail.ConcernCampaignPayment, rail.ConcernRefundStarted:
		return signalled(ctx, names.Campaign(notice.CampaignID)), nil
	case rail.ConcernRefundChanged:
		// A succeeded refund may fail weeks later, when the campaign's workflow has ended.
		return notifyCampaign(ctx, notice.CampaignID, settings)
	case rail.ConcernDispute:
		return followDispute(ctx, DisputeInput{DisputeID: notice.DisputeID, Campaign: settings})
	case rail.ConcernPayout:
		return signalled(ctx, names.Payout(notice.PayoutID)), nil
	case rail.ConcernBankAccountAdded:
		return signalParkedPayouts(ctx, notice.Account, SignalBankAccountChanged)
	case rail.ConcernAccountState:
		return accountChanged(ctx, notice.Account)
	case rail.ConcernPayoutAccount:
		return signalParkedPayouts(ctx, notice.Account, SignalAccountChanged)
	default:
		return webhookIgnored, nil
	}
}

// signalled lets one workflow read its rail, and returns the outcome of the webhook.
func signalled(ctx workflow.Context, workflowID string) (outcome string) {
	if signalWorkflow(ctx, workflowID, SignalStripeChanged) {
		return webhookSignalled
	}
	return webhookNoWorkflow
}

// signalParkedPayouts signals the parked payouts of a connected account.
func signalParkedPayouts(ctx workflow.Context, account, signal string) (outcome string, err error) {
	payoutIDs, err := step(ctx, "List payouts that wait for this account", activities.ListParkedPayouts, account)
	if err != nil {
		return "", err
	}
	outcome = webhookNoWorkflow
	for _, id := range payoutIDs {
		if signalWorkflow(ctx, names.Payout(id), signal) {
			outcome = webhookSignalled
		}
	}
	return outcome, nil
}
