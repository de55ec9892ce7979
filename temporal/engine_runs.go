package temporal

import (
	"context"
	"fmt"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

	"github.com/creditroll/creditroll/domain/command"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/workflows"
)

// memoRequest is the field of a run's memo that names the request which started it.
const memoRequest = "request"

// StartPayoutRun starts a run of a period and returns its id. It returns fault.Conflict
// "run_exists" if the period has a run with that number, unless the same request started it.
func (e *Engine) StartPayoutRun(ctx context.Context, c command.StartPayoutRun) (string, error) {
	workflowID := names.PayoutRun(c.Period, c.Number)
	_, err := e.client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: workflowID, TaskQueue: workflows.QueueCampaigns,
		WorkflowIDConflictPolicy:                 enums.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		WorkflowIDReusePolicy:                    workflows.PayoutRunReuse,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
		StaticSummary:                            fmt.Sprintf("Payouts of %s, run %d", c.Period, c.Number),
		Memo:                                     map[string]any{memoRequest: c.ID},
	}, workflows.PayoutRun, workflows.PayoutRunInput{
		Period: c.Period, Number: c.Number, StartedBy: c.Actor, Policy: e.settings.Payout, Settings: e.settings.PayoutRun,
	})
	if temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		if e.startedBy(ctx, workflowID, c.ID) {
			return names.PayoutRunID(c.Period, c.Number), nil
		}
		return "", fault.New(fault.Conflict, "run_exists", "run %d of %s exists already", c.Number, c.Period)
	}
	return names.PayoutRunID(c.Period, c.Number), translate("the payout run", err)
}

// RequestInstantPayout starts an instant payout and returns once it is reserved. It returns the fault of
// a payout.InstantRefusal if the books refuse it by then. A payout is reserved once, so a workflow that
// has ended may start again.
func (e *Engine) RequestInstantPayout(ctx context.Context, c command.RequestInstantPayout) error {
	start := e.client.NewWithStartWorkflowOperation(client.StartWorkflowOptions{
		ID: names.Payout(c.PayoutID), TaskQueue: workflows.QueueCampaigns,
		WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		WorkflowIDReusePolicy:    workflows.PayoutReopen,
		StaticSummary:            "Pays one creator at once what is available in " + string(c.Currency),
		TypedSearchAttributes: temporal.NewSearchAttributes(
			workflows.AttributeCreatorID.ValueSet(c.CreatorID), workflows.AttributePayoutRunID.ValueSet(c.RunID),
			workflows.AttributePayoutStatus.ValueSet(string(payout.Reserved)), workflows.AttributeNeedsAttention.ValueSet(false),
		),
	}, workflows.CreatorPayout, workflows.PayoutInput{
		PayoutID: c.PayoutID, RunID: c.RunID, CreatorID: c.CreatorID, Currency: c.Currency, Policy: e.settings.Payout, Instant: &c.Request,
	})
	var answer workflows.InstantReserved
	if err := e.updateWithStart(ctx, "the payout", start, workflows.UpdateReserved, &answer); err != nil {
		return err
	}
	if !answer.Reserved {
		return answer.Refusal.Fault()
	}
	return nil
}

// startedBy reports whether a request started a workflow. A request without an id started none.
func (e *Engine) startedBy(ctx context.Context, workflowID, requestID string) bool {
	if requestID == "" {
		return false
	}
	described, err := e.client.DescribeWorkflowExecution(ctx, workflowID, "")
	if err != nil {
		return false
	}
	first := ""
	err = converter.GetDefaultDataConverter().FromPayload(described.GetWorkflowExecutionInfo().GetMemo().GetFields()[memoRequest], &first)
	return err == nil && first == requestID
}

// CommandPayoutRun approves a run, cancels it, or leaves a creator out of it.
func (e *Engine) CommandPayoutRun(ctx context.Context, c command.PayoutRunCommand) error {
	updates := map[command.RunAction]string{
		command.ApproveRun: workflows.UpdateApprove, command.CancelRun: workflows.UpdateCancel, command.ExcludeFromRun: workflows.UpdateExclude,
	}
	var argument any = workflows.Operator{Actor: c.Actor, Reason: c.Reason}
	if c.Action == command.ExcludeFromRun {
		argument = workflows.RunExclusion{CreatorID: c.CreatorID, Currency: c.Currency, Actor: c.Actor, Reason: c.Reason}
	}
	return e.sendUpdate(ctx, "the payout run", names.PayoutRun(c.Period, c.Number), update{c.ID, updates[c.Action]}, nil, argument)
}
