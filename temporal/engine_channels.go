package temporal

import (
	"context"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/command"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/workflows"
)

// StartChannelProof starts the proof of a channel, or finds the one under way, and returns once the code is issued. It
// returns fault.Conflict "channel_proven", "channel_taken" and "proof_running", and fault.NotFound "channel_not_found".
func (e *Engine) StartChannelProof(ctx context.Context, c command.StartChannelProof) (clip.ProofState, error) {
	chain := e.settings.Chains[c.Platform]
	if len(chain) == 0 {
		return clip.ProofState{}, fault.New(fault.Conflict, "platform_not_tracked", "channels on %s cannot be proven by a code: configure a provider for the platform, or ask an administrator", c.Platform)
	}
	start := e.client.NewWithStartWorkflowOperation(client.StartWorkflowOptions{
		ID: names.Channel(c.ChannelID), TaskQueue: workflows.QueueCampaigns,
		WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		StaticSummary:            "Proof of a channel on " + string(c.Platform),
		TypedSearchAttributes: temporal.NewSearchAttributes(
			workflows.AttributeCreatorID.ValueSet(c.CreatorID), workflows.AttributePlatform.ValueSet(string(c.Platform)),
			workflows.AttributeNeedsAttention.ValueSet(false),
		),
	}, workflows.ChannelProof, workflows.ChannelInput{
		ChannelID: c.ChannelID, ProofID: c.ProofID, PostID: c.PostID, Chain: chain, Schedule: e.settings.Schedule,
	})
	var state clip.ProofState
	err := e.updateWithStart(ctx, "the proof", start, workflows.UpdateIssued, &state, workflows.ProofAsked{PostID: c.PostID})
	return state, err
}

// CancelChannelProof ends the proof of a channel. It returns fault.Conflict "not_running" if none is under way.
func (e *Engine) CancelChannelProof(ctx context.Context, c command.CancelChannelProof) error {
	return e.sendUpdate(ctx, "the proof", names.Channel(c.ChannelID), update{c.ID, workflows.UpdateCancel}, nil, workflows.Operator{Actor: c.Actor})
}

// NotifyChannel signals clips that their channel has changed. A clip without a running workflow has ended.
func (e *Engine) NotifyChannel(ctx context.Context, clipIDs []string) {
	for _, id := range clipIDs {
		// The clip finds out at its next reading, so a lost signal only costs time.
		_ = e.client.SignalWorkflow(ctx, names.Clip(id), "", workflows.SignalChannelChanged, nil)
	}
}
