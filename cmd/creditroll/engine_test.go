package main

import (
	"strings"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
)

// running counts the running workflows of campaigns, clips and payouts.
func (w *world) running() int64 {
	return w.countProcesses("ExecutionStatus = 'Running' AND WorkflowType IN ('CampaignLifecycle', 'ClipTracking', 'CreatorPayout', 'PayoutRun')")
}

func (w *world) countProcesses(query string) int64 {
	answer, err := w.temporal.CountWorkflow(w.t.Context(), &workflowservice.CountWorkflowExecutionsRequest{Query: query})
	if err != nil {
		return -1
	}
	return answer.GetCount()
}

// awaitRuns waits until a workflow has had a number of runs, including resets.
func (w *world) awaitRuns(workflowID string, runs int64) {
	w.t.Helper()
	w.eventually("the workflow has a new run", func() bool { return w.countProcesses("WorkflowId = '"+workflowID+"'") == runs })
}

func (w *world) awaitEnded(workflowID string) {
	w.t.Helper()
	w.eventually("the workflow has ended", func() bool {
		description, err := w.temporal.DescribeWorkflowExecution(w.t.Context(), workflowID, "")
		return err == nil && description.GetWorkflowExecutionInfo().GetStatus() != enums.WORKFLOW_EXECUTION_STATUS_RUNNING
	})
}

// waitsFor reports whether the current run of a workflow has started a timer with a summary.
func (w *world) waitsFor(workflowID, summary string) bool {
	history := w.temporal.GetWorkflowHistory(w.t.Context(), workflowID, "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for history.HasNext() {
		event, err := history.Next()
		if err != nil {
			return false
		}
		if event.GetEventType() == enums.EVENT_TYPE_TIMER_STARTED && strings.Contains(string(event.GetUserMetadata().GetSummary().GetData()), summary) {
			return true
		}
	}
	return false
}
