package bench

import (
	"context"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

const bareQueue = "bare-loop"

// bareLoop has the steps of a poll without their work. It counts loops that begin after from,
// when all loops have been started.
func bareLoop(ctx workflow.Context, from, until time.Time, loops int64) (int64, error) {
	options := workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
	for workflow.Now(ctx).Before(until) {
		counts := !workflow.Now(ctx).Before(from)
		for range 2 {
			if err := workflow.ExecuteActivity(options, emptyActivity).Get(ctx, nil); err != nil {
				return loops, err
			}
		}
		if err := workflow.Sleep(ctx, pollInterval); err != nil {
			return loops, err
		}
		if counts {
			loops++
		}
		if workflow.GetInfo(ctx).GetContinueAsNewSuggested() {
			return loops, workflow.NewContinueAsNewError(ctx, bareLoop, from, until, loops)
		}
	}
	return loops, nil
}

func emptyActivity(context.Context) error { return nil }

func newBareWorker(connection client.Client) worker.Worker {
	bare := worker.New(connection, bareQueue, worker.Options{})
	bare.RegisterWorkflow(bareLoop)
	bare.RegisterActivity(emptyActivity)
	return bare
}

// startAllowance is the time for starting all loops.
const startAllowance = 4 * time.Second

// runBareLoops runs one workflow per tracked clip and returns loops per second, for the time in
// which all of them ran.
func runBareLoops(ctx context.Context, connection client.Client, p plan) (float64, error) {
	from := time.Now().Add(startAllowance)
	until := from.Add(p.pollSlice)
	loops, err := runAll(ctx, p.loops, func(ctx context.Context, _ int) (int64, error) {
		run, err := connection.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: "bare-loop/" + uuid.NewString(), TaskQueue: bareQueue}, bareLoop, from, until, int64(0))
		if err != nil {
			return 0, err
		}
		var looped int64
		err = run.Get(ctx, &looped)
		return looped, err
	})
	return float64(loops) / time.Since(from).Seconds(), err
}
