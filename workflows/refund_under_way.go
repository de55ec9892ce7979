package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/domain/reconcile"
)

// noteRefund records a refund that takes days. Stripe has taken it from the platform's balance already, and
// the books have it when it has arrived. Without the note it would look like missing money until the next
// comparison. So a failure to record it is only logged.
func noteRefund(ctx workflow.Context, depositID string, made rail.Refund) {
	_, err := do(ctx, ledgerCall, "Record the refund under way", activities.RecordProcessorObjects, activities.ObjectsSeen{
		Objects: []reconcile.Object{{
			Type: reconcile.Refund, ID: made.ID, AmountMinor: made.AmountMinor, Currency: made.Currency, Status: string(made.Status),
			CampaignID: made.CampaignID, DepositID: depositID, Generation: made.Number,
			SourceType: reconcile.PaymentIntent, SourceID: made.FundingID, CreatedAt: made.CreatedAt,
		}},
		AskedAt: workflow.Now(ctx),
	})
	if err != nil {
		workflow.GetLogger(ctx).Warn("a refund under way is not recorded before the next comparison", "refund", made.ID, "error", err)
	}
}
