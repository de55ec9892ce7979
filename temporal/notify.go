package temporal

import (
	"context"
	"errors"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/workflows"
)

// Notify signals the workflow that an event concerns. It returns rail.Undelivered without an error
// if that workflow is not running and may have to be started again: InboxSweep reads the books
// for that. A notice about an account names one payout that waits for it.
func (e *Engine) Notify(ctx context.Context, notice rail.Notice) (rail.Delivery, error) {
	switch notice.Concern {
	case rail.ConcernCampaignPayment, rail.ConcernRefundStarted:
		return e.signal(ctx, "the campaign", names.Campaign(notice.CampaignID), workflows.SignalStripeChanged, rail.NoWorkflow)
	case rail.ConcernRefundChanged:
		return e.signal(ctx, "the campaign", names.Campaign(notice.CampaignID), workflows.SignalStripeChanged, rail.Undelivered)
	case rail.ConcernDepositPayment:
		return e.signal(ctx, "the deposit", names.Deposit(notice.DepositID), workflows.SignalStripeChanged, rail.Undelivered)
	case rail.ConcernDepositRefund:
		if notice.WithdrawalID == "" {
			return e.signal(ctx, "the deposit", names.Deposit(notice.DepositID), workflows.SignalStripeChanged, rail.Undelivered)
		}
		return e.signal(ctx, "the withdrawal", names.Withdrawal(notice.WithdrawalID), workflows.SignalStripeChanged, rail.Undelivered)
	case rail.ConcernDispute:
		return e.followDispute(ctx, notice.DisputeID)
	case rail.ConcernPayout:
		return e.signal(ctx, "the payout", names.Payout(notice.PayoutID), workflows.SignalStripeChanged, rail.Undelivered)
	case rail.ConcernAccountState, rail.ConcernVerification:
		return rail.Undelivered, nil // the sweep reads the account or the verification first
	case rail.ConcernBankAccountAdded, rail.ConcernPayoutAccount:
		return e.signal(ctx, "the payout", names.Payout(notice.PayoutID), workflows.SignalOfAccount(notice.Concern), rail.Undelivered)
	case rail.ConcernSnapshot:
		return e.wakeSnapshots(ctx)
	}
	return rail.Ignored, nil
}

// signal signals a workflow, and returns otherwise if it is not running.
func (e *Engine) signal(ctx context.Context, what, workflowID, signal string, otherwise rail.Delivery) (rail.Delivery, error) {
	err := e.client.SignalWorkflow(ctx, workflowID, "", signal, nil)
	var notFound *serviceerror.NotFound
	if errors.As(err, &notFound) {
		return otherwise, nil
	}
	if err != nil {
		return rail.Undelivered, translate(what, err)
	}
	return rail.Signalled, nil
}

// followDispute signals the workflow of a dispute, and starts it first if it is not running.
func (e *Engine) followDispute(ctx context.Context, disputeID string) (rail.Delivery, error) {
	_, err := e.client.SignalWithStartWorkflow(ctx, names.Dispute(disputeID), workflows.SignalStripeChanged, nil, client.StartWorkflowOptions{
		TaskQueue: workflows.QueueCampaigns, StaticSummary: "Dispute over a brand's payment",
		TypedSearchAttributes: temporal.NewSearchAttributes(workflows.AttributeNeedsAttention.ValueSet(false)),
	}, workflows.FundingDispute, workflows.DisputeInput{DisputeID: disputeID, Campaign: e.settings.Campaign})
	if err != nil {
		return rail.Undelivered, translate("the dispute", err)
	}
	return rail.Signalled, nil
}
