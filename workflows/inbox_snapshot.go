package workflows

import (
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/rail"
)

// routeSnapshot notes that a snapshot of a view provider is to be looked at, and has it looked at. One that is not on
// record is of another installation.
func routeSnapshot(ctx workflow.Context, notice rail.Notice) (rail.Delivery, error) {
	known, err := step(ctx, "Note that a snapshot has ended", activities.NoteSnapshot, activities.SnapshotNotice{ID: notice.Job, SnapshotID: notice.SnapshotID, Now: workflow.Now(ctx)})
	if err != nil {
		return "", err
	}
	if !known {
		return rail.Ignored, nil
	}
	child := workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID: names.Snapshots, TaskQueue: QueueCampaigns,
		ParentClosePolicy:     enums.PARENT_CLOSE_POLICY_ABANDON,
		WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		StaticSummary:         "Looks at the snapshots of view providers",
	}), SnapshotSweep, SnapshotInput{})
	switch err := child.GetChildWorkflowExecution().Get(ctx, nil); {
	case err == nil:
		return rail.Started, nil
	case temporal.IsWorkflowExecutionAlreadyStartedError(err) && signalWorkflow(ctx, names.Snapshots, SignalWake):
		return rail.Signalled, nil
	}
	return rail.NoWorkflow, nil // the next pass of the schedule finds it
}
