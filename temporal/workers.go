package temporal

import (
	"strings"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/worker"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/workflows"
)

// Workers are what one worker process does.
type Workers struct {
	Ledger   activities.Ledger
	Payments activities.Payments
	// Views are the providers by name; each has a queue of its own.
	Views map[string]activities.Views
	// StripePerSecond and ReconcilePerSecond bound calls to Stripe over all workers of the two
	// queues: together they stay within what Stripe allows an account.
	StripePerSecond    float64
	ReconcilePerSecond float64
	// ViewsPerSecond bounds the observations of one provider over all workers of its queue.
	ViewsPerSecond float64
}

// stopMargin is how much longer than its longest activity a worker waits when it stops.
const stopMargin = 10 * time.Second

// Start runs a worker for each named queue (all of them if none is named) and returns a
// function that stops them in order, letting running activities end. It returns
// fault.Invalid "unknown_queue" for a queue that this process cannot serve.
func (w Workers) Start(connection client.Client, queues []string) (stop func(), err error) {
	if len(queues) == 0 {
		queues = w.queues()
	}
	var running []worker.Worker
	stop = func() {
		for _, each := range running {
			each.Stop()
		}
	}
	for _, queue := range queues {
		each, err := w.worker(connection, queue)
		if err == nil {
			err = each.Start()
		}
		if err != nil {
			stop()
			return nil, err
		}
		running = append(running, each)
	}
	return stop, nil
}

func (w Workers) queues() []string {
	providers := make([]string, 0, len(w.Views))
	for provider := range w.Views {
		providers = append(providers, provider)
	}
	return workflows.Queues(providers)
}

func (w Workers) worker(connection client.Client, queue string) (worker.Worker, error) {
	options := worker.Options{
		WorkerStopTimeout: workflows.LongestActivity + stopMargin,
		Interceptors:      []interceptor.WorkerInterceptor{&heartbeats{}, activities.Failures()}, MaxHeartbeatThrottleInterval: heartbeatInterval,
	}
	switch queue {
	case workflows.QueueCampaigns:
		options.DisableRegistrationAliasing = true
		each := worker.New(connection, queue, options)
		workflows.Register(each)
		return each, nil
	case workflows.QueueLedger:
		options.MaxConcurrentActivityExecutionSize = 200
		each := worker.New(connection, queue, options)
		w.Ledger.Register(each)
		return each, nil
	case workflows.QueueStripe:
		options.TaskQueueActivitiesPerSecond = w.StripePerSecond
		each := worker.New(connection, queue, options)
		w.Payments.Register(each)
		return each, nil
	case workflows.QueueReconcile:
		options.TaskQueueActivitiesPerSecond = w.ReconcilePerSecond
		each := worker.New(connection, queue, options)
		w.Payments.RegisterReads(each)
		return each, nil
	}
	provider, isViews := strings.CutPrefix(queue, workflows.QueueViews(""))
	views, known := w.Views[provider]
	if !isViews || !known {
		return nil, fault.Field("queues", "unknown_queue", "there is no queue %q: use some of %s", queue, strings.Join(w.queues(), ", "))
	}
	options.WorkerStopTimeout = workflows.LongestObservation + stopMargin
	options.TaskQueueActivitiesPerSecond = w.ViewsPerSecond
	each := worker.New(connection, queue, options)
	views.Register(each)
	return each, nil
}
