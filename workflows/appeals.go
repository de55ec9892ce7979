package workflows

import (
	"fmt"
	"strings"
	"time"

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
// entry for all campaigns.
func OverdueAppeals(root workflow.Context, in OverdueAppealsInput) error {
	ctx, _ := workflow.NewDisconnectedContext(root)
	again := watch(ctx, waitFor(root), func() (sight, error) {
		overdue, err := do(ctx, ledgerCall, "List appeals that have waited for too long", activities.ListOverdueAppeals, workflow.Now(ctx))
		if err != nil || overdue.Count == 0 {
			return sight{}, err
		}
		in.Waits++
		return sight{
			lasts: true, attention: overdueAppeals(overdue),
			wait: min(watchInterval<<min(in.Waits-1, 8), appealIntervalMax), until: "Until the overdue appeals are listed again",
		}, nil
	})
	if again {
		return workflow.NewContinueAsNewError(root, OverdueAppeals, in)
	}
	return nil
}

func overdueAppeals(overdue clip.OverdueAppeals) *attention {
	lines := make([]string, len(overdue.Oldest))
	for i, each := range overdue.Oldest {
		lines[i] = fmt.Sprintf("- `POST /v1/appeals/%s/uphold` or `/overturn`: clip %s of campaign %s, filed on %s.", each.ID, each.ClipID, each.CampaignID, each.FiledAt.UTC().Format(time.RFC1123))
	}
	return &attention{
		Reason: "appeal_overdue",
		Detail: fmt.Sprintf("%d appeals have been open for longer than a review may take. ", overdue.Count) +
			"Money that is kept for their clips stays kept. Have a reviewer decide who did not take the decision. The oldest are:\n\n" + strings.Join(lines, "\n"),
	}
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
	err = startWatch(ctx, names.Appeals, "Watches over appeals that no reviewer decides in time", OverdueAppeals, OverdueAppealsInput{})
	return AppealCheckResult{Overdue: overdue.Count}, err
}
