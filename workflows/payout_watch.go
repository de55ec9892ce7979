package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/payout"
)

// PayoutWatchInput starts or continues a pass.
type PayoutWatchInput struct {
	// Policy is that of workflows that are started again; the one of their first start is lost.
	Policy payout.Policy `json:"policy"`
	// UnchangedFor is how long a payout has not changed before its workflow is looked for.
	UnchangedFor duration.Text `json:"unchanged_for"`
	// After and StartedAgain are of an earlier history of the pass.
	After        string `json:"after,omitempty"`
	StartedAgain int    `json:"started_again,omitempty"`
}

// PayoutWatchResult is what a pass has done.
type PayoutWatchResult struct {
	StartedAgain int `json:"started_again"`
}

const stalePage = 100

// PayoutWatch is one pass over payouts that have not ended and have not changed for a while. It
// starts their workflow again where it is not running, such as after a termination. Payouts that
// are paid and that no bank can return any more are left alone.
func PayoutWatch(ctx workflow.Context, in PayoutWatchInput) (PayoutWatchResult, error) {
	for {
		stale, err := step(ctx, "List payouts that have not changed for a while", activities.ListStalePayouts, payout.StalePage{
			After: in.After, UnchangedFor: in.UnchangedFor, ReturnWindow: in.Policy.ReturnWindow, Limit: stalePage,
		})
		if err != nil {
			return PayoutWatchResult{}, err
		}
		again, err := ensurePayoutsRun(ctx, stale, in.Policy)
		in.StartedAgain += again
		if err != nil || len(stale) < stalePage {
			return PayoutWatchResult{StartedAgain: in.StartedAgain}, err
		}
		in.After = stale[len(stale)-1].PayoutID
		if info := workflow.GetInfo(ctx); info.GetContinueAsNewSuggested() || info.GetCurrentHistoryLength() > eventsMax {
			return PayoutWatchResult{}, workflow.NewContinueAsNewError(ctx, PayoutWatch, in)
		}
	}
}
