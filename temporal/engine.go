package temporal

import (
	"cmp"
	"context"
	"time"

	"github.com/google/uuid"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/creditroll/creditroll/domain/adoption"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/command"
	"github.com/creditroll/creditroll/domain/correction"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/workflows"
)

// commandTimeout is the longest time that a caller waits for an answer.
const commandTimeout = 25 * time.Second

// Settings are frozen into each workflow that the engine starts.
type Settings struct {
	Campaign  workflows.CampaignSettings
	PayoutRun workflows.PayoutRunSettings
	Payout    payout.Policy
	Reconcile workflows.ReconcileSettings
	Schedule  views.Schedule
	// Chains has the providers of each platform, in the order in which they are called.
	Chains map[clip.Platform][]string
}

// Engine starts and updates workflows. It has one method per command, with the workflow's id,
// its reuse policy and its errors. It implements the API's Engine.
type Engine struct {
	client   client.Client
	settings Settings
}

// NewEngine returns an engine on a connected client.
func NewEngine(connection client.Client, settings Settings) *Engine {
	return &Engine{client: connection, settings: settings}
}

// CreateCampaign starts a campaign and returns once its draft is stored. It returns
// fault.NotFound "organization_not_found" and fault.Conflict "campaign_exists".
func (e *Engine) CreateCampaign(ctx context.Context, c command.CreateCampaign) error {
	start := e.client.NewWithStartWorkflowOperation(client.StartWorkflowOptions{
		ID: names.Campaign(c.CampaignID), TaskQueue: workflows.QueueCampaigns,
		WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		StaticSummary:            "Campaign with a budget in " + string(c.Terms.Currency),
		TypedSearchAttributes: temporal.NewSearchAttributes(
			workflows.AttributeCampaignID.ValueSet(c.CampaignID), workflows.AttributeNeedsAttention.ValueSet(false),
		),
	}, workflows.CampaignLifecycle, workflows.CampaignInput{
		CampaignID: c.CampaignID, OrganizationID: c.OrganizationID, Name: c.Name, Terms: c.Terms, Settings: e.settings.Campaign,
	})
	var status campaign.Status
	return e.updateWithStart(ctx, "the campaign", start, workflows.UpdateCreated, &status)
}

// CommandCampaign moves a campaign and returns its status, or the guard's refusal.
func (e *Engine) CommandCampaign(ctx context.Context, c command.CampaignCommand) (campaign.Status, error) {
	var status campaign.Status
	err := e.sendUpdate(ctx, "the campaign", names.Campaign(c.CampaignID), update{c.ID, workflows.UpdateTransition}, &status,
		workflows.Transition{Command: c.Command, Actor: c.Actor, Reason: c.Reason})
	return status, err
}

// FundCampaign creates the payment of a campaign's budget, or returns the existing one.
func (e *Engine) FundCampaign(ctx context.Context, c command.FundCampaign) (command.Funding, error) {
	var started workflows.FundingStarted
	err := e.sendUpdate(ctx, "the campaign", names.Campaign(c.CampaignID), update{name: workflows.UpdateFund}, &started,
		workflows.Fund{Source: c.Source, PaymentMethod: c.PaymentMethod, Actor: c.Actor})
	return command.Funding{PaymentIntentID: started.PaymentIntentID, Status: started.Status}, err
}

// AmendCampaign changes budget and end of a campaign and returns them.
func (e *Engine) AmendCampaign(ctx context.Context, c command.AmendCampaign) (campaign.Amended, error) {
	var amended campaign.Amended
	err := e.sendUpdate(ctx, "the campaign", names.Campaign(c.CampaignID), update{c.ID, workflows.UpdateAmend}, &amended,
		workflows.Amend{Change: c.Change, Actor: c.Actor, Reason: c.Reason})
	return amended, err
}

// SubmitClip starts the tracking of a clip and returns once the clip is stored.
func (e *Engine) SubmitClip(ctx context.Context, c command.SubmitClip) (clip.Status, error) {
	start, err := e.startClip(c, nil)
	if err != nil {
		return "", err
	}
	var status clip.Status
	err = e.updateWithStart(ctx, "the clip", start, workflows.UpdateSubmitted, &status)
	return status, err
}

