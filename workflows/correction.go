package workflows

import (
	"errors"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/correction"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/names"
)

// CorrectionInput is one person's proposal to correct the books.
type CorrectionInput struct {
	Proposal correction.Proposal `json:"proposal"`
	// Campaign is for the workflow of a campaign that a clawback starts again.
	Campaign CampaignSettings `json:"campaign"`
}

// Correction waits until another person has approved or rejected a proposal. The decision and its
// entries are one database transaction, and a proposal can be decided once, so a repeated step
// changes nothing. A proposal that the books refuse ends the workflow; UpdateProposed returns the
// reason to the proposer.
//
// A clawback may put money into the escrow of a campaign that was already refunded. After the
// decision the campaign is notified, and refunds the money to the brand. A campaign whose refund was
// settled outside continues. A payout that was settled
// outside is notified too, and ends.
func Correction(root workflow.Context, in CorrectionInput) (CorrectionResult, error) {
	ctx, _ := workflow.NewDisconnectedContext(root)
	c := &correctionProcess{CorrectionInput: in, waiting: waitFor(root), deciding: workflow.NewMutex(root)}
	if err := c.setUpdateHandlers(ctx); err != nil {
		return CorrectionResult{}, err
	}
	if c.proposeErr = c.propose(ctx); c.proposeErr != nil {
		return CorrectionResult{Status: "refused"}, workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) })
	}
	for c.open() {
		c.awaitDecision(ctx)
		if c.open() && c.continueAsNew(ctx) {
			return CorrectionResult{}, workflow.NewContinueAsNewError(root, Correction, c.CorrectionInput)
		}
	}
	clearAttention(ctx)
	if err := c.notify(ctx); err != nil {
		return CorrectionResult{}, err
	}
	err := workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) })
	return CorrectionResult{Status: string(c.standing.Status), CorrectedMinor: c.standing.CorrectedMinor, EntryIDs: c.standing.EntryIDs}, err
}

// notify signals the workflow whose money an approval moved. A payout, a withdrawal or a converted
// payment without a workflow needs no signal: the books show that it has ended.
func (c *correctionProcess) notify(ctx workflow.Context) error {
	if c.standing.Status != correction.Approved {
		return nil
	}
	switch c.standing.Kind {
	case correction.Clawback, correction.SettleRefund:
		_, err := notifyCampaign(ctx, c.standing.CampaignID, c.Campaign)
		return err
	case correction.SettleWithdrawal:
		signalWorkflow(ctx, names.Withdrawal(c.standing.WithdrawalID), SignalStripeChanged)
	case correction.SettleConverted:
		signalWorkflow(ctx, names.ConvertedPayment(c.standing.PaymentIntentID), SignalStripeChanged)
	case correction.SettlePayout:
		signalWorkflow(ctx, names.Payout(c.standing.PayoutID), SignalBooksChanged)
	case correction.Adjustment, correction.WriteOff, correction.SettleBalance:
	}
	return nil
}

// correctionProcess is the state of one correction's workflow.
type correctionProcess struct {
	CorrectionInput
	*waiting
	deciding   workflow.Mutex
	standing   correction.Correction // empty until the proposal is recorded
	proposeErr error
}

func (c *correctionProcess) open() bool { return c.standing.Status == correction.Proposed }

func (c *correctionProcess) id() string { return names.Correction(c.Proposal.ID) }

// propose records the proposal, or reads what has become of it.
func (c *correctionProcess) propose(ctx workflow.Context) error {
	proposal := c.Proposal
	proposal.Now = workflow.Now(ctx)
	standing, err := stepForPerson(ctx, "Record the proposal", activities.ProposeCorrection, proposal)
	if err == nil {
		c.standing = standing
	}
	return err
}

// awaitDecision waits for one decision, or for the refusal of one. A cancellation from the CLI or
// UI rejects the proposal, unless a person decides at the same moment.
func (c *correctionProcess) awaitDecision(ctx workflow.Context) {
	c.showProposal(ctx)
	c.sleep(ctx, forever, "")
	if !c.isCancelled() || !c.open() {
		return
	}
	cancellation := correction.Decision{Actor: "operator", Reason: "cancelled in Temporal"}
	if _, err := c.decide(ctx, cancellation, names.ActionID(c.id(), "workflow-cancel"), ""); err != nil {
		workflow.GetLogger(ctx).Warn("cancellation did not reject the correction", "error", err)
	}
}

var proposals = map[correction.Kind]string{
	correction.Adjustment: "An adjustment of the books",
	correction.Clawback:   "A clawback of a clip's earnings",
	correction.WriteOff:   "A write-off of a creator's debt",

	correction.SettlePayout:     "To settle a payout outside",
	correction.SettleRefund:     "To settle a refund of unspent budget outside",
	correction.SettleWithdrawal: "To settle a withdrawal outside",
	correction.SettleConverted:  "To settle a converted payment outside",
	correction.SettleBalance:    "To settle a balance of a connected account outside",
}

