package workflows

import (
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
)

// startPayout starts the workflow of a payout as a child that outlives its parent, and returns once
// it has started. reuse says whether a payout whose workflow has ended is started again.
func startPayout(ctx workflow.Context, of payout.Identity, policy payout.Policy, reuse enums.WorkflowIdReusePolicy) (workflow.ChildWorkflowFuture, error) {
	child := workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID: names.Payout(of.PayoutID), TaskQueue: QueueCampaigns,
		ParentClosePolicy:     enums.PARENT_CLOSE_POLICY_ABANDON,
		WorkflowIDReusePolicy: reuse,
		StaticSummary:         "Pays one creator what is available in " + string(of.Currency),
		TypedSearchAttributes: temporal.NewSearchAttributes(
			AttributeCreatorID.ValueSet(of.CreatorID), AttributePayoutRunID.ValueSet(of.RunID),
			AttributePayoutStatus.ValueSet(string(payout.Reserved)), AttributeNeedsAttention.ValueSet(false),
		),
	}), CreatorPayout, PayoutInput{PayoutID: of.PayoutID, RunID: of.RunID, CreatorID: of.CreatorID, Currency: of.Currency, Policy: policy})
	return child, child.GetChildWorkflowExecution().Get(ctx, nil)
}