// ReviewClip sends a reviewer's decision on a clip. The workflow of a clip that is restored, or confirmed late, has ended, so
// it starts again.
func (e *Engine) ReviewClip(ctx context.Context, c command.ReviewClip) (clip.Status, error) {
	var status clip.Status
	if c.Decision == clip.Restore || c.Late {
		restored := workflows.Restored{ID: cmp.Or(c.ID, uuid.NewString()), Actor: c.Actor, Reason: c.Code, NoteID: c.NoteID, AppealID: c.AppealID, Views: c.Views}
		start, err := e.startClip(c.Submitted, &restored)
		if err != nil {
			return "", err
		}
		err = e.updateWithStart(ctx, "the clip", start, workflows.UpdateRestored, &status, restored)
		return status, err
	}
	review := workflows.Review{Decision: c.Decision, Actor: c.Actor, Reason: c.Code, NoteID: c.NoteID, Views: c.Views}
	err := e.sendUpdate(ctx, "the clip", names.Clip(c.Submitted.ClipID), update{c.ID, workflows.UpdateReview}, &status, review)
	if fault.CodeOf(err) != notRunning {
		return status, err
	}
	// Its workflow was terminated, or the clip has ended. One that is in review can still be decided.
	if _, err := e.SubmitClip(ctx, c.Submitted); err != nil {
		return status, err
	}
	err = e.sendUpdate(ctx, "the clip", names.Clip(c.Submitted.ClipID), update{c.ID, workflows.UpdateReview}, &status, review)
	return status, err
}

// startClip returns the start of a clip's workflow, or its only one if it is running.
func (e *Engine) startClip(c command.SubmitClip, restored *workflows.Restored) (client.WithStartWorkflowOperation, error) {
	chain := e.settings.Chains[c.Ref.Platform]
	if len(chain) == 0 {
		return nil, fault.Field("url", "platform_not_tracked", "clips on %s cannot be tracked: configure a provider for the platform", c.Ref.Platform)
	}
	return e.client.NewWithStartWorkflowOperation(client.StartWorkflowOptions{
		ID: names.Clip(c.ClipID), TaskQueue: workflows.QueueCampaigns,
		WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		StaticSummary:            "Clip on " + string(c.Ref.Platform),
		TypedSearchAttributes: temporal.NewSearchAttributes(
			workflows.AttributeCampaignID.ValueSet(c.CampaignID), workflows.AttributeCreatorID.ValueSet(c.CreatorID),
			workflows.AttributePlatform.ValueSet(string(c.Ref.Platform)), workflows.AttributeNeedsAttention.ValueSet(false),
		),
	}, workflows.ClipTracking, workflows.ClipInput{
		ClipID: c.ClipID, CampaignID: c.CampaignID, CreatorID: c.CreatorID,
		Platform: c.Ref.Platform, ExternalID: c.Ref.ExternalID, URL: c.Ref.URL,
		Chain: chain, Schedule: e.settings.Schedule, Restored: restored,
	}), nil
}

// CommandPayout retries, cancels or resolves a payout.
func (e *Engine) CommandPayout(ctx context.Context, c command.PayoutCommand) (string, error) {
	updates := map[command.PayoutAction]string{
		command.Retry: workflows.UpdateRetry, command.Cancel: workflows.UpdateCancel, command.Resolve: workflows.UpdateResolve,
	}
	var status payout.Status
	err := e.sendUpdate(ctx, "the payout", names.Payout(c.PayoutID), update{c.ID, updates[c.Action]}, &status,
		workflows.Operator{Actor: c.Actor, Reason: c.Reason, Evidence: c.Evidence})
	return string(status), err
}

// Reconcile runs a reconciliation pass now and waits for its result. If a requested pass is
// already running, the caller waits for that one.
func (e *Engine) Reconcile(ctx context.Context) (workflows.ReconcileResult, error) {
	var result workflows.ReconcileResult
	pass, err := e.client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: names.Reconciliation("now"), TaskQueue: workflows.QueueCampaigns,
		WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		StaticSummary:            "Compares Stripe with the ledger on request",
	}, workflows.Reconcile, workflows.ReconcileInput{Settings: e.settings.Reconcile})
	if err == nil {
		err = pass.Get(ctx, &result)
	}
	return result, translate("the reconciliation pass", err)
}

