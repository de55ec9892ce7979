package workflows_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	enums "go.temporal.io/api/enums/v1"
	sdk "go.temporal.io/api/sdk/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/interceptor"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/workflows"
)

// history is one run of one workflow in a world. Time skips whenever nothing is at work.
type history struct {
	*testsuite.TestWorkflowEnvironment
	t       *testing.T
	world   *world
	signals *log // "workflow id signal" of every signal sent to another workflow
	gone    map[string]bool
	// onSignal is told of those signals; it may be nil.
	onSignal func(workflowID, signal string)
}

// begin prepares a history at the world's present time.
func (w *world) begin(t *testing.T) *history {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	h := &history{TestWorkflowEnvironment: suite.NewTestWorkflowEnvironment(), t: t, world: w, signals: &log{}, gone: map[string]bool{}}
	h.SetStartTime(w.clock.Now())
	w.clock.follow(h.Now)
	h.SetTestTimeout(5 * time.Minute) // when a test gives up; a busy machine is slow
	h.SetWorkerOptions(worker.Options{DeadlockDetectionTimeout: time.Minute, Interceptors: []interceptor.WorkerInterceptor{w.mishaps, activities.Failures()}})
	workflows.Register(h)
	activities.Ledger{Books: w.store, Notices: notices, VerifyAbove: w.verifyAbove}.Register(h)
	activities.Payments{Rail: w.payments, Now: w.clock.Now}.Register(h)
	activities.Payments{Rail: w.payments}.RegisterReads(h)
	activities.Views{Observer: w.posts, Profiles: w.posts, Proofs: w.store.Clips, Switch: w.store.Edge}.Register(h)
	activities.Storage{Blobs: w.files}.Register(h)
	if !w.runsSolvency { // it ends only when nothing is missing, and a history waits for its children
		h.OnWorkflow(workflows.SolvencyGap, mock.Anything, mock.Anything).Return(nil).Maybe()
	}
	h.OnSignalExternalWorkflow(mock.Anything, mock.Anything, mock.Anything, mock.Anything, mock.Anything).
		Return(func(_, workflowID, _, signal string, _ any) error {
			h.signals.add(workflowID + " " + signal)
			if h.onSignal != nil {
				h.onSignal(workflowID, signal)
			}
			if h.gone[workflowID] {
				return errors.New("no such workflow")
			}
			return nil
		}).Maybe()
	return h
}

// carryOver sets input to that of the next history. It is decoded into a new value: what the workflow leaves out must
// not stay from before.
func carryOver[T any](t *testing.T, next *workflow.ContinueAsNewError, input *T) {
	t.Helper()
	var carried T
	require.NoError(t, converter.GetDefaultDataConverter().FromPayloads(next.Input, &carried))
	*input = carried
}

// during does something while an activity is at work for the first time.
func (h *history) during(activityType string, do func()) {
	done := false
	h.onStarted(func(started string) {
		if started == activityType && !done {
			done = true
			do()
		}
	})
}

// onStarted is told of every activity that starts, local ones included.
func (h *history) onStarted(tell func(activityType string)) {
	h.SetOnActivityStartedListener(func(info *activity.Info, _ context.Context, _ converter.EncodedValues) { tell(info.ActivityType.Name) })
	h.SetOnLocalActivityStartedListener(func(info *activity.Info, _ context.Context, _ []any) { tell(info.ActivityType.Name) })
}

// at does something when the history is d old.
func (h *history) at(d time.Duration, do func()) { h.RegisterDelayedCallback(do, d) }

// answer is what became of an update.
type answer struct {
	rejected error
	failed   error
	result   any
	accepted bool
	done     bool
}

// ask sends an update when the history is d old.
func (h *history) ask(d time.Duration, name string, args ...any) *answer {
	given := &answer{}
	h.at(d, func() { h.update(given, name, args...) })
	return given
}

func (h *history) update(given *answer, name string, args ...any) {
	h.UpdateWorkflow(name, "", &testsuite.TestUpdateCallback{
		OnAccept: func() { given.accepted = true },
		OnReject: func(err error) { given.rejected = activities.Fault(err) },
		OnComplete: func(result any, err error) {
			given.done, given.result, given.failed = true, result, activities.Fault(err)
		},
	}, args...)
}

