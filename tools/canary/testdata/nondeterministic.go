// A workflow that must never pass: tools/canary/check lays this file into package workflows,
// for the length of one run of workflowcheck, and expects every function to be reported. A
// check that finds nothing here would find nothing in the real workflows either.
package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"
)

func canaryReadsTheClock(workflow.Context) time.Time {
	return time.Now()
}

func canaryRangesOverAMap(_ workflow.Context, amounts map[string]int64) (last int64) {
	for _, last = range amounts {
	}
	return last
}

func canaryStartsAGoroutine(_ workflow.Context, done chan<- struct{}) {
	go func() { close(done) }()
}
