package workflows_test

import (
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/workflows"
)

// Histories are of the code that is deployed; record_test.go makes them. One that does not
// replay means that a workflow under way would stop after the next deployment: guard the
// change with workflow.GetVersion, and record only when nothing older is left running.
const histories = "testdata/histories"

func replay(path string) error {
	replayer := worker.NewWorkflowReplayer()
	workflows.Register(replayer)
	quiet := sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler))
	return replayer.ReplayWorkflowHistoryFromJSONFile(quiet, path)
}

func stored(t *testing.T, pattern string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(histories, pattern))
	require.NoError(t, err)
	require.NotEmpty(t, paths, "no stored history matches %s", pattern)
	return paths
}

// typeOf reads a history's workflow type.
func typeOf(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	var history struct {
		Events []struct {
			Started struct {
				WorkflowType struct{ Name string } `json:"workflowType"`
			} `json:"workflowExecutionStartedEventAttributes"`
		}
	}
	require.NoError(t, json.Unmarshal(text, &history))
	require.NotEmpty(t, history.Events)
	return history.Events[0].Started.WorkflowType.Name
}

func TestStoredHistoriesReplay(t *testing.T) {
	t.Parallel()
	for _, path := range stored(t, "*.json") {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".json"), func(t *testing.T) {
			t.Parallel()

			require.NoError(t, replay(path))
		})
	}
}

func TestIncompatibleHistoriesAreNoticed(t *testing.T) {
	t.Parallel()
	for _, path := range stored(t, "incompatible/*.json") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()

			err := replay(path)

			require.ErrorContains(t, err, "nondeterministic")
		})
	}
}

// registered collects the names of workflows instead of registering them.
type registered map[string]bool

func (r registered) RegisterWorkflowWithOptions(_ any, options workflow.RegisterOptions) {
	r[options.Name] = true
}

func TestEveryWorkflowHasAStoredHistory(t *testing.T) {
	t.Parallel()
	missing := registered{}
	workflows.Register(missing)

	for _, path := range stored(t, "*.json") {
		name := typeOf(t, path)
		require.True(t, strings.HasPrefix(filepath.Base(path), name+"-"), "%s is the history of a %s", path, name)
		delete(missing, name)
	}

	require.Empty(t, missing, "record histories of these workflows: see record_test.go")
}

// A run of thousands of payouts writes thousands of histories, so a payout without trouble has to
// stay short. Step by step over a queue it would have 85 events.
func TestPayoutWithoutTroubleIsShort(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(histories, "CreatorPayout-paid.json"))
	require.NoError(t, err)
	var history struct{ Events []json.RawMessage }
	require.NoError(t, json.Unmarshal(text, &history))

	require.NotEmpty(t, history.Events)
	require.LessOrEqual(t, len(history.Events), 60)
}
