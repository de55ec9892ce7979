package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/fault"
)

// Task queues, one per concern, so that each can be scaled and rate-limited by itself.
const (
	QueueCampaigns = "campaigns" // workflows
	QueueLedger    = "ledger"    // database activities
	QueueStripe    = "stripe"    // Stripe activities
	QueueReconcile = "reconcile" // Stripe activities that compare, so that money never waits for them
)

// QueueViews returns the queue of a view provider.
func QueueViews(provider string) string { return "views-" + provider }

// Queues returns every queue given the providers in use.
func Queues(providers []string) []string {
	queues := []string{QueueCampaigns, QueueLedger, QueueStripe, QueueReconcile}
	for _, provider := range providers {
		queues = append(queues, QueueViews(provider))
	}
	return queues
}

// LongestActivity is the longest that any activity may run: a worker that stops waits longer.
const LongestActivity = moneyTimeout

// LongestObservation is the same for the queues of view providers, whose scrapers take minutes.
const LongestObservation = observeTimeout

// HeartbeatTimeout is how long the server believes in a worker that says nothing: a killed
// one is replaced this soon, however long the activity may take. Workers beat by themselves.
const HeartbeatTimeout = 10 * time.Second

const (
	ledgerTimeout  = 60 * time.Second
	auditTimeout   = 15 * time.Minute
	readTimeout    = 45 * time.Second
	moneyTimeout   = 90 * time.Second
	observeTimeout = 7 * time.Minute

	// moneyPatience keeps every repetition of a key far within the day for which Stripe knows
	// it, however long no worker was there. Beyond it the workflow looks the object up.
	moneyPatience  = 30 * time.Minute
	ledgerPatience = 15 * time.Minute
	// comparePatience ends a pass whose queue has no worker: payout runs wait for it, and say
	// what they wait for only when it has failed.
	comparePatience = 15 * time.Minute
)

// call is one way of calling activities: where, for how long, and how often again.
type call struct {
	queue   string
	timeout time.Duration
	// patience is how long all tries together may take, waiting for a worker included; 0 is
	// no end. When it is over the outcome is unknown.
	patience time.Duration
	retry    temporal.RetryPolicy
}

// A database that is down comes back: transactions are tried until it does. An error that
// nobody classified is not repeated blindly but handled by step.
var ledgerCall = call{QueueLedger, ledgerTimeout, ledgerPatience, temporal.RetryPolicy{
	InitialInterval: 200 * time.Millisecond, BackoffCoefficient: 2, MaximumInterval: 30 * time.Second,
	NonRetryableErrorTypes: []string{string(fault.Internal)},
}}

// Checking the books reads all of them.
var auditCall = call{QueueLedger, auditTimeout, 4 * auditTimeout, ledgerCall.retry}

// Making tables holds postings up while it waits for its locks, and nobody needs them for
// months: one try, and the next day goes on.
var tablesCall = call{QueueLedger, ledgerTimeout, ledgerPatience, temporal.RetryPolicy{MaximumAttempts: 1}}

// Reading Stripe moves nothing; the caller has a plan for when it cannot be read.
var stripeRead = call{QueueStripe, readTimeout, 0, temporal.RetryPolicy{
	InitialInterval: 500 * time.Millisecond, BackoffCoefficient: 2, MaximumInterval: 20 * time.Second, MaximumAttempts: 6,
	NonRetryableErrorTypes: []string{string(fault.Internal)},
}}

// Comparing reads by the thousand, on a queue whose rate is its own.
var stripeCompare = call{QueueReconcile, readTimeout, comparePatience, stripeRead.retry}

// Moving money repeats one request under one stored key, a few times over less than ten
// minutes: far within the day for which Stripe knows the key. What is still unclear then is
// looked up by the workflow.
var stripeMoney = call{QueueStripe, moneyTimeout, moneyPatience, temporal.RetryPolicy{
	InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: 30 * time.Second, MaximumAttempts: 6,
	NonRetryableErrorTypes: []string{string(fault.Internal)},
}}

