package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/names"
)

// waiting is how a workflow sleeps: until time has passed, a signal arrives, an update changes
// the state, or a person cancels the workflow in the CLI or UI. The steps run on a disconnected
// context. A cancellation is a request that is noticed here and never interrupts a step.
type waiting struct {
	signals  map[string]workflow.ReceiveChannel
	order    []string
	received map[string]bool
	// takes receive the signals that have a payload. Each takes all that have arrived, and reports whether it needs them.
	takes       map[string]func(workflow.ReceiveChannel) bool
	unseen      bool // continueAsNew has received something that no sleep has ended for
	wakePending bool
	wakes       workflow.Channel
	root        workflow.Context
	cancelled   bool
	timer       *runningTimer
}

// runningTimer is a timer that still runs when another event has ended its sleep. The next
// sleep with the same summary reuses it, so a burst of signals does not fill the history with
// timers.
type runningTimer struct {
	summary string
	until   time.Time
	fires   workflow.Future
	stop    workflow.CancelFunc
}

// forever is a sleep that only an event ends.
const forever time.Duration = -1

// waitFor returns the waiting of a workflow with root context root, for the named signals.
func waitFor(root workflow.Context, signals ...string) *waiting {
	w := &waiting{
		signals: map[string]workflow.ReceiveChannel{}, order: signals, received: map[string]bool{},
		wakes: workflow.NewBufferedChannel(root, 1), root: root,
	}
	for _, name := range signals {
		w.signals[name] = workflow.GetSignalChannel(root, name)
	}
	return w
}

// wake ends the current or the next sleep, because an update has changed the state.
func (w *waiting) wake() {
	if !w.wakePending {
		w.wakePending = true
		w.wakes.SendAsync(true)
	}
}

// sleep waits at most d. It may return earlier, and always does after an event.
func (w *waiting) sleep(ctx workflow.Context, d time.Duration, summary string) {
	if w.collect() || w.unseen || d == 0 {
		w.unseen = false
		return
	}
	if known := w.cancelled; w.isCancelled() != known {
		return
	}
	selector, needless := workflow.NewSelector(ctx), false
	for _, name := range w.order {
		selector.AddReceive(w.signals[name], func(channel workflow.ReceiveChannel, _ bool) {
			if w.takes[name] != nil {
				needless = !w.receive(name)
				return
			}
			channel.Receive(ctx, nil)
			w.received[name] = true
		})
	}
	selector.AddReceive(w.wakes, func(channel workflow.ReceiveChannel, _ bool) {
		channel.Receive(ctx, nil)
		w.wakePending = false
	})
	if !w.cancelled {
		selector.AddReceive(w.root.Done(), func(workflow.ReceiveChannel, bool) { w.cancelled = true })
	}
	if d > 0 {
		selector.AddFuture(w.timerFor(ctx, d, summary), func(workflow.Future) {
			w.timer = nil
		})
	}
	selector.Select(ctx)
	if !w.collect() && needless {
		w.sleep(ctx, d, summary) // the timer still runs
	}
}

// receive takes what has arrived of one signal, and reports whether there was anything to act upon.
func (w *waiting) receive(name string) bool {
	take := w.takes[name]
	if take == nil {
		take = drain
	}
	found := take(w.signals[name])
	w.received[name] = w.received[name] || found
	return found
}

// timerFor returns the timer of an earlier sleep if it has the same summary and fires no later
// than d from now; otherwise a new one.
func (w *waiting) timerFor(ctx workflow.Context, d time.Duration, summary string) workflow.Future {
	until := workflow.Now(ctx).Add(d)
	if w.timer != nil && w.timer.summary == summary && !w.timer.until.After(until) {
		return w.timer.fires
	}
	w.dropTimer()
	timerContext, stop := workflow.WithCancel(ctx)
	fires := workflow.NewTimerWithOptions(timerContext, d, workflow.TimerOptions{Summary: summary})
	w.timer = &runningTimer{summary: summary, until: until, fires: fires, stop: stop}
	return fires
}

// dropTimer stops the timer of an earlier sleep. The next sleep then takes its whole time, even if the summary is the same.
func (w *waiting) dropTimer() {
	if w.timer != nil {
		w.timer.stop()
		w.timer = nil
	}
}

// collect receives what has arrived, without waiting. It reports whether there was anything.
func (w *waiting) collect() bool {
	found := false
	for _, name := range w.order {
		found = w.receive(name) || found
	}
	if w.wakes.ReceiveAsync(nil) {
		w.wakePending, found = false, true
	}
	return found
}

// isCancelled reports whether a person has cancelled the workflow, also outside a sleep.
func (w *waiting) isCancelled() bool {
	w.cancelled = w.cancelled || w.root.Err() != nil
	return w.cancelled
}

// consume reports whether a signal was received since it was last consumed.
func (w *waiting) consume(name string) bool {
	received := w.received[name]
	w.received[name] = false
	return received
}

// isQuiet waits until no update is being answered, and reports whether Stripe has reported no change until then.
// A workflow must act upon a change: a signal to a workflow that ends is lost.
func (w *waiting) isQuiet(ctx workflow.Context) (bool, error) {
	if err := workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) }); err != nil {
		return false, err
	}
	w.collect()
	return !w.received[SignalStripeChanged], nil
}

// cancelledInTemporal is the record of a cancellation by the CLI or UI, which names no person.
func cancelledInTemporal(subject string) access.OperatorAction {
	return access.OperatorAction{
		ID: names.ActionID(subject, "workflow-cancel"), Subject: subject, Action: UpdateCancel, Actor: "operator", Reason: "cancelled in Temporal",
	}
}

// eventsMax is how long a history becomes before the workflow continues as new. The server suggests
// that later. A short history is read quickly when another worker takes the workflow. A page of a
// payout run adds about a thousand events.
const eventsMax = 1500

// continueAsNew reports whether the history is long enough to continue as new. It must not
// while a signal is unread or an update handler runs: both would be lost. What it receives itself
// ends the next sleep.
func (w *waiting) continueAsNew(ctx workflow.Context) bool {
	if !isLong(ctx) || !workflow.AllHandlersFinished(ctx) {
		return false
	}
	w.unseen = w.collect() || w.unseen
	return !w.unseen
}

// isLong reports whether the history is so long that the workflow should continue as new.
func isLong(ctx workflow.Context) bool {
	info := workflow.GetInfo(ctx)
	return info.GetContinueAsNewSuggested() || info.GetCurrentHistoryLength() > eventsMax
}
