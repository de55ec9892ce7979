package workflows

import (
	"slices"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/views"
)

// Task queues, one per concern, so that each can be scaled and rate-limited separately.
const (
	QueueCampaigns = "campaigns" // workflows
	QueueLedger    = "ledger"    // database activities
	QueueStripe    = "stripe"    // Stripe activities
	QueueReconcile = "reconcile" // Stripe activities of reconciliation, so that payments never wait for them
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

// LongestActivity is the longest that any activity may run. A worker that stops waits longer, so
// that it can finish its activities.
const LongestActivity = moneyTimeout

// LongestObservation is the same for the queues of view providers, whose scrapers take minutes.
const LongestObservation = observeTimeout

// HeartbeatTimeout is how long the server waits for a heartbeat. The activity of a killed worker
// is tried again after this time, however long the activity may take. Workers send heartbeats
// without code in the activities.
const HeartbeatTimeout = 10 * time.Second

const (
	ledgerTimeout  = 60 * time.Second
	auditTimeout   = 15 * time.Minute
	readTimeout    = 45 * time.Second
	glanceTimeout  = 5 * time.Second
	moneyTimeout   = 90 * time.Second
	observeTimeout = 7 * time.Minute

	// moneyTimeoutTotal keeps every retry of a key well within the day for which Stripe stores the
	// key, even if no worker runs for a while. After it the workflow looks the object up.
	moneyTimeoutTotal  = 30 * time.Minute
	ledgerTimeoutTotal = 15 * time.Minute
	// compareTimeoutTotal ends a pass whose queue has no worker. Payout runs wait for the pass, and
	// show why only after it has failed.
	compareTimeoutTotal = 15 * time.Minute
	observeTimeoutStart = 30 * time.Minute

	snapshotTimeout      = 3 * time.Minute
	snapshotTimeoutTotal = 10 * time.Minute
)

// call is one way of calling activities: the queue, the timeouts and the retries.
type call struct {
	queue   string
	timeout time.Duration
	// timeoutTotal is how long all tries together may take, including the wait for a worker; 0 is
	// no limit. After it the outcome is unknown.
	timeoutTotal time.Duration
	retry        temporal.RetryPolicy
	// timeoutStart is how long a try may wait for a worker; 0 is no limit. It is not tried again after that.
	timeoutStart time.Duration
	// withoutHeartbeat is set for a call that is answered after its worker has returned.
	withoutHeartbeat bool
}

// Transactions are retried while the database is down. An unclassified error is not retried
// here: step handles it.
var ledgerCall = call{queue: QueueLedger, timeout: ledgerTimeout, timeoutTotal: ledgerTimeoutTotal, retry: temporal.RetryPolicy{
	InitialInterval: 200 * time.Millisecond, BackoffCoefficient: 2, MaximumInterval: 30 * time.Second,
	NonRetryableErrorTypes: []string{string(fault.Internal)},
}}

// A check of the books reads every entry, so it needs a longer timeout.
var auditCall = call{queue: QueueLedger, timeout: auditTimeout, timeoutTotal: 4 * auditTimeout, retry: ledgerCall.retry}

// Creating tables blocks postings while it waits for its locks, and the tables are not needed for
// months. So there is one try, and the next one is a day later.
var tablesCall = call{queue: QueueLedger, timeout: ledgerTimeout, timeoutTotal: ledgerTimeoutTotal, retry: temporal.RetryPolicy{MaximumAttempts: 1}}

// Reading Stripe moves no money. The caller handles a failure.
var railRead = call{queue: QueueStripe, timeout: readTimeout, retry: temporal.RetryPolicy{
	InitialInterval: 500 * time.Millisecond, BackoffCoefficient: 2, MaximumInterval: 20 * time.Second, MaximumAttempts: 6,
	NonRetryableErrorTypes: []string{string(fault.Internal)},
}}

// A look reads whether the cause of a parking is gone. The next look comes anyway, so an outage of
// days is not read many times.
var railLook = call{queue: QueueStripe, timeout: readTimeout, retry: temporal.RetryPolicy{
	InitialInterval: time.Second, MaximumAttempts: 2, NonRetryableErrorTypes: railRead.retry.NonRetryableErrorTypes,
}}

// A glance is tried once and for a short time, because other events wait for it. It uses the queue
// of reconciliation, so that no payment waits for it.
var railGlance = call{queue: QueueReconcile, timeout: glanceTimeout, timeoutTotal: glanceTimeout, retry: temporal.RetryPolicy{MaximumAttempts: 1}}

// Reconciliation reads thousands of objects, so its queue has its own rate limit.
var railCompare = call{queue: QueueReconcile, timeout: readTimeout, timeoutTotal: compareTimeoutTotal, retry: railRead.retry}

// A call that moves money retries one request with one stored key, a few times in less than ten
// minutes. That is well within the day for which Stripe stores the key. If the outcome is still
// unclear, the workflow looks the object up.
var railMoney = call{queue: QueueStripe, timeout: moneyTimeout, timeoutTotal: moneyTimeoutTotal, retry: temporal.RetryPolicy{
	InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: 30 * time.Second, MaximumAttempts: 6,
	NonRetryableErrorTypes: []string{string(fault.Internal)},
}}

// A pass over evidence calls the storage for files once a day. It needs no queue of its own.
var storageCall = call{queue: QueueLedger, timeout: ledgerTimeout, timeoutTotal: ledgerTimeoutTotal, retry: railRead.retry}

// After three failed tries the workflow asks the next provider of the chain. The schedule asks
// this one again. The queue of a provider that is no longer in use has no worker, so the wait for one ends.
func observeCall(provider string) call {
	return call{queue: QueueViews(provider), timeout: observeTimeout, timeoutStart: observeTimeoutStart, retry: temporal.RetryPolicy{
		InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: time.Minute, MaximumAttempts: 3,
		NonRetryableErrorTypes: []string{string(fault.Internal)},
	}}
}

// asynchronous are the providers that read clips in snapshots. A workflow has to know it before it calls one.
var asynchronous = []string{"brightdata"}

// Asynchronous reports whether a provider reads clips in snapshots.
func Asynchronous(provider string) bool { return slices.Contains(asynchronous, provider) }

// readCall is how a clip is read. The call of an asynchronous provider ends when its snapshot has, and no worker is busy
// with it, so there are no heartbeats. Without an answer after half an hour the workflow asks the next provider. Tries
// before the snapshot has started are retried within that time.
func readCall(provider string) call {
	c := observeCall(provider)
	if Asynchronous(provider) {
		c.timeout, c.timeoutTotal, c.withoutHeartbeat = views.SnapshotPatience, views.SnapshotPatience, true
	}
	return c
}

// A look at a snapshot reads up to a hundred posts. The next pass looks again.
func snapshotCall(provider string) call {
	return call{queue: QueueViews(provider), timeout: snapshotTimeout, timeoutTotal: snapshotTimeoutTotal, retry: temporal.RetryPolicy{
		InitialInterval: time.Second, BackoffCoefficient: 2, MaximumAttempts: 2, NonRetryableErrorTypes: []string{string(fault.Internal)},
	}}
}

func (c call) options(summary string) workflow.ActivityOptions {
	retry := c.retry
	options := workflow.ActivityOptions{TaskQueue: c.queue, StartToCloseTimeout: c.timeout, ScheduleToCloseTimeout: c.timeoutTotal, ScheduleToStartTimeout: c.timeoutStart, HeartbeatTimeout: HeartbeatTimeout, RetryPolicy: &retry, Summary: summary}
	if c.withoutHeartbeat {
		options.HeartbeatTimeout = 0
	}
	return options
}

// do calls an activity and returns its result, or the fault that it failed with. Finance reads
// the summary in the history.
func do[A, T any](ctx workflow.Context, c call, summary string, activity activities.Activity[A, T], argument A) (T, error) {
	var result T
	err := workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, c.options(summary)), activity.Name, argument).Get(ctx, &result)
	return result, activities.Fault(err)
}

