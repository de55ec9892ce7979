package main

import (
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/stretchr/testify/require"
	sdkpb "go.temporal.io/api/sdk/v1"
)

// shell runs a line as an operator would type it, with the CLI on the PATH and Temporal's
// environment variables set.
func (w *world) shell(line string) (output string, err error) {
	w.t.Helper()
	binary, err := temporalBinary()
	require.NoError(w.t, err)
	command := exec.CommandContext(w.t.Context(), "sh", "-c", line)
	command.Dir = w.t.TempDir()
	command.Env = []string{
		"PATH=" + filepath.Dir(binary) + ":" + w.environment["PATH"], "HOME=" + w.t.TempDir(),
		"TEMPORAL_ADDRESS=" + w.stack.TemporalAddress, "TEMPORAL_NAMESPACE=" + w.namespace,
	}
	printed, err := command.CombinedOutput()
	return string(printed), err
}

// requireShell runs a line like an operator, and retries while the server is busy.
func (w *world) requireShell(line string) {
	w.t.Helper()
	var output string
	var err error
	w.eventually("the server accepts the command", func() bool {
		output, err = w.shell(line)
		return err == nil || !strings.Contains(output, "Workflow is busy")
	})
	require.NoError(w.t, err, "%s\n%s", line, output)
}

// shellLines are the API's commands for an operator of a payout: retry, then cancel.
func (w *world) shellLines(payoutID string) []string {
	w.t.Helper()
	answer, err := w.client.GetPayoutWithResponse(w.t.Context(), payoutID)
	require.NoError(w.t, err)
	require.NotNil(w.t, answer.JSON200, string(answer.Body))
	require.Len(w.t, answer.JSON200.ShellLines, 2)
	return answer.JSON200.ShellLines
}

// details are the current details of a workflow on Temporal's web page.
func (w *world) details(workflowID string) string {
	w.t.Helper()
	answer, err := w.temporal.QueryWorkflow(w.t.Context(), workflowID, "", "__temporal_workflow_metadata")
	require.NoError(w.t, err)
	var metadata sdkpb.WorkflowMetadata
	require.NoError(w.t, answer.Get(&metadata))
	return metadata.GetCurrentDetails()
}
