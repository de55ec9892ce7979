package workflows

import (
	"errors"
	"time"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
)

// PayoutRunInput starts or continues the payout run of a period.
type PayoutRunInput struct {
	Period   string            `json:"period"`
	Policy   payout.Policy     `json:"policy"`
	Settings PayoutRunSettings `json:"settings"`
	State    payoutRunState    `json:"state"`
}

// PayoutRunSettings are the limits of a run.
type PayoutRunSettings struct {
	// PendingMax is how many payouts may be at work at once.
	PendingMax int64 `json:"pending_max"`
	// ApprovalAbove is the number of payouts above which finance has to approve a run; 0 means never.
	ApprovalAbove int               `json:"approval_above"`
	CheckInterval duration.Text     `json:"check_interval"`
	Reconcile     ReconcileSettings `json:"reconcile"`
}

// payoutRunState is what the next history of a run needs.
type payoutRunState struct {
	RunID    string               `json:"run_id,omitempty"`
	Approved bool                 `json:"approved,omitempty"`
	After    payout.EligibleAfter `json:"after"`
	Listed   bool                 `json:"listed,omitempty"`
	Started  int                  `json:"started"`
	// Skipped payouts ended without a reservation, because too little was available, or failed.
	Skipped int `json:"skipped,omitempty"`
}

const eligiblePage = 200

// PayoutRun checks the books and compares them with Stripe. Then it starts one payout per
// eligible creator and currency, a bounded number at a time. It ends when each is paid, has
// ended or waits for a person. Payouts are children that outlive the run: their state is in the books.
func PayoutRun(root workflow.Context, in PayoutRunInput) (PayoutRunResult, error) {
	ctx, _ := workflow.NewDisconnectedContext(root)
	r := &payoutRun{PayoutRunInput: in, waiting: waitFor(root)}
	if err := workflow.SetUpdateHandlerWithOptions(ctx, UpdateApprove, r.onApprove, workflow.UpdateHandlerOptions{
		Validator: r.validateApprove, Description: "Approves a large run.",
	}); err != nil {
		return PayoutRunResult{}, err
	}
	result, err := r.run(ctx)
	if errors.Is(err, errRunContinues) {
		return PayoutRunResult{}, workflow.NewContinueAsNewError(root, PayoutRun, r.PayoutRunInput)
	}
	return result, activities.Failure(err)
}

// payoutRun is the state of one history of PayoutRun.
type payoutRun struct {
	PayoutRunInput
	*waiting
	awaitsApproval bool
	// children were started by this history and have not ended.
	children []workflow.ChildWorkflowFuture
}

func (r *payoutRun) run(ctx workflow.Context) (PayoutRunResult, error) {
	id, err := step(ctx, "Open the run "+r.Period, activities.OpenPayoutRun, payout.RunOpening{
		RunID: names.PayoutRunID(r.Period), Period: r.Period, Now: workflow.Now(ctx),
	})
	if err != nil {
		return PayoutRunResult{}, err
	}
	r.State.RunID = id
	if r.State.Started == 0 {
		if blocked, err := r.clear(ctx); err != nil || blocked != "" {
			return PayoutRunResult{Status: string(payout.RunCancelled), Blocked: blocked}, err
		}
	}
	for !r.State.Listed {
		if err := r.startPage(ctx); err != nil {
			return PayoutRunResult{}, err
		}
	}
	if err := r.awaitPayouts(ctx, 0); err != nil {
		return PayoutRunResult{}, err
	}
	return PayoutRunResult{Status: string(payout.RunFinished), Payouts: r.State.Started}, r.moveTo(ctx, payout.RunFinished, "")
}

func (r *payoutRun) page(ctx workflow.Context, limit int) ([]payout.Eligible, error) {
	return step(ctx, "List creators who can be paid", activities.ListEligibleCreators, activities.EligiblePage{
		After: r.State.After, MinimumMinor: r.Policy.MinimumMinor, Limit: limit,
	})
}

// startPage starts the payouts of one page of creators and waits until few enough are at
// work. It waits for each start, so that continuing as new loses none.
func (r *payoutRun) startPage(ctx workflow.Context) error {
	limit := int(max(1, min(eligiblePage, r.Settings.PendingMax)))
	eligible, err := r.page(ctx, limit)
	if err != nil {
		return err
	}
	for _, creator := range eligible {
		if err := r.start(ctx, creator); err != nil {
			return err
		}
		r.State.Started++
		r.State.After = payout.EligibleAfter{CreatorID: creator.CreatorID, Currency: creator.Currency}
	}
	if r.State.Listed = len(eligible) < limit; r.State.Listed {
		return nil
	}
	return r.awaitPayouts(ctx, r.Settings.PendingMax-int64(limit))
}

