package workflows

import (
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/payout"
)

// ensurePayoutsRun starts the workflows of payouts again where they are not running, and returns
// how many. A workflow that starts again continues from what is on record. A running one does not
// notice: the start is refused, and unlike a signal it adds nothing to its history. A payout whose
// workflow cannot be started is shown as needing attention.
func ensurePayoutsRun(ctx workflow.Context, stale []payout.Identity, policy payout.Policy) (int, error) {
	started := make([]workflow.ChildWorkflowFuture, len(stale))
	for i, each := range stale {
		started[i] = executePayout(ctx, each, policy, PayoutReopen)
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
