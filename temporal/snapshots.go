package temporal

import (
	"context"
	"errors"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/workflows"
)

// Calls answers calls of workflows whose worker has returned. It implements activities.Caller.
type Calls struct{ Client client.Client }

// Answer completes a call.
func (c Calls) Answer(ctx context.Context, token []byte, answer activities.ProviderAnswer) (bool, error) {
	return found("the call", c.Client.CompleteActivity(ctx, token, answer, nil))
}

// Fail ends a call with a fault.
func (c Calls) Fail(ctx context.Context, token []byte, failure error) (bool, error) {
	return found("the call", c.Client.CompleteActivity(ctx, token, nil, activities.FinalFailure(failure)))
}

// SendLate signals a clip's workflow.
func (c Calls) SendLate(ctx context.Context, workflowID string, answer activities.ProviderAnswer) (bool, error) {
	return found("the clip", c.Client.SignalWorkflow(ctx, workflowID, "", workflows.SignalLateReading, answer))
}

// found reports whether there was still what was called.
func found(what string, err error) (bool, error) {
	var notFound *serviceerror.NotFound
	if errors.As(err, &notFound) {
		return false, nil
	}
	return err == nil, translate(what, err)
}

// wakeSnapshots looks at the snapshots of view providers now. A running pass lists them again.
func (e *Engine) wakeSnapshots(ctx context.Context) (rail.Delivery, error) {
	_, err := e.client.SignalWithStartWorkflow(ctx, names.Snapshots, workflows.SignalWake, nil, client.StartWorkflowOptions{
		TaskQueue: workflows.QueueCampaigns, StaticSummary: "Looks at the snapshots of view providers",
	}, workflows.SnapshotSweep, workflows.SnapshotInput{})
	if err != nil {
		return rail.Undelivered, translate("the snapshots", err)
	}
	return rail.Signalled, nil
}
