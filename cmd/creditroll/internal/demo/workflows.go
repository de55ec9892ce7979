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

// workflowFact is what Temporal says of one workflow.
type workflowFact struct {
	ID, Type string
	Status   enums.WorkflowExecutionStatus
	// NeedsAttention and Reason are its search attributes.
	NeedsAttention bool
	Reason         string

	// The rest is read of running workflows only.
	openTimers, openSignals, pendingChildren int
	// activityAttempt and taskAttempt are the most tries of anything that is pending now,
	// zero if nothing is.
	activityAttempt, taskAttempt int32
	// moving says that its history grew while it was looked at.
	moving bool
}

const activityAttemptsMax = 5

func (w workflowFact) running() bool { return w.Status == enums.WORKFLOW_EXECUTION_STATUS_RUNNING }

// stuck says why a workflow will not end well by itself, or "". Stuck is: failed, timed out
// or terminated; or running with a workflow task that fails, or with an activity beyond its
// fifth try; or running with nothing that could wake it: no timer, no child, no step or
// signal under way, and not on the list that people look at. A campaign that waits for a date, a payout
// within its return window and a parked payout are not stuck.
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
		return fmt.Sprintf("fails at a workflow task, at attempt %d", w.taskAttempt)
	case w.activityAttempt > activityAttemptsMax:
		return fmt.Sprintf("is at attempt %d of an activity", w.activityAttempt)
	case w.moving, w.NeedsAttention && w.Reason != "", w.openTimers > 0, w.openSignals > 0, w.pendingChildren > 0, w.activityAttempt > 0, w.taskAttempt > 0:
		return ""
	}
	return "waits for nothing that could come"
}

const historiesAtOnce = 6

// readWorkflows lists the workflows that were started since a moment, and searches all that
// Temporal keeps about them for words that must not be there. Narrower are more conditions on what is listed.
func readWorkflows(ctx context.Context, temporal client.Client, namespace string, since time.Time, secret []string, narrower ...string) ([]workflowFact, []string, error) {
	var listed []*workflow.WorkflowExecutionInfo
	query := fmt.Sprintf("StartTime >= '%s'", since.UTC().Format(time.RFC3339Nano))
	for _, condition := range narrower {
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
			_ = decoder.FromPayload(payload, into) // an attribute of another type is as good as none
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

// followSignal follows what a workflow tells another one until that has arrived, or cannot.
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

// findLeaks searches messages as they lie on the wire, where payloads are not encoded again.
func findLeaks(where string, messages []proto.Message, secret []string) ([]string, error) {
	var leaks []string
	for _, message := range messages {
		content, err := proto.Marshal(message)
		if err != nil {
			return nil, err
		}
		for _, word := range secret {
			if bytes.Contains(content, []byte(word)) {
				return append(leaks, where+" holds a creator's name"), nil
			}
		}
	}
	return leaks, nil
}