// mishaps make workers die. An activity that dies before its work, or after it with its
// answer lost, looks to Temporal like one that never answered; a process that dies for good
// ends the history where it is.
type mishaps struct {
	interceptor.WorkerInterceptorBase
	mu    sync.Mutex
	rules []*mishap
	// away has how often an activity finds that the books cannot be reached, although it was tried for long.
	away map[string]int
	// unattended is a task queue that no worker asks for work.
	unattended string
	// reason is the last one on the needs-attention list.
	reason string
	// summaries are those of all activities.
	summaries log
}

type moment int

const (
	beforeWork moment = iota // the worker dies as it begins
	afterWork                // the work is done, the answer lost
	neverSent                // no worker takes the call, and a day later a person resets the workflow to then
	nextDay                  // the answer is lost, and a day later a person resets the workflow to then: the server schedules the call again
)

type mishap struct {
	activity string
	when     moment
	// skip is how many executions pass unharmed before.
	skip  int
	times int
	// ends: the process is terminated there and not started again.
	ends bool
}

func (m *mishaps) lose(activity string, when moment, times int) {
	m.add(&mishap{activity: activity, when: when, times: times})
}

// putAway has an activity end once without an answer of the books.
func (m *mishaps) putAway(activity string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.away == nil {
		m.away = map[string]int{}
	}
	m.away[activity]++
}

// isAway takes one of these ends.
func (m *mishaps) isAway(activity string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.away[activity] == 0 {
		return false
	}
	m.away[activity]--
	return true
}

// forget ends the mishaps of an activity.
func (m *mishaps) forget(activity string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rules = slices.DeleteFunc(m.rules, func(rule *mishap) bool { return rule.activity == activity })
}

// terminate ends the history before an activity is scheduled, or when it is done.
func (m *mishaps) terminate(activity string, when moment) {
	m.add(&mishap{activity: activity, when: when, times: 1, ends: true})
}

func (m *mishaps) add(rule *mishap) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rules = append(m.rules, rule)
}

// clear forgets every mishap that has not happened yet.
func (m *mishaps) clear() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rules = nil
}

func (m *mishaps) take(activity string, when moment, ends bool) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, rule := range m.rules {
		if rule.activity != activity || rule.when != when || rule.ends != ends || rule.times == 0 {
			continue
		}
		if rule.skip > 0 {
			rule.skip--
			continue
		}
		rule.times--
		return true
	}
	return false
}

// errAway is how an activity ends after the last of its tries, all of which found no database.
var errAway = temporal.NewNonRetryableApplicationError("down", string(fault.Unavailable), nil)

var errWorkerLost = temporal.NewTimeoutError(enums.TIMEOUT_TYPE_START_TO_CLOSE, nil)

func (m *mishaps) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	i := &activityMishaps{mishaps: m}
	i.Next = next
	return i
}

type activityMishaps struct {
	interceptor.ActivityInboundInterceptorBase
	mishaps *mishaps
}

func (i *activityMishaps) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	name := activity.GetInfo(ctx).ActivityType.Name
	if i.mishaps.take(name, beforeWork, false) {
		return nil, errWorkerLost
	}
	if i.mishaps.isAway(name) {
		return nil, errAway
	}
	result, err := i.Next.ExecuteActivity(ctx, in)
	if i.mishaps.take(name, afterWork, false) {
		return nil, errWorkerLost
	}
	return result, err
}

func (m *mishaps) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	i := &workflowMishaps{mishaps: m}
	i.Next = next
	return i
}

type workflowMishaps struct {
	interceptor.WorkflowInboundInterceptorBase
	mishaps *mishaps
}

func (i *workflowMishaps) Init(outbound interceptor.WorkflowOutboundInterceptor) error {
	o := &outboundMishaps{mishaps: i.mishaps}
	o.Next = outbound
	return i.Next.Init(o)
}

type outboundMishaps struct {
	interceptor.WorkflowOutboundInterceptorBase
	mishaps *mishaps
}

const terminated = "terminated by the test"

