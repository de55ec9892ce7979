package names

// Shell lines are commands for operators. The operator replaces the words in capitals. The actor
// and the reason of an update are stored in the audit trail.

// UpdateLine returns the line that sends an update to a workflow.
func UpdateLine(workflowID, update string) string {
	return "temporal workflow update execute --workflow-id " + workflowID + " --name " + update + ` --input '{"actor":"YOUR_ID","reason":"WHY"}'`
}

// SignalLine returns the line that sends a signal to a workflow.
func SignalLine(workflowID, signal string) string {
	return "temporal workflow signal --workflow-id " + workflowID + " --name " + signal
}

// ResetLine returns the line that starts a workflow again from its last task.
func ResetLine(workflowID string) string {
	return "temporal workflow reset --workflow-id " + workflowID + " --type LastWorkflowTask --reason WHY"
}
