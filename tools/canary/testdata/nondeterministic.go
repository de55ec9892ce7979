// Workflows that must not pass. tools/canary/check adds this file to package workflows for one
// run of workflowcheck and expects a report of every function. A check that finds nothing here
// would find nothing in the real workflows.
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
