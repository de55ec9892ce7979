package workflows

import (
	"time"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
)

// PayoutRunTrigger starts the run of a week for the weekly Schedule. The Schedule adds a time to
// the ids of its workflows, and the id of a run is its period and number. A week that was run
// before is not run again, and the result says so; a run that failed or was terminated continues.
func PayoutRunTrigger(ctx workflow.Context, in PayoutRunInput) (PayoutRunTriggered, error) {
	in.Period, in.Number = payout.Period(scheduledTime(ctx)), payout.WeeklyRun
	in.StartedBy, in.Scheduled = payout.StartedBySchedule, true
	triggered := PayoutRunTriggered{Period: in.Period, WorkflowID: names.PayoutRun(in.Period, in.Number)}
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

// PayoutRunReuse lets a run be started again only if it failed or was terminated. What that run
// has reserved is found by the next one of the same id and never reserved twice.
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
