package workflows

import (
	"slices"
	"strings"
	"time"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/names"
)

// SolvencyGapInput starts or continues the watch over a gap in what is owed.
type SolvencyGapInput struct {
	// After is how long something has to be missing before people are asked. A transfer that is not
	// booked yet looks like a gap for a moment.
	After duration.Text `json:"after"`
	// Missing says since when something is missing in a currency, in the order of currencies.
	Missing []missingSince `json:"missing,omitempty"`
	// Waits counts the waits so far.
	Waits int `json:"waits,omitempty"`
	// Shown: an earlier history has put the workflow on the needs-attention list.
	Shown bool `json:"shown,omitempty"`
}

type missingSince struct {
	Currency money.Currency `json:"currency"`
	Since    time.Time      `json:"since"`
}

const (
	gapInterval    = time.Minute
	gapIntervalMax = 15 * time.Minute
)

// SolvencyGap shows that the platform's balance at Stripe does not cover what is owed, while that
// lasts. A comparison with Stripe starts it, because the comparison itself ends within minutes. It reads
// the books only, where each comparison stores the balance. It ends when nothing is missing. If the books
// cannot be reached, it tries again: a workflow that failed would stay on the list for ever.
func SolvencyGap(root workflow.Context, in SolvencyGapInput) error {
	ctx, _ := workflow.NewDisconnectedContext(root)
	w := waitFor(root)
	for shown, failures := "", 0; !w.isCancelled(); {
		gaps, err := do(ctx, ledgerCall, "Compare what is owed with the balance", activities.ListGaps, activities.None{})
		if err != nil {
			if failures++; failures == defectAfterTries {
				shown, in.Shown = err.Error(), true
				showAttention(ctx, unforeseen(err, ""))
			}
			w.sleep(ctx, min(gapInterval<<min(failures, 8), gapIntervalMax), "Until the books can be reached again")
		} else {
			failures = 0
			if len(gaps) == 0 {
				break
			}
			now := workflow.Now(ctx)
			in.Missing = stillMissing(in.Missing, gaps, now)
			if detail := in.describe(gaps, now); detail != shown || in.Shown != (detail != "") {
				shown, in.Shown = detail, detail != ""
				showGap(ctx, detail)
			}
			w.sleep(ctx, in.wait(now), "Until what is owed is compared with the balance again")
			in.Waits++
		}
		if w.continueAsNew(ctx) && !w.isCancelled() {
			return workflow.NewContinueAsNewError(root, SolvencyGap, in)
		}
	}
	clearAttention(ctx)
	return nil
}

// stillMissing keeps the moment since when something is missing, for the currencies of the gaps.
func stillMissing(known []missingSince, gaps []activities.Gap, now time.Time) []missingSince {
	missing := make([]missingSince, len(gaps))
	for i, gap := range gaps {
		missing[i] = missingSince{gap.Currency, now}
		at := slices.IndexFunc(known, func(each missingSince) bool { return each.Currency == gap.Currency })
		if at >= 0 {
			missing[i].Since = known[at].Since
		}
	}
	return missing
}

// describe returns what to say of the gaps that have lasted, or nothing if none has. Missing is in the
// order of the gaps.
func (in SolvencyGapInput) describe(gaps []activities.Gap, now time.Time) string {
	var lines []string
	for i, gap := range gaps {
		if now.Sub(in.Missing[i].Since) < in.After.Std() {
			continue
		}
		amount := func(minor int64) string { return money.Amount{Minor: minor, Currency: gap.Currency}.String() }
		lines = append(lines, "- "+amount(gap.GapMinor)+" are missing: the platform owes "+amount(gap.OwedMinor)+" and has "+amount(gap.HeldMinor)+".")
	}
	return strings.Join(lines, "\n")
}

func showGap(ctx workflow.Context, detail string) {
	if detail == "" {
		clearAttention(ctx)
		return
	}
	showAttention(ctx, attention{
		Reason: "balance_not_covered",
		Detail: "The platform's balance at Stripe does not cover what it owes:\n\n" + detail + "\n\nNo campaign in these currencies goes live, no brand is refunded, and payouts go on within the balance. Find out why, and top the balance up. This entry goes away by itself once a comparison with Stripe has read the new balance.",
	})
}

// wait returns the time until the next look. It grows, and ends when a gap has lasted long enough.
func (in SolvencyGapInput) wait(now time.Time) time.Duration {
	wait := min(gapInterval<<min(in.Waits, 8), gapIntervalMax)
	for _, missing := range in.Missing {
		if left := missing.Since.Add(in.After.Std()).Sub(now); left > 0 {
			wait = min(wait, left)
		}
	}
	return wait
}

// watchGap starts the watch over a gap, unless it runs.
func watchGap(ctx workflow.Context, after duration.Text) error {
	child := workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID: names.Solvency, TaskQueue: QueueCampaigns, ParentClosePolicy: enums.PARENT_CLOSE_POLICY_ABANDON,
		WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		StaticSummary:         "Watches over money that is owed and missing at Stripe",
		TypedSearchAttributes: temporal.NewSearchAttributes(AttributeNeedsAttention.ValueSet(false)),
	}), SolvencyGap, SolvencyGapInput{After: after})
	err := child.GetChildWorkflowExecution().Get(ctx, nil)
	if temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		return nil
	}
	return err
}
