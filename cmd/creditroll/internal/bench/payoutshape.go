package bench

import (
	"context"
	"errors"
	"slices"
	"time"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// shape is the order of what a payout makes the engine do. It is read from the history of a real
// payout, so that the baseline follows every change of the workflow.
type shape []step

type step string

const (
	stepActivity step = "activity"
	stepLocal    step = "local_activity"
	// stepAsk is the last activity before the signal, and has the bank send it.
	stepAsk    step = "ask"
	stepSignal step = "signal"
)

func (s shape) count(kinds ...step) int {
	count := 0
	for _, each := range s {
		if slices.Contains(kinds, each) {
			count++
		}
	}
	return count
}

// withoutLocal returns the shape with a full activity in place of each local one.
func (s shape) withoutLocal() shape {
	full := slices.Clone(s)
	for i, each := range full {
		if each == stepLocal {
			full[i] = stepActivity
		}
	}
	return full
}

// readShape reads which steps a history has. It keeps one signal, the last one.
func readShape(events []*history.HistoryEvent) (shape, error) {
	var found shape
	for _, event := range events {
		switch event.GetEventType() {
		case enums.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
			found = append(found, stepActivity)
		case enums.EVENT_TYPE_MARKER_RECORDED:
			if event.GetMarkerRecordedEventAttributes().GetMarkerName() == localActivityMarker {
				found = append(found, stepLocal)
			}
		case enums.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
			found = append(slices.DeleteFunc(found, func(s step) bool { return s == stepSignal }), stepSignal)
		}
	}
	signal := slices.Index(found, stepSignal)
	for i := signal - 1; i >= 0; i-- {
		if found[i] == stepActivity {
			found[i] = stepAsk
			return found, nil
		}
	}
	return nil, errors.New("the history of a payout has no signal after an activity")
}

// localActivityMarker is the name that the SDK gives to the results of local activities.
const localActivityMarker = "LocalActivity"

// readHistory returns the events of one execution.
func readHistory(ctx context.Context, connection client.Client, workflowID, runID string) ([]*history.HistoryEvent, error) {
	var events []*history.HistoryEvent
	all := connection.GetWorkflowHistory(ctx, workflowID, runID, false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for all.HasNext() {
		event, err := all.Next()
		if err != nil {
			return nil, err
		}
		events = append(events, event)
	}
	return events, nil
}

const (
	barePayoutQueue  = "bare-payout"
	barePayoutSignal = "paid"
)

// bareBank has the steps of a payout without their work. Its signal comes as late as that of a real
// bank payout.
type bareBank struct {
	connection client.Client
	// fail ends the measurement.
	fail func(error)
}

func newBarePayoutWorker(bank *bareBank) worker.Worker {
	bare := worker.New(bank.connection, barePayoutQueue, worker.Options{})
	bare.RegisterWorkflow(barePayout)
	bare.RegisterActivity(emptyActivity)
	bare.RegisterActivityWithOptions(bank.ask, activity.RegisterOptions{Name: string(stepAsk)})
	return bare
}

func barePayout(ctx workflow.Context, steps shape) error {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
	ctx = workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{StartToCloseTimeout: time.Minute})
	for _, each := range steps {
		var err error
		switch each {
		case stepActivity:
			err = workflow.ExecuteActivity(ctx, emptyActivity).Get(ctx, nil)
		case stepLocal:
			err = workflow.ExecuteLocalActivity(ctx, emptyActivity).Get(ctx, nil)
		case stepAsk:
			err = workflow.ExecuteActivity(ctx, string(stepAsk)).Get(ctx, nil)
		case stepSignal:
			workflow.GetSignalChannel(ctx, barePayoutSignal).Receive(ctx, nil)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// ask has the bank signal the workflow when a bank payout would have arrived.
func (b *bareBank) ask(ctx context.Context) error {
	workflowID := activity.GetInfo(ctx).WorkflowExecution.ID
	signalling := context.WithoutCancel(ctx) // the signal comes after the activity has ended
	time.AfterFunc(bankTransit, func() {
		if err := b.connection.SignalWorkflow(signalling, workflowID, "", barePayoutSignal, nil); err != nil {
			b.fail(err)
		}
	})
	return nil
}
