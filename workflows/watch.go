package workflows

import (
	"time"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// A watch is a workflow that shows something in the books while it lasts: money that is missing, a provider in trouble,
// appeals that no reviewer decides. A pass on a schedule finds it and starts the watch, because the pass itself
// ends within minutes. The watch reads the books only, and ends when there is nothing left to show.

const (
	watchInterval    = time.Minute
	watchIntervalMax = 15 * time.Minute
)

// sight is what a watch sees in the books.
type sight struct {
	// lasts: there is something to watch. attention is what to show of it, or nil while it may still go away by itself.
	lasts     bool
	attention *attention
	// wait is the time until the next look, and until says so.
	wait  time.Duration
	until string
}

// watch looks again and again, and reports whether the workflow should continue as new. If the books cannot be reached,
// it tries again: a workflow that failed would stay on the list for ever. A person can cancel it.
func watch(ctx workflow.Context, w *waiting, look func() (sight, error)) (again bool) {
	for failures := 0; !w.isCancelled(); {
		seen, err := look()
		switch {
		case err != nil:
			if failures++; failures == defectAfterTries {
				showAttention(ctx, unforeseen(err, ""))
			}
			seen = sight{wait: min(watchInterval<<min(failures, 8), watchIntervalMax), until: "Until the books can be reached again"}
		case !seen.lasts:
			clearAttention(ctx)
			return false
		default:
			failures = 0
			showSight(ctx, seen.attention)
		}
		w.sleep(ctx, seen.wait, seen.until)
		if w.continueAsNew(ctx) && !w.isCancelled() {
			return true
		}
	}
	clearAttention(ctx)
	return false
}

// showSight brings the needs-attention list up to date. What is on it already is not set again.
func showSight(ctx workflow.Context, a *attention) {
	listed, _ := workflow.GetTypedSearchAttributes(ctx).GetKeyword(AttributeAttentionReason)
	switch {
	case a == nil && listed != "":
		clearAttention(ctx)
	case a == nil:
	case a.Reason == listed:
		describeAttention(ctx, *a)
	default:
		showAttention(ctx, *a)
	}
}

// startWatch starts a watch, unless it runs.
func startWatch(ctx workflow.Context, id, summary string, watching, input any) error {
	child := workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID: id, TaskQueue: QueueCampaigns, ParentClosePolicy: enums.PARENT_CLOSE_POLICY_ABANDON,
		WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE, StaticSummary: summary,
		TypedSearchAttributes: temporal.NewSearchAttributes(AttributeNeedsAttention.ValueSet(false)),
	}), watching, input)
	err := child.GetChildWorkflowExecution().Get(ctx, nil)
	if temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		return nil
	}
	return err
}
