package workflows

import (
	"errors"
	"strconv"
	"strings"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/adoption"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
)

// AdoptionInput is one person's proposal to adopt payouts that Stripe made and the books lack.
type AdoptionInput struct {
	Proposal adoption.Proposal `json:"proposal"`
	// Policy is for the payouts that the adoption starts.
	Policy payout.Policy `json:"policy"`
}

// Adoption waits until another person has approved or rejected a proposal. Then it reads each
// transfer and the bank payouts of its account at Stripe, books the payout, and starts its workflow,
// which continues with what is left to do. A payout is booked in one transaction, once, and stays on
// the list until its workflow was started. So the workflow can be reset at any point.
func Adoption(root workflow.Context, in AdoptionInput) (AdoptionResult, error) {
	ctx, _ := workflow.NewDisconnectedContext(root)
	a := &adoptionProcess{AdoptionInput: in, waiting: waitFor(root), deciding: workflow.NewMutex(root)}
	if err := a.setUpdateHandlers(ctx); err != nil {
		return AdoptionResult{}, err
	}
	if a.proposeErr = a.propose(ctx); a.proposeErr != nil {
		return AdoptionResult{Status: "refused"}, workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) })
	}
	for a.open() {
		a.awaitDecision(ctx)
		if a.open() && a.continueAsNew(ctx) {
			return AdoptionResult{}, workflow.NewContinueAsNewError(root, Adoption, a.AdoptionInput)
		}
	}
	clearAttention(ctx)
	if a.standing.Status == adoption.Approved {
		err := a.adopt(ctx)
		if errors.Is(err, errContinueAsNew) {
			return AdoptionResult{}, workflow.NewContinueAsNewError(root, Adoption, a.AdoptionInput)
		}
		if err != nil {
			return AdoptionResult{}, activities.Failure(err)
		}
	}
	err := workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) })
	return AdoptionResult{
		Status: string(a.standing.Status), Adopted: a.standing.Adopted, Refused: a.standing.Refused, Booked: a.standing.Booked, Left: a.standing.Left,
	}, err
}

// adoptionProcess is the state of one adoption's workflow.
type adoptionProcess struct {
	AdoptionInput
	*waiting
	deciding   workflow.Mutex
	standing   adoption.Adoption // empty until the proposal is recorded
	proposeErr error
	// pausing: payouts have failed, and the next try waits for its time or a person.
	pausing bool
	// retryAsked and cancelAsked: a person requested it by an update.
	retryAsked, cancelAsked bool
}

func (a *adoptionProcess) open() bool { return a.standing.Status == adoption.Proposed }

func (a *adoptionProcess) id() string { return names.Adoption(a.Proposal.ID) }

// propose records the proposal, or reads what has become of it.
func (a *adoptionProcess) propose(ctx workflow.Context) error {
	proposal := a.Proposal
	proposal.Now = workflow.Now(ctx)
	standing, err := stepForPerson(ctx, "Record the proposal", activities.ProposeAdoption, proposal)
	if err == nil {
		a.standing = standing
	}
	return err
}

// awaitDecision waits for one decision, or for the refusal of one. A cancellation from the CLI or
// UI rejects the proposal, unless a person decides at the same moment.
func (a *adoptionProcess) awaitDecision(ctx workflow.Context) {
	a.showProposal(ctx)
	a.sleep(ctx, forever, "")
	if !a.isCancelled() || !a.open() {
		return
	}
	cancellation := adoption.Decision{Actor: "operator", Reason: "cancelled in Temporal"}
	if _, err := a.decide(ctx, cancellation, names.ActionID(a.id(), "workflow-cancel"), ""); err != nil {
		workflow.GetLogger(ctx).Warn("cancellation did not reject the adoption", "error", err)
	}
}

func (a *adoptionProcess) showProposal(ctx workflow.Context) {
	sums := make([]string, len(a.standing.Sums))
	for i, sum := range a.standing.Sums {
		sums[i] = sum.String()
	}
	detail := "The adoption of " + strconv.FormatInt(a.standing.Payouts, 10) + " payouts (" + strings.Join(sums, ", ") + ") that Stripe has made and the books lack was proposed by " + a.Proposal.ProposedBy + ": " + a.Proposal.Reason
	showAttention(ctx, attention{
		Reason: "approval_required", Detail: detail + "\n\nAnother person has to approve or reject it. `GET /v1/reconciliation/adoptions/" + a.Proposal.ID + "` shows the payouts.",
		Commands: []string{names.UpdateLine(a.id(), UpdateApprove), names.UpdateLine(a.id(), UpdateReject)},
	})
}

