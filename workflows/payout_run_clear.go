package workflows

import (
	"fmt"
	"strings"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
)

// clear holds the run back until the books are in order and compared with Stripe, and until
// another person has approved it if it needs that. Both may take days, so the books are checked
// again after an approval. It returns why the run was blocked when a person cancelled it.
func (r *payoutRun) clear(ctx workflow.Context) (blocked string, err error) {
	for {
		if blocked, err = r.awaitBooks(ctx); err != nil || r.stopped() {
			return blocked, err
		}
		waited, err := r.awaitApproval(ctx)
		if err != nil || r.stopped() {
			return "", err
		}
		if !waited {
			break
		}
	}
	// An exclusion that was accepted before the approval must be on record before a page is listed.
	if err := workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) }); err != nil {
		return "", err
	}
	r.State.Cleared = true
	clearAttention(ctx)
	return "", r.moveTo(ctx, payout.RunRunning, "")
}

// awaitBooks waits while nothing may be paid to anyone. It returns the last obstacle if a person
// cancelled the run in that time.
func (r *payoutRun) awaitBooks(ctx workflow.Context) (blocked string, err error) {
	for !r.stopped() {
		found, err := r.obstacle(ctx)
		if err != nil || found.Reason == "" {
			return "", err
		}
		blocked = found.Detail
		if err := r.moveTo(ctx, payout.RunBlocked, blocked); err != nil {
			return "", err
		}
		showAttention(ctx, found)
		r.sleep(ctx, r.Settings.CheckInterval.Std(), "Wait before the next check of the books")
		if r.mustContinue(ctx) {
			return "", errRunContinues
		}
	}
	return blocked, nil
}

// sentencesShown is how many findings the attention shows at once.
const sentencesShown = 3

// obstacle returns why nothing may be paid now: a check of the books failed, or Stripe cannot be
// compared with them. It has no reason if the run may pay. What differs between Stripe and the
// books stops only those whom it concerns, when the creators are listed.
func (r *payoutRun) obstacle(ctx workflow.Context) (attention, error) {
	findings, err := stepBy(ctx, auditCall, "Check the books", activities.CheckBooks, activities.None{})
	if err != nil {
		return attention{}, err
	}
	if len(findings) > 0 {
		return attention{
			Reason: "books_differ", Commands: []string{"creditroll ledger verify"},
			Detail: "The books are not in order, so nothing is paid: " + strings.Join(findings[:min(len(findings), sentencesShown)], "; "),
		}, nil
	}
	if err := r.reconcile(ctx); err != nil {
		return attention{
			Reason: "reconciliation_failed", Commands: []string{"creditroll reconcile now"},
			Detail: "Stripe could not be compared with the books (" + fault.CodeOf(err) + "), so nothing is paid. It is tried again automatically.",
		}, nil
	}
	return attention{}, nil
}

// reconcile compares Stripe with the books now. It is a child workflow, so that its pages do not
// fill this history.
func (r *payoutRun) reconcile(ctx workflow.Context) error {
	child := workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID: names.Reconciliation(r.workflowID()), TaskQueue: QueueCampaigns,
		StaticSummary: "Compares Stripe with the books before anything is paid",
	}), Reconcile, ReconcileInput{Settings: r.Settings.Reconcile})
	return activities.Fault(child.Get(ctx, nil))
}

// awaitApproval waits for the approval of a run that needs one, and reports whether it waited. It
// sums up the run again after each request, because a person may have excluded payouts.
func (r *payoutRun) awaitApproval(ctx workflow.Context) (waited bool, err error) {
	for {
		surveyed, err := step(ctx, "Sum up what the run would pay", activities.SurveyPayoutRun, payout.RunSurvey{
			RunID: r.State.RunID, MinimumMinor: r.Policy.MinimumMinor,
		})
		if err != nil || !r.needsApproval(surveyed) || r.stopped() {
			r.awaitsApproval = false
			return waited, err
		}
		if !r.awaitsApproval {
			r.awaitsApproval = true // first, because a person can approve as soon as the books show it
			if err := r.moveTo(ctx, payout.RunAwaitingApproval, ""); err != nil {
				return waited, err
			}
		}
		r.showApproval(ctx, surveyed)
		waited = true
		r.sleep(ctx, forever, "")
		if r.State.ApprovedBy == "" && r.mustContinue(ctx) {
			return waited, errRunContinues
		}
	}
}

func (r *payoutRun) needsApproval(surveyed payout.Surveyed) bool {
	limits := payout.ApprovalLimits{Payouts: r.Settings.ApprovalAbove, AmountMinor: r.Settings.ApprovalAboveMinor}
	return r.State.ApprovedBy == "" && (!r.Scheduled || limits.Exceeded(surveyed.Payable))
}

func (r *payoutRun) showApproval(ctx workflow.Context, surveyed payout.Surveyed) {
	detail := "This run is large: a person has to approve it."
	if !r.Scheduled {
		detail = "This run was started by " + r.StartedBy + ": another person has to approve it."
	}
	detail += describeSums("To be paid", surveyed.Payable) + describeSums("Left out", surveyed.LeftOut)
	if surveyed.Unassigned > 0 {
		detail += fmt.Sprintf("\n\n%d differences between Stripe and the books concern no known creator: see `creditroll reconcile differences`.", surveyed.Unassigned)
	}
	showAttention(ctx, attention{
		Reason: "approval_required", Detail: detail,
		Commands: []string{names.UpdateLine(r.workflowID(), UpdateApprove), names.UpdateLine(r.workflowID(), UpdateCancel)},
	})
}
