package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"
)

// waiting is how a workflow sleeps: until time has passed, a signal arrives, an update
// changed something, or somebody cancels it in the CLI or UI. Work itself runs on a
// disconnected context, so a cancellation is a request that is noticed here, never a step
// that stops half-way.
type waiting struct {
	signals   map[string]workflow.ReceiveChannel
	order     []string
	heard     map[string]bool
	nudged    bool
	nudges    workflow.Channel
	root      workflow.Context
	cancelled bool
	timer     *runningTimer
}

// runningTimer outlives a sleep that something else ended: the next sleep for the same
// purpose goes on with it, so that a burst of signals does not fill the history with timers.
type runningTimer struct {
	summary string
	until   time.Time
	fires   workflow.Future
	stop    workflow.CancelFunc
}

// forever is a sleep that only an event ends.
const forever time.Duration = -1

// waitFor returns the waiting of a workflow with root context root, for some signals.
func waitFor(root workflow.Context, signals ...string) *waiting {
	w := &waiting{
		signals: map[string]workflow.ReceiveChannel{}, order: signals, heard: map[string]bool{},
		nudges: workflow.NewBufferedChannel(root, 1), root: root,
	}
	for _, name := range signals {
		w.signals[name] = workflow.GetSignalChannel(root, name)
	}
	return w
}

// nudge ends the present or next sleep: an update has changed something.
func (w *waiting) nudge() {
	if !w.nudged {
		w.nudged = true
		w.nudges.SendAsync(true)
	}
}

// sleep waits at most d. It reports whether time ran out with nothing heard.
func (w *waiting) sleep(ctx workflow.Context, d time.Duration, summary string) (timedOut bool) {
	if w.collect() || d == 0 {
		return d == 0
	}
	if known := w.cancelled; w.isCancelled() != known {
		return false
	}
	selector := workflow.NewSelector(ctx)
	for _, name := range w.order {
		selector.AddReceive(w.signals[name], func(channel workflow.ReceiveChannel, _ bool) {
			channel.Receive(ctx, nil)
			w.heard[name] = true
		})
	}
	selector.AddReceive(w.nudges, func(channel workflow.ReceiveChannel, _ bool) {
		channel.Receive(ctx, nil)
		w.nudged = false
	})
	if !w.cancelled {
		selector.AddReceive(w.root.Done(), func(workflow.ReceiveChannel, bool) { w.cancelled = true })
	}
	if d > 0 {
		selector.AddFuture(w.timerFor(ctx, d, summary), func(workflow.Future) {
			timedOut, w.timer = true, nil
		})
	}
	selector.Select(ctx)
	w.collect()
	return timedOut
}

// timerFor returns the timer of an earlier sleep if it serves, otherwise a new one.
func (w *waiting) timerFor(ctx workflow.Context, d time.Duration, summary string) workflow.Future {
	until := workflow.Now(ctx).Add(d)
	if w.timer != nil && w.timer.summary == summary && !w.timer.until.After(until) {
		return w.timer.fires
	}
	if w.timer != nil {
		w.timer.stop()
	}
	timerContext, stop := workflow.WithCancel(ctx)
	fires := workflow.NewTimerWithOptions(timerContext, d, workflow.TimerOptions{Summary: summary})
	w.timer = &runningTimer{summary: summary, until: until, fires: fires, stop: stop}
	return fires
}

// collect takes what has arrived without waiting, and reports whether there was anything.
func (w *waiting) collect() bool {
	found := false
	for _, name := range w.order {
		if drain(w.signals[name]) {
			w.heard[name], found = true, true
		}
	}
	if w.nudges.ReceiveAsync(nil) {
		w.nudged, found = false, true
	}
	return found
}

// isCancelled reports whether somebody has cancelled the workflow, also while it did not
// sleep.
func (w *waiting) isCancelled() bool {
	w.cancelled = w.cancelled || w.root.Err() != nil
	return w.cancelled
}

// took reports whether a signal was heard since it was last asked for.
func (w *waiting) took(name string) bool {
	heard := w.heard[name]
	w.heard[name] = false
	return heard
}

// continueAsNew says whether this history has grown long enough, with nothing unheard and
// no update half-way.
func (w *waiting) continueAsNew(ctx workflow.Context) bool {
	return workflow.GetInfo(ctx).GetContinueAsNewSuggested() && !w.collect() && workflow.AllHandlersFinished(ctx)
}
