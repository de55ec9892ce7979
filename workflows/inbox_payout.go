package workflows

import (
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/rail"
)

// notifyPayout lets a payout read its rail. If its workflow is not running, it is started again:
// a bank can return a payout after its workflow has ended, and no event may be dropped for that.
func notifyPayout(ctx workflow.Context, payoutID, signal string, policy payout.Policy) (rail.Delivery, error) {
	if signalWorkflow(ctx, names.Payout(payoutID), signal) {
		return rail.Signalled, nil
	}
	return reopenPayout(ctx, payoutID, policy)
}

// reopenPayout starts the workflow of a payout that is in the books. It reads the books and the
// rail from the start, and ends again if there is nothing to do. The workflow id allows one
// workflow of a payout at a time. Its caller has other payouts to notify, so it returns an error
// when the books cannot be read, and does not wait until they can.
func reopenPayout(ctx workflow.Context, payoutID string, policy payout.Policy) (rail.Delivery, error) {
	known, err := do(ctx, ledgerCall, "Find the payout whose workflow is not running", activities.FindPayout, payoutID)
	if err != nil {
		return rail.Undelivered, err
	}
	if !known.Found {
		return rail.UnknownPayout, nil
	}
	if policy.Validate() != nil {
		policy = payout.DefaultPolicy() // the caller was started without settings for payouts
	}
	err = startPayout(ctx, known.Payout, policy, PayoutReopen)
	if temporal.IsWorkflowExecutionAlreadyStartedError(err) && signalWorkflow(ctx, names.Payout(payoutID), SignalStripeChanged) {
		return rail.Signalled, nil // another workflow started it in between
	}
	if err != nil {
		return rail.Undelivered, err
	}
	return rail.Started, nil
}
