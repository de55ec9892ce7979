package workflows

import (
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
)

// PayoutReuse starts the workflow of a payout once. PayoutReopen also starts one again that has
// ended; a running one is left alone by both.
const (
	PayoutReuse  = enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE
	PayoutReopen = enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE
)

// executePayout starts the workflow of a payout as a child that outlives its parent.
func executePayout(ctx workflow.Context, in PayoutInput, reuse enums.WorkflowIdReusePolicy) workflow.ChildWorkflowFuture {
	return workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID: names.Payout(in.PayoutID), TaskQueue: QueueCampaigns,
		ParentClosePolicy:     enums.PARENT_CLOSE_POLICY_ABANDON,
		WorkflowIDReusePolicy: reuse,
		StaticSummary:         "Pays one creator what is available in " + string(in.Currency),
		TypedSearchAttributes: temporal.NewSearchAttributes(
			AttributeCreatorID.ValueSet(in.CreatorID), AttributePayoutRunID.ValueSet(in.RunID),
			AttributePayoutStatus.ValueSet(string(payout.Reserved)), AttributeNeedsAttention.ValueSet(false),
		),
	}), CreatorPayout, in)
}

// ensurePayoutsRun starts the workflows of payouts again where they are not running, and returns
// how many. A workflow that starts again continues from what is on record. A running one does not
// notice: the start is refused, and unlike a signal it adds nothing to its history. A payout whose
// workflow cannot be started is shown as needing attention.
func ensurePayoutsRun(ctx workflow.Context, stale []payout.Stale, policy payout.Policy) (int, error) {
	started := make([]workflow.ChildWorkflowFuture, len(stale))
	for i, each := range stale {
		started[i] = executePayout(ctx, PayoutInput{
			PayoutID: each.PayoutID, RunID: each.RunID, CreatorID: each.CreatorID, Currency: each.Currency, Policy: policy,
		}, PayoutReopen)
	}
	again := 0
	for i, each := range stale {
		err := started[i].GetChildWorkflowExecution().Get(ctx, nil)
		switch {
		case err == nil:
			again++
		case !temporal.IsWorkflowExecutionAlreadyStartedError(err):
			workflow.GetLogger(ctx).Error("the workflow of a payout cannot be started again", "payout", each.PayoutID, "error", err)
			if err := record(ctx, "Needs attention: its workflow is not running", activities.ParkLostPayout, each.PayoutID); err != nil {
				return again, err
			}
		}
	}
	return again, nil
}
