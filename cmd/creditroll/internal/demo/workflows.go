package demo

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"go.temporal.io/api/common/v1"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/proto"
)

// workflowFact is the state of one workflow in Temporal.
type workflowFact struct {
	ID, Type string
	Status   enums.WorkflowExecutionStatus
	// NeedsAttention and Reason are its search attributes.
	NeedsAttention bool
	Reason         string

	// The other fields are read for running workflows only.
	openTimers, openSignals, pendingChildren int
	// activityAttempt and taskAttempt are the highest attempts of pending activities and tasks,
	// or zero if there are none.
	activityAttempt, taskAttempt int32
	// moving reports that the history grew during the read.
	moving bool
}

const activityAttemptsMax = 5

func (w workflowFact) running() bool { return w.Status == enums.WORKFLOW_EXECUTION_STATUS_RUNNING }

// stuck returns why a workflow cannot end by itself, or an empty string. A workflow is stuck in
// these cases:
//   - it failed, timed out or was terminated
//   - its workflow task fails, or an activity is beyond its fifth attempt
//   - nothing can wake it: it has no timer, child, activity or signal, and is not on the
//     needs-attention list
//
// A campaign that waits for a date, a payout within its return window and a parked payout are
// not stuck.
func (w workflowFact) stuck() string {
	switch w.Status {
	case enums.WORKFLOW_EXECUTION_STATUS_FAILED, enums.WORKFLOW_EXECUTION_STATUS_TIMED_OUT, enums.WORKFLOW_EXECUTION_STATUS_TERMINATED:
		return "has " + strings.ToLower(w.Status.String())
	case enums.WORKFLOW_EXECUTION_STATUS_RUNNING:
	default:
		return ""
	}
	switch {
	case w.taskAttempt > 1:
		return fmt.Sprintf("its workflow task fails, at attempt %d", w.taskAttempt)
	case w.activityAttempt > activityAttemptsMax:
		return fmt.Sprintf("is at attempt %d of an activity", w.activityAttempt)
	case w.moving, w.NeedsAttention && w.Reason != "", w.openTimers > 0, w.openSignals > 0, w.pendingChildren > 0, w.activityAttempt > 0, w.taskAttempt > 0:
		return ""
	}
	return "nothing can wake it"
}

const historiesAtOnce = 6

// readWorkflows lists the workflows since a moment, and searches their data in Temporal for
// forbidden words. conditions limit the list further.
func readWorkflows(ctx context.Context, temporal client.Client, namespace string, since time.Time, secret []string, conditions ...string) ([]workflowFact, []string, error) {
	var listed []*workflow.WorkflowExecutionInfo
	query := fmt.Sprintf("StartTime >= '%s'", since.UTC().Format(time.RFC3339Nano))
	for _, condition := range conditions {
		query += " AND " + condition
	}
	for token := []byte(nil); ; {
		page, err := temporal.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{Namespace: namespace, Query: query, NextPageToken: token})
		if err != nil {
			return nil, nil, fmt.Errorf("list workflows: %w", err)
		}
		listed = append(listed, page.GetExecutions()...)
		if token = page.GetNextPageToken(); len(token) == 0 {
			break
		}
	}
	facts := make([]workflowFact, len(listed))
	var (
		leaks    []string
		failures []error
		mu       sync.Mutex
		group    sync.WaitGroup
	)
	slots := make(chan struct{}, historiesAtOnce)
	for i, info := range listed {
		slots <- struct{}{}
		group.Go(func() {
			defer func() { <-slots }()
			fact, found, err := readWorkflow(ctx, temporal, info, secret)
			mu.Lock()
			defer mu.Unlock()
			facts[i], leaks = fact, append(leaks, found...)
			if err != nil {
				failures = append(failures, err)
			}
		})
	}
	group.Wait()
	if len(failures) > 0 {
		return nil, nil, failures[0]
	}
	return facts, leaks, nil
}

