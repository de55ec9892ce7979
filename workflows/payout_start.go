package workflows

import (
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
)

// PayoutReuse starts the workflow of a payout once. PayoutReopen also starts one again that has
// ended; a running one is left alone by both.
const (
	PayoutReuse  = enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE
	PayoutReopen = enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE
)

// startPayout starts the workflow of a payout, and returns once it has started.
func startPayout(ctx workflow.Context, of payout.Identity, policy payout.Policy, reuse enums.WorkflowIdReusePolicy) error {
	return executePayout(ctx, of, policy, reuse).GetChildWorkflowExecution().Get(ctx, nil)
}

// executePayout requests the start of the workflow of a payout as a child that outlives its
// parent. It does not wait for the start.
func executePayout(ctx workflow.Context, of payout.Identity, policy payout.Policy, reuse enums.WorkflowIdReusePolicy) workflow.ChildWorkflowFuture {
	return workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID: names.Payout(of.PayoutID), TaskQueue: QueueCampaigns,
		ParentClosePolicy:     enums.PARENT_CLOSE_POLICY_ABANDON,
		WorkflowIDReusePolicy: reuse,
		StaticSummary:         "Pays one creator what is available in " + string(of.Currency),
		TypedSearchAttributes: temporal.NewSearchAttributes(
			AttributeCreatorID.ValueSet(of.CreatorID), AttributePayoutRunID.ValueSet(of.RunID),
			AttributePayoutStatus.ValueSet(string(payout.Reserved)), AttributeNeedsAttention.ValueSet(false),
		),
	}), CreatorPayout, PayoutInput{PayoutID: of.PayoutID, RunID: of.RunID, CreatorID: of.CreatorID, Currency: of.Currency, Policy: policy})
}
