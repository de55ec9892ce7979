package workflows

import (
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/domain/rail"
)

// process is a workflow of a brand's money. It outlives the workflow that starts it. Its id allows one of them at
// a time.
type process struct {
	id, summary     string
	about           []temporal.SearchAttributeUpdate // by which people find it
	workflow, input any
}

// signalOrStart lets a process read Stripe again, and starts it if it is not running.
func (p process) signalOrStart(ctx workflow.Context) (rail.Delivery, error) {
	if signalWorkflow(ctx, p.id, SignalStripeChanged) {
		return rail.Signalled, nil
	}
	return p.startOrSignal(ctx)
}

// startOrSignal starts a process that was not running, or signals the one that another workflow has started in
// between.
func (p process) startOrSignal(ctx workflow.Context) (rail.Delivery, error) {
	err := p.start(ctx)
	switch {
	case temporal.IsWorkflowExecutionAlreadyStartedError(err):
		return signalled(ctx, p.id), nil
	case err != nil:
		return rail.Undelivered, err
	}
	return rail.Started, nil
}

// ensureRuns starts a process unless it runs. A running one does not notice.
func (p process) ensureRuns(ctx workflow.Context) error {
	if err := p.start(ctx); !temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		return err
	}
	return nil
}

// start returns once the workflow has started.
func (p process) start(ctx workflow.Context) error {
	return workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID: p.id, TaskQueue: QueueCampaigns, ParentClosePolicy: enums.PARENT_CLOSE_POLICY_ABANDON, StaticSummary: p.summary,
		TypedSearchAttributes: temporal.NewSearchAttributes(append(p.about, AttributeNeedsAttention.ValueSet(false))...),
	}), p.workflow, p.input).GetChildWorkflowExecution().Get(ctx, nil)
}