// doAll calls an activity for all arguments concurrently, and returns the result or the fault of
// each.
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

// moveMoney calls an activity that moves money. Its activity id names the phase, the
// generation and the number of the call. The call is valid for as long as Temporal waits for it, also
// if the workflow is reset while it has no answer.
func moveMoney[A, T any](ctx workflow.Context, id, summary string, activity activities.MoneyActivity[A, T], argument A) (T, error) {
	options := railMoney.options(summary)
	options.ActivityID = id
	valid := activities.Valid{NotAfter: workflow.Now(ctx).Add(moneyTimeoutTotal)}
	var result T
	err := workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, options), activity.Name, argument, valid).Get(ctx, &result)
	return result, activities.Fault(err)
}

// Waits between tries of a step that fails with an unclassified error.
const (
	defectRetryInterval    = time.Minute
	defectRetryIntervalMax = time.Hour
	defectAfterTries       = 3
)

// step calls a database activity until it has an answer. A refusal is returned. A defect (ours, or
// an unclassified error) puts the workflow on the needs-attention list, and the step is tried
// again until the defect is fixed.
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
				Detail: "The step '" + summary + "' fails for an unexpected reason. The worker's log has the error. The step is tried again at least every hour, and the workflow continues once the cause is fixed.",
			})
		}
		timer := workflow.NewTimerWithOptions(ctx, wait, workflow.TimerOptions{Summary: "Until the failed step is tried again: " + summary})
		if err := timer.Get(ctx, nil); err != nil {
			return result, err
		}
		wait = min(2*wait, defectRetryIntervalMax)
	}
}

