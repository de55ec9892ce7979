package workflows

import (
	"fmt"
	"strings"
	"time"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/names"
)

// Appeals are filed and decided in the books. The workflow of an appealed clip has ended, and that of its campaign may
// have. So a schedule looks for appeals that no reviewer decides in time.

// OverdueAppealsInput starts or continues the watch over overdue appeals. Waits counts the waits so far.
type OverdueAppealsInput struct {
	Waits int `json:"waits,omitempty"`
}

// appealIntervalMax bounds the wait between two looks.
const appealIntervalMax = time.Hour

// OverdueAppeals shows appeals that have waited for longer than a review may take, while there are any. It is one
// entry for all campaigns. If the books cannot be reached, it tries again: a workflow that failed would stay on the
// list for ever.
func OverdueAppeals(root workflow.Context, in OverdueAppealsInput) error {
	ctx, _ := workflow.NewDisconnectedContext(root)
	w := waitFor(root)
	for shown, failures := "", 0; !w.isCancelled(); {
		overdue, err := do(ctx, ledgerCall, "List appeals that have waited for too long", activities.ListOverdueAppeals, workflow.Now(ctx))
		if err != nil {
			if failures++; failures == defectAfterTries {
				shown = "unforeseen"
				showAttention(ctx, unforeseen(err, ""))
			}
			w.sleep(ctx, min(gapInterval<<min(failures, 8), gapIntervalMax), "Until the books can be reached again")
		} else {
			failures = 0
			if overdue.Count == 0 {
				break
			}
			shown = showOverdueAppeals(ctx, overdue, shown)
			w.sleep(ctx, min(gapInterval<<min(in.Waits, 8), appealIntervalMax), "Until the overdue appeals are listed again")
			in.Waits++
		}
		if w.continueAsNew(ctx) && !w.isCancelled() {
			return workflow.NewContinueAsNewError(root, OverdueAppeals, in)
		}
	}
	clearAttention(ctx)
	return nil
}

// showOverdueAppeals returns the reason. One that is shown already is not set again.
func showOverdueAppeals(ctx workflow.Context, overdue clip.OverdueAppeals, shown string) string {
	lines := make([]string, len(overdue.Oldest))
	for i, each := range overdue.Oldest {
		lines[i] = fmt.Sprintf("- `POST /v1/appeals/%s/uphold` or `/overturn`: clip %s of campaign %s, filed on %s.", each.ID, each.ClipID, each.CampaignID, each.FiledAt.UTC().Format(time.RFC1123))
	}
	a := attention{
		Reason: "appeal_overdue",
		Detail: fmt.Sprintf("%d appeals have been open for longer than a review may take. ", overdue.Count) +
			"Money that is kept for their clips stays kept. Have a reviewer decide who did not take the decision. The oldest are:\n\n" + strings.Join(lines, "\n"),
	}
	if a.Reason == shown {
		describeAttention(ctx, a)
	} else {
		showAttention(ctx, a)
	}
	return a.Reason
}

// AppealCheckResult is how many appeals a pass has found overdue.
type AppealCheckResult struct {
	Overdue int `json:"overdue"`
}

// AppealCheck is one pass over open appeals. It starts the watch if one is overdue, unless it runs. The pass
// itself ends, so it could not stay on the needs-attention list.
func AppealCheck(ctx workflow.Context) (AppealCheckResult, error) {
	overdue, err := step(ctx, "List appeals that have waited for too long", activities.ListOverdueAppeals, workflow.Now(ctx))
	if err != nil || overdue.Count == 0 {
		return AppealCheckResult{}, err
	}
	child := workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID: names.Appeals, TaskQueue: QueueCampaigns, ParentClosePolicy: enums.PARENT_CLOSE_POLICY_ABANDON,
		WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		StaticSummary:         "Watches over appeals that no reviewer decides in time",
		TypedSearchAttributes: temporal.NewSearchAttributes(AttributeNeedsAttention.ValueSet(false)),
	}), OverdueAppeals, OverdueAppealsInput{})
	err = child.GetChildWorkflowExecution().Get(ctx, nil)
	if temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		err = nil
	}
	return AppealCheckResult{Overdue: overdue.Count}, err
}
