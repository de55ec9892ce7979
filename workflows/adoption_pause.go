package workflows

import (
	"strconv"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/adoption"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/names"
)

// pause shows what failed, and waits until the next try. It reports whether a person asked for it.
func (a *adoptionProcess) pause(ctx workflow.Context, cause error, wait time.Duration) (asked bool) {
	until := workflow.Now(ctx).Add(wait)
	standing, err := do(ctx, ledgerCall, "Read the adoption", activities.ReadAdoption, a.Proposal.ID)
	if cause == nil {
		cause = err
	}
	if cause == nil {
		a.standing = standing.Adoption
		showAttention(ctx, a.incomplete(standing, until))
	} else {
		shown := unforeseen(cause, names.UpdateLine(a.id(), UpdateRetry))
		shown.Commands = append(shown.Commands, names.UpdateLine(a.id(), UpdateCancel))
		showAttention(ctx, shown)
	}
	a.pausing = true
	for !a.retryAsked && !a.isStopped() && workflow.Now(ctx).Before(until) {
		a.sleep(ctx, until.Sub(workflow.Now(ctx)), "Until the failed payouts are tried again")
	}
	asked, a.retryAsked, a.pausing = a.retryAsked, false, false
	return asked
}

// incomplete is the attention for payouts that were set aside.
func (a *adoptionProcess) incomplete(standing activities.AdoptionStanding, until time.Time) attention {
	var detail strings.Builder
	detail.WriteString(strconv.FormatInt(standing.Adoption.Failed, 10) + " of " + strconv.FormatInt(standing.Adoption.Payouts, 10) + " payouts could not be adopted yet:\n")
	for _, item := range standing.Failed {
		detail.WriteString("\n- " + names.Payout(item.PayoutID) + ", transfer " + item.TransferID + ": " + item.Failure.Detail + " (" + item.Failure.Code + ")")
	}
	if more := standing.Adoption.Failed - int64(len(standing.Failed)); more > 0 {
		detail.WriteString("\n- and " + strconv.FormatInt(more, 10) + " more")
	}
	detail.WriteString("\n\nThe other payouts do not wait for them. They are tried again on " + until.UTC().Format(time.RFC1123) + ". " +
		"`GET /v1/reconciliation/adoptions/" + a.Proposal.ID + "/payouts` shows all. Fix the cause and retry, or cancel: what is booked stays booked, and another adoption can take up the rest.")
	return attention{
		Reason: "adoption_incomplete", Detail: detail.String(),
		Commands: []string{names.UpdateLine(a.id(), UpdateRetry), names.UpdateLine(a.id(), UpdateCancel)},
	}
}

// isComplete reads the adoption, and reports whether each payout was adopted or refused.
func (a *adoptionProcess) isComplete(ctx workflow.Context) (bool, error) {
	standing, err := do(ctx, ledgerCall, "Read the adoption", activities.ReadAdoption, a.Proposal.ID)
	if err != nil {
		return false, err
	}
	a.standing = standing.Adoption
	return a.standing.Failed == 0, nil
}

// isStopped reports whether a person has cancelled the adoption, by update or in Temporal.
func (a *adoptionProcess) isStopped() bool { return a.isCancelled() || a.cancelAsked }

// stop ends the adoption. What was booked stays booked, and what was not is on record as left. A
// booked payout whose workflow could not be started is started by the watch over lost payouts.
func (a *adoptionProcess) stop(ctx workflow.Context) error {
	if !a.cancelAsked {
		if err := record(ctx, "Record the request: "+UpdateCancel, activities.RecordOperatorAction, cancelledInTemporal(a.id())); err != nil {
			return err
		}
	}
	stopped, err := step(ctx, "Leave the payouts that are not booked", activities.StopAdoption, a.Proposal.ID)
	if err != nil {
		return err
	}
	a.standing = stopped
	clearAttention(ctx)
	return nil
}

func (a *adoptionProcess) validateRetry(in Operator) error {
	if err := validateOperator(in); err != nil {
		return err
	}
	if !a.pausing || a.retryAsked {
		return activities.Failure(fault.New(fault.Conflict, "not_parked", "the adoption does not wait after a failure: there is nothing to retry"))
	}
	return nil
}

func (a *adoptionProcess) onRetry(ctx workflow.Context, in Operator) (adoption.Status, error) {
	return a.onRequest(ctx, UpdateRetry, in, &a.retryAsked)
}

func (a *adoptionProcess) validateCancel(in Operator) error {
	if err := validateOperator(in); err != nil {
		return err
	}
	switch {
	case a.standing.Status != adoption.Approved:
		return activities.Failure(fault.New(fault.Conflict, "adoption_not_approved", "the adoption is not approved: reject it instead"))
	case a.isStopped():
		return activities.Failure(fault.New(fault.Conflict, "request_pending", "the adoption was cancelled already"))
	}
	return nil
}

func (a *adoptionProcess) onCancel(ctx workflow.Context, in Operator) (adoption.Status, error) {
	return a.onRequest(ctx, UpdateCancel, in, &a.cancelAsked)
}

// onRequest records who asked, and then has the main loop notice it.
func (a *adoptionProcess) onRequest(ctx workflow.Context, action string, in Operator, asked *bool) (adoption.Status, error) {
	err := recordForPerson(ctx, "Record the request: "+action, activities.RecordOperatorAction, access.OperatorAction{
		ID: names.ActionID(a.id(), workflow.GetCurrentUpdateInfo(ctx).ID), Subject: a.id(), Action: action, Actor: in.Actor, Reason: in.Reason, Evidence: in.Evidence,
	})
	if err != nil {
		return a.standing.Status, activities.Failure(err)
	}
	*asked = true
	a.wake()
	return a.standing.Status, nil
}