// A provider that fails twice in a row is left for the next one of the chain; the schedule
// asks it again soon enough.
func observeCall(provider string) call {
	return call{QueueViews(provider), observeTimeout, 0, temporal.RetryPolicy{
		InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: time.Minute, MaximumAttempts: 3,
		NonRetryableErrorTypes: []string{string(fault.Internal)},
	}}
}

func (c call) options(summary string) workflow.ActivityOptions {
	retry := c.retry
	return workflow.ActivityOptions{TaskQueue: c.queue, StartToCloseTimeout: c.timeout, ScheduleToCloseTimeout: c.patience, HeartbeatTimeout: HeartbeatTimeout, RetryPolicy: &retry, Summary: summary}
}

// do calls an activity and returns its result, or the fault that it failed with. The
// summary is what a finance person reads in the history.
func do[A, T any](ctx workflow.Context, c call, summary string, activity activities.Activity[A, T], argument A) (T, error) {
	var result T
	err := workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, c.options(summary)), activity.Name, argument).Get(ctx, &result)
	return result, activities.Fault(err)
}

// doAll calls an activity once for each argument, all at once, and returns the result or the
// fault of each.
func doAll[A, T any](ctx workflow.Context, c call, summary string, activity activities.Activity[A, T], each []A) ([]T, []error) {
	ctx = workflow.WithActivityOptions(ctx, c.options(summary))
	futures := make([]workflow.Future, len(each))
	for i, argument := range each {
		futures[i] = workflow.ExecuteActivity(ctx, activity.Name, argument)
	}
	results, failures := make([]T, len(each)), make([]error, len(each))
	for i, future := range futures {
		failures[i] = activities.Fault(future.Get(ctx, &results[i]))
	}
	return results, failures
}

// moveMoney calls an activity that moves money, under a fixed activity id: the history names
// the one step that did it.
func moveMoney[A, T any](ctx workflow.Context, id, summary string, activity activities.Activity[A, T], argument A) (T, error) {
	options := stripeMoney.options(summary)
	options.ActivityID = id
	var result T
	err := workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, options), activity.Name, argument).Get(ctx, &result)
	return result, activities.Fault(err)
}

// Waits between tries of a step that fails for a reason nobody classified.
const (
	defectRetryInterval    = time.Minute
	defectRetryIntervalMax = time.Hour
	defectAfterTries       = 3
)

// step writes the database and does not give up: a refusal is returned, but a defect (of
// ours, or an error nobody classified) shows the workflow as needing attention and is tried
// again until somebody has mended it.
func step[A, T any](ctx workflow.Context, summary string, activity activities.Activity[A, T], argument A) (T, error) {
	return stepBy(ctx, ledgerCall, summary, activity, argument)
}

func stepBy[A, T any](ctx workflow.Context, c call, summary string, activity activities.Activity[A, T], argument A) (T, error) {
	wait := defectRetryInterval
	for try := 1; ; try++ {
		result, err := do(ctx, c, summary, activity, argument)
		if !fault.Is(err, fault.Internal) && !fault.Is(err, fault.UnknownOutcome) {
			if err == nil && try > defectAfterTries {
				clearAttention(ctx)
			}
			return result, err
		}
		if try == defectAfterTries {
			showAttention(ctx, attention{
				Reason: "internal_error",
				Detail: "The step '" + summary + "' fails for a reason nobody foresaw; see the worker's log. It is tried again, at least every hour, and goes on by itself once that is mended.",
			})
		}
		if err := workflow.Sleep(ctx, wait); err != nil {
			return result, err
		}
		wait = min(2*wait, defectRetryIntervalMax)
	}
}

// record is step for activities without a result.
func record[A any](ctx workflow.Context, summary string, activity activities.Activity[A, activities.None], argument A) error {
	_, err := step(ctx, summary, activity, argument)
	return err
}