func (c *correctionProcess) showProposal(ctx workflow.Context) {
	detail := proposals[c.Proposal.Kind]
	if c.standing.PayoutID != "" {
		detail += " (" + names.Payout(c.standing.PayoutID) + ", " + string(c.standing.How) + ")"
	}
	if c.standing.AmountMinor > 0 {
		detail += " of " + money.Amount{Minor: c.standing.AmountMinor, Currency: c.standing.Currency}.String()
	}
	detail += " was proposed by " + c.Proposal.ProposedBy + ": " + c.Proposal.Reason + "\n\n"
	if c.Proposal.Evidence != "" {
		detail += "Evidence: " + c.Proposal.Evidence + "\n\n"
	}
	showAttention(ctx, attention{
		Reason: "approval_required", Detail: detail + "Another person has to approve or reject it. `GET /v1/corrections/" + c.Proposal.ID + "` shows the whole proposal.",
		Commands: []string{names.UpdateLine(names.Correction(c.Proposal.ID), UpdateApprove), names.UpdateLine(names.Correction(c.Proposal.ID), UpdateReject)},
	})
}

func (c *correctionProcess) setUpdateHandlers(ctx workflow.Context) error {
	return errors.Join(
		workflow.SetUpdateHandlerWithOptions(ctx, UpdateProposed, c.onProposed,
			workflow.UpdateHandlerOptions{Description: "Returns the status once the proposal is recorded."}),
		workflow.SetUpdateHandlerWithOptions(ctx, UpdateApprove, func(ctx workflow.Context, in Operator) (correction.Status, error) {
			return c.onDecision(ctx, true, in)
		}, workflow.UpdateHandlerOptions{Validator: c.validateDecision, Description: "Posts the correction. The proposer cannot approve it."}),
		workflow.SetUpdateHandlerWithOptions(ctx, UpdateReject, func(ctx workflow.Context, in Operator) (correction.Status, error) {
			return c.onDecision(ctx, false, in)
		}, workflow.UpdateHandlerOptions{Validator: c.validateDecision, Description: "Rejects the correction. The proposer cannot reject it."}),
	)
}

func (c *correctionProcess) awaitRecord(ctx workflow.Context) error {
	err := workflow.Await(ctx, func() bool { return c.standing.Status != "" || c.proposeErr != nil })
	if err == nil {
		err = c.proposeErr
	}
	return err
}

func (c *correctionProcess) onProposed(ctx workflow.Context) (correction.Status, error) {
	err := c.awaitRecord(ctx)
	return c.standing.Status, activities.Failure(err)
}

func (c *correctionProcess) validateDecision(in Operator) error {
	if err := validateOperator(in); err != nil {
		return err
	}
	if access.SamePerson(in.Actor, c.Proposal.ProposedBy) {
		return activities.Failure(fault.New(fault.Denied, "same_person", "the proposer of a correction cannot decide it: ask another person"))
	}
	if c.standing.Status != "" && !c.open() {
		return activities.Failure(fault.New(fault.Conflict, correctionDecided, "the correction is already %s, and a decision is final", c.standing.Status))
	}
	return nil
}

func (c *correctionProcess) onDecision(ctx workflow.Context, approve bool, in Operator) (correction.Status, error) {
	if err := c.awaitRecord(ctx); err != nil {
		return "", activities.Failure(err)
	}
	id := names.ActionID(c.id(), workflow.GetCurrentUpdateInfo(ctx).ID)
	status, err := c.decide(ctx, correction.Decision{Approve: approve, Actor: in.Actor, Reason: in.Reason}, id, in.Evidence)
	return status, activities.Failure(err)
}

// decide records the request next to the books and takes the decision, one at a time. A refused
// decision leaves the proposal open: the books may have changed since it was made.
func (c *correctionProcess) decide(ctx workflow.Context, decision correction.Decision, actionID, evidence string) (correction.Status, error) {
	if err := c.deciding.Lock(ctx); err != nil {
		return c.standing.Status, err
	}
	defer c.deciding.Unlock()
	defer c.wake() // the main loop shows what is left to do
	if err := c.validateDecision(Operator{Actor: decision.Actor, Reason: decision.Reason}); err != nil {
		return c.standing.Status, err // it was decided while this waited for the lock
	}
	action := map[bool]string{true: UpdateApprove, false: UpdateReject}[decision.Approve]
	err := recordForPerson(ctx, "Record the request: "+action, activities.RecordOperatorAction, access.OperatorAction{
		ID: actionID, Subject: c.id(), Action: action, Actor: decision.Actor, Reason: decision.Reason, Evidence: evidence,
	})
	if err != nil {
		return c.standing.Status, err
	}
	decision.ID, decision.Now = c.Proposal.ID, workflow.Now(ctx)
	decided, err := stepForPerson(ctx, "Decide the correction: "+action, activities.DecideCorrection, decision)
	if err != nil {
		if fault.CodeOf(err) == correctionDecided { // by another history: read how
			_ = c.propose(ctx)
		}
		return c.standing.Status, err
	}
	c.standing = decided
	return decided.Status, nil
}

const correctionDecided = "correction_decided"