func readWorkflow(ctx context.Context, temporal client.Client, info *workflow.WorkflowExecutionInfo, secret []string) (workflowFact, []string, error) {
	id, runID := info.GetExecution().GetWorkflowId(), info.GetExecution().GetRunId()
	fact := workflowFact{ID: id, Type: info.GetType().GetName(), Status: info.GetStatus()}
	fact.readAttributes(info.GetSearchAttributes())
	messages := []proto.Message{info}
	timers, signals, length := map[int64]bool{}, map[int64]bool{}, int64(0)
	events := temporal.GetWorkflowHistory(ctx, id, runID, false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		event, err := events.Next()
		if err != nil {
			return fact, nil, fmt.Errorf("read the history of %s: %w", id, err)
		}
		messages = append(messages, event)
		followTimer(timers, event)
		followSignal(signals, event)
		length = event.GetEventId()
	}
	leaks, err := findLeaks("workflow "+id, messages, secret)
	if err != nil || !fact.running() {
		return fact, leaks, err
	}
	fact.openTimers, fact.openSignals = len(timers), len(signals)
	described, err := temporal.DescribeWorkflowExecution(ctx, id, runID)
	if err != nil {
		return fact, leaks, fmt.Errorf("describe %s: %w", id, err)
	}
	fact.Status = described.GetWorkflowExecutionInfo().GetStatus()
	fact.readAttributes(described.GetWorkflowExecutionInfo().GetSearchAttributes())
	fact.pendingChildren = len(described.GetPendingChildren())
	for _, pending := range described.GetPendingActivities() {
		fact.activityAttempt = max(fact.activityAttempt, pending.GetAttempt())
	}
	fact.moving = described.GetWorkflowExecutionInfo().GetHistoryLength() > length
	fact.taskAttempt = described.GetPendingWorkflowTask().GetAttempt()
	return fact, leaks, nil
}

func (w *workflowFact) readAttributes(attributes *common.SearchAttributes) {
	decoder := converter.GetDefaultDataConverter()
	w.NeedsAttention, w.Reason = false, ""
	for name, into := range map[string]any{"NeedsAttention": &w.NeedsAttention, "AttentionReason": &w.Reason} {
		if payload, ok := attributes.GetIndexedFields()[name]; ok {
			_ = decoder.FromPayload(payload, into) // an attribute of another type counts as missing
		}
	}
}

func followTimer(open map[int64]bool, event *history.HistoryEvent) {
	switch event.GetEventType() {
	case enums.EVENT_TYPE_TIMER_STARTED:
		open[event.GetEventId()] = true
	case enums.EVENT_TYPE_TIMER_FIRED:
		delete(open, event.GetTimerFiredEventAttributes().GetStartedEventId())
	case enums.EVENT_TYPE_TIMER_CANCELED:
		delete(open, event.GetTimerCanceledEventAttributes().GetStartedEventId())
	}
}

// followSignal follows a signal to another workflow until it is delivered or has failed.
func followSignal(open map[int64]bool, event *history.HistoryEvent) {
	switch event.GetEventType() {
	case enums.EVENT_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED:
		open[event.GetEventId()] = true
	case enums.EVENT_TYPE_EXTERNAL_WORKFLOW_EXECUTION_SIGNALED:
		delete(open, event.GetExternalWorkflowExecutionSignaledEventAttributes().GetInitiatedEventId())
	case enums.EVENT_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED:
		delete(open, event.GetSignalExternalWorkflowExecutionFailedEventAttributes().GetInitiatedEventId())
	}
}

// findLeaks searches messages in their wire format, where payloads are not encoded again.
func findLeaks(where string, messages []proto.Message, secret []string) ([]string, error) {
	var leaks []string
	for _, message := range messages {
		content, err := proto.Marshal(message)
		if err != nil {
			return nil, err
		}
		for _, word := range secret {
			if bytes.Contains(content, []byte(word)) {
				return append(leaks, where+" contains a creator's name"), nil
			}
		}
	}
	return leaks, nil
}
