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

// clear holds the run back while the books are not in order or differ from Stripe, or finance
// has to approve. It returns why the run was given up, if somebody cancelled it meanwhile.
func (r *runRun) clear(ctx workflow.Context) (blocked string, err error) {
	for {
		inTheWay, err := r.obstacle(ctx)
		if err != nil {
			return "", err
		}
		if inTheWay.Reason == "" {
			break
		}
		if err := r.moveTo(ctx, payout.RunBlocked, inTheWay.Detail); err != nil {
			return "", err
		}
		showAttention(ctx, inTheWay)
		r.sleep(ctx, r.Settings.CheckInterval.Std(), "Until the books are checked again")
		if r.isCancelled() {
			return inTheWay.Detail, r.moveTo(ctx, payout.RunCancelled, inTheWay.Detail)
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

// sentencesShown is how many findings a person is shown at once.
const sentencesShown = 3

// obstacle says why nothing may be paid now: the books contradict themselves, Stripe cannot be
// compared with them, or it says otherwise. It has no reason if nothing is in the way.
func (r *runRun) obstacle(ctx workflow.Context) (attention, error) {
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
			Detail: "Stripe could not be compared with the books (" + fault.CodeOf(err) + "), so nothing is paid. It is tried again by itself.",
		}, nil
	}
	differences, err := step(ctx, "List what Stripe says otherwise", activities.ListBlockingDifferences, sentencesShown)
	if err != nil || len(differences) == 0 {
		return attention{}, err
	}
	return attention{
		Reason: "stripe_differs", Commands: []string{"creditroll reconcile differences"},
		Detail: "Stripe and the books differ, so nothing is paid: " + strings.Join(differences, " "),
	}, nil
}

// reconcile makes a fresh pass, as a child so that its pages do not fill this history.
func (r *runRun) reconcile(ctx workflow.Context) error {
	child := workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID: names.Reconciliation(names.PayoutRun(r.Period)), TaskQueue: QueueCampaigns,
		StaticSummary: "Compares Stripe with the books before anything is paid",
	}), Reconcile, ReconcileInput{Settings: r.Settings.Reconcile})
	return activities.Fault(child.Get(ctx, nil))
}

func (r *runRun) awaitApproval(ctx workflow.Context) error {
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
	r.asking = true
	for !r.State.Approved && !r.cancelled {
		r.sleep(ctx, forever, "")
	}
	r.asking = false
	return nil
}

func (r *runRun) validateApprove(in Operator) error {
	if err := validateOperator(in); err != nil {
		return err
	}
	if !r.asking {
		return activities.Failure(conflict("not_awaiting_approval", "the run does not wait for approval"))
	}
	return nil
}

func (r *runRun) onApprove(ctx workflow.Context, in Operator) error {
	id := names.ActionID(names.PayoutRun(r.Period), workflow.GetCurrentUpdateInfo(ctx).ID)
	if err := record(ctx, "Keep who approved", activities.RecordOperatorAction, access.OperatorAction{
		ID: id, Subject: names.PayoutRun(r.Period), Action: UpdateApprove, Actor: in.Actor, Reason: in.Reason, Evidence: in.Evidence,
	}); err != nil {
		return activities.Failure(err)
	}
	r.State.Approved = true
	r.wake()
	return nil
}
