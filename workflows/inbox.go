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

// InboxInput says which webhooks a pass looks at. The pass that the API wakes takes all of
// them; the scheduled one only those that were left behind, so that the two do not deliver
// the same one twice.
type InboxInput struct {
	LeftBehindFor duration.Text `json:"left_behind_for,omitempty"`
	// Campaign is for processes that an event begins anew.
	Campaign CampaignSettings `json:"campaign"`
}

// InboxSweep is one pass over stored webhooks that nobody has been told of: it signals the
// workflows that they concern. A webhook that was stored just before a crash is found here.
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
	webhookSignalled   = "signalled"
	webhookStarted     = "started"
	webhookNobodyWaits = "nobody_waits"
	webhookIgnored     = "ignored"
)

func deliver(ctx workflow.Context, webhook activities.Webhook, settings CampaignSettings) error {
	outcome, err := route(ctx, webhook.Notice, settings)
	if err != nil {
		return err
	}
	return record(ctx, webhook.Type+": "+outcome, activities.FinishWebhook, activities.WebhookOutcome{Provider: webhook.Provider, EventID: webhook.EventID, Outcome: outcome})
}

// route tells the workflow that a notice concerns to look. Notices carry no truth here: they
// come twice, late and in any order.
func route(ctx workflow.Context, notice rail.Notice, settings CampaignSettings) (outcome string, err error) {
	switch notice.Concern {
	case rail.ConcernCampaignPayment, rail.ConcernRefundStarted:
		return tell(ctx, names.Campaign(notice.CampaignID), SignalStripeChanged), nil
	case rail.ConcernRefundChanged:
		// A refund that had succeeded may fail weeks later, when its campaign has long ended.
		return tellCampaign(ctx, notice.CampaignID, settings)
	case rail.ConcernDispute:
		return FollowDispute(ctx, DisputeInput{DisputeID: notice.DisputeID, Campaign: settings})
	case rail.ConcernPayout:
		return tell(ctx, names.Payout(notice.PayoutID), SignalStripeChanged), nil
	case rail.ConcernBankAccountAdded:
		return tellParked(ctx, notice.Account, SignalBankAccountChanged)
	case rail.ConcernPayoutAccount:
		return tellParked(ctx, notice.Account, SignalAccountChanged)
	default:
		return webhookIgnored, nil
	}
}

// tell signals one workflow. That it does not exist, or has ended, is an answer.
func tell(ctx workflow.Context, workflowID, signal string) string {
	if err := workflow.SignalExternalWorkflow(ctx, workflowID, "", signal, nil).Get(ctx, nil); err != nil {
		return webhookNobodyWaits
	}
	return webhookSignalled
}

// tellParked signals the payouts of a connected account that wait for something.
func tellParked(ctx workflow.Context, account, signal string) (string, error) {
	payoutIDs, err := step(ctx, "List payouts that wait for this account", activities.ListParkedPayouts, account)
	if err != nil {
		return "", err
	}
	outcome := webhookNobodyWaits
	for _, id := range payoutIDs {
		if tell(ctx, names.Payout(id), signal) == webhookSignalled {
			outcome = webhookSignalled
		}
	}
	return outcome, nil
}