func (r *payoutRun) start(ctx workflow.Context, creator payout.Eligible) error {
	id := names.PayoutID(r.State.RunID, creator.CreatorID, string(creator.Currency))
	child, err := startPayout(ctx, payout.Identity{PayoutID: id, RunID: r.State.RunID, CreatorID: creator.CreatorID, Currency: creator.Currency},
		r.Policy, enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE)
	if temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		r.State.Started-- // counted by an earlier history of this run
		return nil
	}
	if err == nil {
		r.children = append(r.children, child)
	}
	return err
}

// countSkipped counts children that ended without a reservation, which have no amount.
func (r *payoutRun) countSkipped(ctx workflow.Context) {
	var open []workflow.ChildWorkflowFuture
	for _, child := range r.children {
		if !child.IsReady() {
			open = append(open, child)
			continue
		}
		var result PayoutResult
		if err := child.Get(ctx, &result); err != nil || result.AmountMinor == 0 {
			r.State.Skipped++
		}
	}
	r.children = open
}

// awaitPayouts waits until at most pending payouts of the run are at work. A child counts
// from its start, before its reservation is on record.
func (r *payoutRun) awaitPayouts(ctx workflow.Context, pending int64) error {
	for counts := 1; ; counts++ {
		count, err := step(ctx, "Count payouts at work", activities.CountPayouts, r.State.RunID)
		if err != nil {
			return err
		}
		r.countSkipped(ctx)
		beginning := max(0, int64(r.State.Started-r.State.Skipped)-count.Reserved)
		if count.AtWork+beginning <= max(0, pending) {
			return nil
		}
		if beginning == 0 && r.continueAsNew(ctx) {
			return errRunContinues
		}
		if counts%lostAfterCounts == 0 {
			if err := r.findLost(ctx); err != nil {
				return err
			}
		}
		r.sleep(ctx, r.Settings.CheckInterval.Std(), "Wait for payouts to end")
	}
}

// At every fourth count, the first payouts that are still at work are checked for a running workflow.
const (
	lostAfterCounts = 4
	lostPage        = 100
)

// findLost puts payouts whose workflow was terminated on the needs-attention list. Such a
// workflow cannot do that itself.
func (r *payoutRun) findLost(ctx workflow.Context) error {
	atWork, err := step(ctx, "List payouts at work", activities.ListPayoutsAtWork, activities.PayoutsOfRun{RunID: r.State.RunID, Limit: lostPage})
	if err != nil {
		return err
	}
	for _, id := range atWork {
		if signalWorkflow(ctx, names.Payout(id), SignalStripeChanged) {
			continue
		}
		if err := record(ctx, "Needs attention: its workflow is not running", activities.ParkLostPayout, id); err != nil {
			return err
		}
	}
	return nil
}

var errRunContinues = conflict("run_continues", "the run continues as new")

func (r *payoutRun) moveTo(ctx workflow.Context, status payout.RunStatus, reason string) error {
	return record(ctx, "Record the run as "+string(status), activities.MovePayoutRun, payout.RunMove{
		RunID: r.State.RunID, Status: status, BlockedReason: reason, Payouts: r.State.Started,
	})
}

// PayoutRunTrigger starts the run of a week for the weekly Schedule. The Schedule adds a time to
// the ids of its workflows, and the id of a run is its period alone. A week that was run before
// is not run again, and the result says so; a run that failed or was terminated continues.
func PayoutRunTrigger(ctx workflow.Context, in PayoutRunInput) (PayoutRunTriggered, error) {
	in.Period = payout.Period(scheduledTime(ctx))
	triggered := PayoutRunTriggered{Period: in.Period, WorkflowID: names.PayoutRun(in.Period)}
	child := workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID: triggered.WorkflowID, TaskQueue: QueueCampaigns,
		ParentClosePolicy:     enums.PARENT_CLOSE_POLICY_ABANDON,
		WorkflowIDReusePolicy: PayoutRunReuse,
		StaticSummary:         "Weekly payouts " + in.Period,
	}), PayoutRun, in)
	err := child.GetChildWorkflowExecution().Get(ctx, nil)
	if temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		triggered.AlreadyRun = true
		workflow.GetLogger(ctx).Warn("the week was run before, so the schedule started nothing", "period", in.Period)
		return triggered, nil
	}
	return triggered, err
}

// PayoutRunReuse lets a week be run again only if its run failed or was terminated. What that
// run has reserved is found by the next one of the same id and never reserved twice.
const PayoutRunReuse = enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY

// scheduledTime returns when the Schedule meant to start this workflow, which after an outage is
// earlier than now.
func scheduledTime(ctx workflow.Context) time.Time {
	key := temporal.NewSearchAttributeKeyTime("TemporalScheduledStartTime")
	if at, ok := workflow.GetTypedSearchAttributes(ctx).GetTime(key); ok {
		return at
	}
	return workflow.Now(ctx)
}