func (o *outboundMishaps) ExecuteActivity(ctx workflow.Context, activityType string, args ...any) workflow.Future {
	if o.mishaps.take(activityType, beforeWork, true) {
		panic(terminated)
	}
	options := workflow.GetActivityOptions(ctx)
	o.mishaps.summaries.add(options.Summary)
	if o.mishaps.isUnattended(options.TaskQueue) {
		return unattended(ctx, options)
	}
	if o.mishaps.take(activityType, neverSent, false) {
		_ = workflow.Sleep(ctx, keptFor)
		return o.Next.ExecuteActivity(ctx, activityType, args...)
	}
	future := o.Next.ExecuteActivity(ctx, activityType, args...)
	if o.mishaps.take(activityType, nextDay, false) {
		_ = future.Get(ctx, nil)
		_ = workflow.Sleep(ctx, keptFor)
		future = o.Next.ExecuteActivity(ctx, activityType, args...)
	}
	return o.terminateAfter(ctx, activityType, future)
}

func (o *outboundMishaps) ExecuteLocalActivity(ctx workflow.Context, activityType string, args ...any) workflow.Future {
	if o.mishaps.take(activityType, beforeWork, true) {
		panic(terminated)
	}
	return o.terminateAfter(ctx, activityType, o.Next.ExecuteLocalActivity(ctx, activityType, args...))
}

func (o *outboundMishaps) terminateAfter(ctx workflow.Context, activityType string, future workflow.Future) workflow.Future {
	if o.mishaps.take(activityType, afterWork, true) {
		_ = future.Get(ctx, nil)
		panic(terminated)
	}
	return future
}

// UpsertTypedSearchAttributes keeps what the needs-attention list shows.
func (o *outboundMishaps) UpsertTypedSearchAttributes(ctx workflow.Context, updates ...temporal.SearchAttributeUpdate) error {
	shown := temporal.NewSearchAttributes(updates...)
	if _, changed := shown.GetBool(workflows.AttributeNeedsAttention); changed {
		o.mishaps.mu.Lock()
		o.mishaps.reason, _ = shown.GetKeyword(workflows.AttributeAttentionReason)
		o.mishaps.mu.Unlock()
	}
	return o.Next.UpsertTypedSearchAttributes(ctx, updates...)
}

// attentionReason is what the needs-attention list shows now.
func (w *world) attentionReason() string {
	w.mishaps.mu.Lock()
	defer w.mishaps.mu.Unlock()
	return w.mishaps.reason
}

// details are what the UI shows for a running workflow.
func (h *history) details() string {
	h.t.Helper()
	answer, err := h.QueryWorkflow("__temporal_workflow_metadata")
	require.NoError(h.t, err)
	var metadata sdk.WorkflowMetadata
	require.NoError(h.t, answer.Get(&metadata))
	return metadata.GetCurrentDetails()
}

// leave has no worker ask a task queue for work, or every queue attended if it is empty.
func (m *mishaps) leave(queue string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.unattended = queue
}

func (m *mishaps) isUnattended(queue string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return queue != "" && queue == m.unattended
}

// unattended is what becomes of an activity that no worker takes: nothing, unless the caller
// has a patience.
func unattended(ctx workflow.Context, options workflow.ActivityOptions) workflow.Future {
	patience, timeout := options.ScheduleToCloseTimeout, enums.TIMEOUT_TYPE_SCHEDULE_TO_CLOSE
	if options.ScheduleToStartTimeout > 0 {
		patience, timeout = options.ScheduleToStartTimeout, enums.TIMEOUT_TYPE_SCHEDULE_TO_START
	}
	future, settable := workflow.NewFuture(ctx)
	if patience > 0 {
		workflow.Go(ctx, func(ctx workflow.Context) {
			_ = workflow.Sleep(ctx, patience)
			settable.SetError(temporal.NewTimeoutError(timeout, nil))
		})
	}
	return future
}

// requireTerminated says that the history ended by the test's hand, not by an error.
func (h *history) requireTerminated() {
	h.t.Helper()
	require.True(h.t, h.IsWorkflowCompleted())
	require.ErrorContains(h.t, h.GetWorkflowError(), terminated)
}

// completed runs a workflow that must end well, and returns its result.
func completed[R any](h *history, function any, args ...any) R {
	h.t.Helper()
	h.ExecuteWorkflow(function, args...)
	require.True(h.t, h.IsWorkflowCompleted())
	require.NoError(h.t, h.GetWorkflowError())
	var result R
	require.NoError(h.t, h.GetWorkflowResult(&result))
	return result
}

// providerOf returns the provider whose queue an activity came over.
func providerOf(ctx context.Context) string {
	return strings.TrimPrefix(activity.GetInfo(ctx).TaskQueue, workflows.QueueViews(""))
}