// ProposeCorrection starts a correction and returns once its proposal is stored, or the ledger
// has refused it.
func (e *Engine) ProposeCorrection(ctx context.Context, proposal correction.Proposal) error {
	start := e.client.NewWithStartWorkflowOperation(client.StartWorkflowOptions{
		ID: names.Correction(proposal.ID), TaskQueue: workflows.QueueCampaigns,
		WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		StaticSummary:            "Correction of the books in " + string(proposal.Currency),
		TypedSearchAttributes:    temporal.NewSearchAttributes(workflows.AttributeNeedsAttention.ValueSet(false)),
	}, workflows.Correction, workflows.CorrectionInput{Proposal: proposal, Campaign: e.settings.Campaign})
	return e.updateWithStart(ctx, "the correction", start, workflows.UpdateProposed, nil)
}

// DecideCorrection approves or rejects a proposal. The actor cannot be its proposer.
func (e *Engine) DecideCorrection(ctx context.Context, c command.DecideCorrection) error {
	name := map[bool]string{true: workflows.UpdateApprove, false: workflows.UpdateReject}[c.Approve]
	return e.sendUpdate(ctx, "the correction", names.Correction(c.CorrectionID), update{c.ID, name}, nil,
		workflows.Operator{Actor: c.Actor, Reason: c.Reason})
}

// ProposeAdoption starts an adoption and returns once its proposal is stored, or there was nothing to
// adopt.
func (e *Engine) ProposeAdoption(ctx context.Context, proposal adoption.Proposal) error {
	start := e.client.NewWithStartWorkflowOperation(client.StartWorkflowOptions{
		ID: names.Adoption(proposal.ID), TaskQueue: workflows.QueueCampaigns,
		WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		StaticSummary:            "Adoption of payouts that Stripe made and the ledger lacks",
		TypedSearchAttributes:    temporal.NewSearchAttributes(workflows.AttributeNeedsAttention.ValueSet(false)),
	}, workflows.Adoption, workflows.AdoptionInput{Proposal: proposal, Policy: e.settings.Payout})
	return e.updateWithStart(ctx, "the adoption", start, workflows.UpdateProposed, nil)
}

// DecideAdoption approves or rejects an adoption. The actor cannot be its proposer.
func (e *Engine) DecideAdoption(ctx context.Context, c command.DecideAdoption) error {
	name := map[bool]string{true: workflows.UpdateApprove, false: workflows.UpdateReject}[c.Approve]
	return e.sendUpdate(ctx, "the adoption", names.Adoption(c.AdoptionID), update{c.ID, name}, nil,
		workflows.Operator{Actor: c.Actor, Reason: c.Reason})
}

// WakeInbox sweeps the inbox now. A running pass reads the inbox again.
func (e *Engine) WakeInbox(ctx context.Context) error {
	_, err := e.client.SignalWithStartWorkflow(ctx, names.Inbox, workflows.SignalWake, nil, client.StartWorkflowOptions{
		TaskQueue: workflows.QueueCampaigns, StaticSummary: "Delivers stored webhooks",
	}, workflows.InboxSweep, workflows.InboxInput{Campaign: e.settings.Campaign, Payout: e.settings.Payout})
	return translate("the inbox", err)
}

// update is a workflow update. An id is carried out once; an empty id is always new.
type update struct{ id, name string }

// sendUpdate sends an update and waits for its result.
func (e *Engine) sendUpdate(ctx context.Context, what, workflowID string, request update, result any, args ...any) error {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	handle, err := e.client.UpdateWorkflow(ctx, client.UpdateWorkflowOptions{
		WorkflowID: workflowID, UpdateID: request.id, UpdateName: request.name, Args: args, WaitForStage: client.WorkflowUpdateStageCompleted,
	})
	if err == nil {
		err = handle.Get(ctx, result)
	}
	return translate(what, err)
}

// updateWithStart starts a workflow, or finds the running one, and waits for an update's result.
func (e *Engine) updateWithStart(ctx context.Context, what string, start client.WithStartWorkflowOperation, update string, result any, args ...any) error {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	handle, err := e.client.UpdateWithStartWorkflow(ctx, client.UpdateWithStartWorkflowOptions{
		StartWorkflowOperation: start,
		UpdateOptions:          client.UpdateWorkflowOptions{UpdateName: update, Args: args, WaitForStage: client.WorkflowUpdateStageCompleted},
	})
	if err == nil {
		err = handle.Get(ctx, result)
	}
	return translate(what, err)
}
