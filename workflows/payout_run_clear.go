package workflows

import (
	"strings"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
)

// clear holds the run back while the books are not in order or differ from Stripe, and until
// finance has approved it if it is large. It returns why the run paid nothing if it was
// cancelled during that time.
func (r *payoutRun) clear(ctx workflow.Context) (blocked string, err error) {
	for {
		found, err := r.obstacle(ctx)
		if err != nil {
			return "", err
		}
		if found.Reason == "" {
			break
		}
		if err := r.moveTo(ctx, payout.RunBlocked, found.Detail); err != nil {
			return "", err
		}
		showAttention(ctx, found)
		r.sleep(ctx, r.Settings.CheckInterval.Std(), "Wait before the next check of the books")
		if r.isCancelled() {
			return found.Detail, r.moveTo(ctx, payout.RunCancelled, found.Detail)
		}
		if r.continueAsNew(ctx) {
			return "", errRunContinues
		}
	}
	if err := r.awaitApproval(ctx); err != nil {
		return "", err
	}
	if r.isCancelled() {
		return "cancelled", r.moveTo(ctx, payout.RunCancelled, "")
	}
	clearAttention(ctx)
	return "", r.moveTo(ctx, payout.RunRunning, "")
}

// sentencesShown is how many findings the attention shows at once.
const sentencesShown = 3

// obstacle returns why nothing may be paid now: a check of the books failed, Stripe cannot be
// compared with them, or Stripe differs from them. It has no reason if the run may pay.
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
	differences, err := step(ctx, "List the differences that block payouts", activities.ListBlockingDifferences, sentencesShown)
	if err != nil || len(differences) == 0 {
		return attention{}, err
	}
	return attention{
		Reason: "stripe_differs", Commands: []string{"creditroll reconcile differences"},
		Detail: "Stripe and the books differ, so nothing is paid: " + strings.Join(differences, " "),
	}, nil
}

// reconcile compares Stripe with the books now. It is a child workflow, so that its pages do not
// fill this history.
func (r *payoutRun) reconcile(ctx workflow.Context) error {
	child := workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID: names.Reconciliation(names.PayoutRun(r.Period)), TaskQueue: QueueCampaigns,
		StaticSummary: "Compares Stripe with the books before anything is paid",
	}), Reconcile, ReconcileInput{Settings: r.Settings.Reconcile})
	return activities.Fault(child.Get(ctx, nil))
}

func (r *payoutRun) awaitApproval(ctx workflow.Context) error {
	if r.Settings.ApprovalAbove <= 0 || r.State.Approved {
		return nil
	}
	eligible, err := r.page(ctx, r.Settings.ApprovalAbove+1)
	if err != nil || len(eligible) <= r.Settings.ApprovalAbove {
		return err
	}
	if err := r.moveTo(ctx, payout.RunAwaitingApproval, ""); err != nil {
		return err
	}
	showAttention(ctx, attention{
		Reason: "approval_required", Detail: "This run is large: finance has to approve it.",
		Commands: []string{names.UpdateLine(names.PayoutRun(r.Period), UpdateApprove)},
	})
	r.awaitsApproval = true
	for !r.State.Approved && !r.cancelled {
		r.sleep(ctx, forever, "")
	}
	r.awaitsApproval = false
	return nil
}

func (r *payoutRun) validateApprove(in Operator) error {
	if err := validateOperator(in); err != nil {
		return err
	}
	if !r.awaitsApproval {
		return activities.Failure(conflict("not_awaiting_approval", "the run does not wait for an approval"))
	}
	return nil
}

func (r *payoutRun) onApprove(ctx workflow.Context, in Operator) error {
	id := names.ActionID(names.PayoutRun(r.Period), workflow.GetCurrentUpdateInfo(ctx).ID)
	if err := record(ctx, "Record the approval", activities.RecordOperatorAction, access.OperatorAction{
		ID: id, Subject: names.PayoutRun(r.Period), Action: UpdateApprove, Actor: in.Actor, Reason: in.Reason, Evidence: in.Evidence,
	}); err != nil {
		return activities.Failure(err)
	}
	r.State.Approved = true
	r.wake()
	return nil
}