// localTimeout leaves room for a lock or a slow disk, and is well within the 10 seconds that a
// workflow task may take.
const localTimeout = 5 * time.Second

// localStep is step for a short transaction that repeating does not change. The worker that runs
// the workflow tries it once itself, which costs one event of the history instead of six. If there
// is no answer, the step goes to the ledger queue, which has more time and tries again.
func localStep[A, T any](ctx workflow.Context, summary string, activity activities.Activity[A, T], argument A) (T, error) {
	var result T
	local := workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{
		StartToCloseTimeout: localTimeout, RetryPolicy: &temporal.RetryPolicy{MaximumAttempts: 1}, Summary: summary,
	})
	err := activities.Fault(workflow.ExecuteLocalActivity(local, activity.Name, argument).Get(ctx, &result))
	switch fault.KindOf(err) {
	case fault.Internal, fault.UnknownOutcome, fault.Unavailable, fault.RateLimited:
		return step(ctx, summary, activity, argument)
	}
	return result, err
}

// localRecord is localStep for an activity without a result.
func localRecord[A any](ctx workflow.Context, summary string, activity activities.Activity[A, activities.None], argument A) error {
	_, err := localStep(ctx, summary, activity, argument)
	return err
}

// unanswered reports whether a step has failed because the database could not be reached. The step may
// have been committed all the same, so the workflow must not end as if it was refused.
func unanswered(err error) bool {
	return fault.Is(err, fault.Unavailable) || fault.Is(err, fault.RateLimited)
}

// untilAnswered tries again while the database cannot be reached. It is for the updates of people: an
// update's id keeps its first answer, so a temporary failure would be the answer to every repeated request
// with the same key. A caller that does not wait so long repeats the request, and waits again.
func untilAnswered(ctx workflow.Context, summary string, try func() error) error {
	for wait := defectRetryInterval; ; wait = min(2*wait, defectRetryIntervalMax) {
		err := try()
		if !unanswered(err) {
			return err
		}
		timer := workflow.NewTimerWithOptions(ctx, wait, workflow.TimerOptions{Summary: "Until the books can be reached again: " + summary})
		if err := timer.Get(ctx, nil); err != nil {
			return err
		}
	}
}

// stepForPerson is step within untilAnswered.
func stepForPerson[A, T any](ctx workflow.Context, summary string, activity activities.Activity[A, T], argument A) (result T, err error) {
	err = untilAnswered(ctx, summary, func() (err error) {
		result, err = step(ctx, summary, activity, argument)
		return err
	})
	return result, err
}

// recordForPerson is stepForPerson for an activity without a result.
func recordForPerson[A any](ctx workflow.Context, summary string, activity activities.Activity[A, activities.None], argument A) error {
	_, err := stepForPerson(ctx, summary, activity, argument)
	return err
}

// record is step for an activity without a result.
func record[A any](ctx workflow.Context, summary string, activity activities.Activity[A, activities.None], argument A) error {
	_, err := step(ctx, summary, activity, argument)
	return err
}
