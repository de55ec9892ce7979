package workflows_test

import (
	"flag"
	"fmt"
	"iter"
	"testing"

	"github.com/stretchr/testify/require"
)

// step is an activity and which of its uses in a history.
type step struct {
	activity string
	nth      int
}

func (s step) String() string {
	if s.nth == 1 {
		return s.activity
	}
	return fmt.Sprintf("%s (%d)", s.activity, s.nth)
}

// What happens to the worker or the process at a step.
var misfortunes = []struct {
	name string
	rule mishap
}{
	{"the worker dies before %s", mishap{when: beforeWork, times: 1}},
	{"the worker dies after %s", mishap{when: afterWork, times: 1}},
	{"no worker survives %s for a while", mishap{when: afterWork, times: 7}},
	{"the workflow is terminated before %s and started again", mishap{when: beforeWork, times: 1, ends: true}},
	{"the workflow is terminated after %s and started again", mishap{when: afterWork, times: 1, ends: true}},
}

// everyCrash is set by `make nightly`. Otherwise the crash tests play a third of their combinations, always the same
// ones, and each step among them.
var everyCrash = flag.Bool("crash.every", false, "play every combination of the crash tests, and not a third of them")

// leftOut reports whether the combination of the ith and the jth possibility waits for `make nightly`.
func leftOut(i, j int) bool { return !*everyCrash && (i+j)%3 != 0 }

// misfortunesAt yields everything that can happen at some steps, with a clause that says it.
func misfortunesAt(steps ...step) iter.Seq2[string, mishap] {
	return func(yield func(string, mishap) bool) {
		for i, misfortune := range misfortunes {
			for j, at := range steps {
				if leftOut(i, j+2) { // of a single step, the two that lose what was done
					continue
				}
				rule := misfortune.rule
				rule.activity, rule.skip = at.activity, at.nth-1
				if !yield(fmt.Sprintf(misfortune.name, at), rule) {
					return
				}
			}
		}
	}
}

// befall lets a mishap happen once its activity is used, and requires that it did.
func (w *world) befall(t *testing.T, rule mishap) {
	t.Helper()
	times := rule.times
	w.mishaps.add(&rule)
	t.Cleanup(func() { require.Less(t, rule.times, times, "%s was never used so often", rule.activity) })
}

// survive runs a workflow to its end, in a second history if the first was terminated, and
// returns its result.
func survive[R any](begin func() *history, workflow, input any) R {
	h := begin()
	h.ExecuteWorkflow(workflow, input)
	if h.GetWorkflowError() != nil {
		h.requireTerminated()
		h = begin()
		h.ExecuteWorkflow(workflow, input)
	}
	require.NoError(h.t, h.GetWorkflowError())
	var result R
	require.NoError(h.t, h.GetWorkflowResult(&result))
	return result
}