func (a *adoptionProcess) setUpdateHandlers(ctx workflow.Context) error {
	return errors.Join(
		workflow.SetUpdateHandlerWithOptions(ctx, UpdateProposed, a.onProposed,
			workflow.UpdateHandlerOptions{Description: "Returns the status once the proposal is recorded."}),
		workflow.SetUpdateHandlerWithOptions(ctx, UpdateApprove, func(ctx workflow.Context, in Operator) (adoption.Status, error) {
			return a.onDecision(ctx, true, in)
		}, workflow.UpdateHandlerOptions{Validator: a.validateDecision, Description: "Adopts the payouts. The proposer cannot approve it."}),
		workflow.SetUpdateHandlerWithOptions(ctx, UpdateReject, func(ctx workflow.Context, in Operator) (adoption.Status, error) {
			return a.onDecision(ctx, false, in)
		}, workflow.UpdateHandlerOptions{Validator: a.validateDecision, Description: "Rejects the adoption. The proposer cannot reject it."}),
		workflow.SetUpdateHandlerWithOptions(ctx, UpdateRetry, a.onRetry,
			workflow.UpdateHandlerOptions{Validator: a.validateRetry, Description: "Tries the failed payouts again at once."}),
		workflow.SetUpdateHandlerWithOptions(ctx, UpdateCancel, a.onCancel,
			workflow.UpdateHandlerOptions{Validator: a.validateCancel, Description: "Ends the adoption. What is booked stays booked."}),
	)
}

func (a *adoptionProcess) awaitRecord(ctx workflow.Context) error {
	err := workflow.Await(ctx, func() bool { return a.standing.Status != "" || a.proposeErr != nil })
	if err == nil {
		err = a.proposeErr
	}
	return err
}

func (a *adoptionProcess) onProposed(ctx workflow.Context) (adoption.Status, error) {
	err := a.awaitRecord(ctx)
	return a.standing.Status, activities.Failure(err)
}

func (a *adoptionProcess) validateDecision(in Operator) error {
	if err := validateOperator(in); err != nil {
		return err
	}
	if access.SamePerson(in.Actor, a.Proposal.ProposedBy) {
		return activities.Failure(fault.New(fault.Denied, "same_person", "the proposer of an adoption cannot decide it: ask another person"))
	}
	if a.standing.Status != "" && !a.open() {
		return activities.Failure(fault.New(fault.Conflict, adoptionDecided, "the adoption is already %s, and a decision is final", a.standing.Status))
	}
	return nil
}

func (a *adoptionProcess) onDecision(ctx workflow.Context, approve bool, in Operator) (adoption.Status, error) {
	if err := a.awaitRecord(ctx); err != nil {
		return "", activities.Failure(err)
	}
	id := names.ActionID(a.id(), workflow.GetCurrentUpdateInfo(ctx).ID)
	status, err := a.decide(ctx, adoption.Decision{Approve: approve, Actor: in.Actor, Reason: in.Reason}, id, in.Evidence)
	return status, activities.Failure(err)
}

// decide records the request and takes the decision, one at a time.
func (a *adoptionProcess) decide(ctx workflow.Context, decision adoption.Decision, actionID, evidence string) (adoption.Status, error) {
	if err := a.deciding.Lock(ctx); err != nil {
		return a.standing.Status, err
	}
	defer a.deciding.Unlock()
	defer a.wake() // the main loop continues, or shows what is left to do
	if err := a.validateDecision(Operator{Actor: decision.Actor, Reason: decision.Reason}); err != nil {
		return a.standing.Status, err // it was decided while this waited for the lock
	}
	action := map[bool]string{true: UpdateApprove, false: UpdateReject}[decision.Approve]
	err := recordForPerson(ctx, "Record the request: "+action, activities.RecordOperatorAction, access.OperatorAction{
		ID: actionID, Subject: a.id(), Action: action, Actor: decision.Actor, Reason: decision.Reason, Evidence: evidence,
	})
	if err != nil {
		return a.standing.Status, err
	}
	decision.ID, decision.Now = a.Proposal.ID, workflow.Now(ctx)
	decided, err := stepForPerson(ctx, "Decide the adoption: "+action, activities.DecideAdoption, decision)
	if err != nil {
		if fault.CodeOf(err) == adoptionDecided { // by another history: read how
			_ = a.propose(ctx)
		}
		return a.standing.Status, err
	}
	a.standing = decided
	return decided.Status, nil
}

const adoptionDecided = "adoption_decided"
