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

// Workers are the activities and limits of one worker process.
type Workers struct {
	Ledger   activities.Ledger
	Payments activities.Payments
	Storage  activities.Storage
	// Views has the providers by name. Each provider has its own queue.
	Views map[string]activities.Views
	// StripePerSecond and ReconcilePerSecond limit the calls to Stripe over all workers of the
	// two queues. Their sum must stay below Stripe's limit for an account.
	StripePerSecond    float64
	ReconcilePerSecond float64
	// ViewsPerSecond limits the observations of one provider over all workers of its queue.
	ViewsPerSecond float64
}

// ledgerSteps is how many steps in the ledger one worker takes at once.
const ledgerSteps = 200

// stopMargin is added to the longest activity timeout when a worker stops.
const stopMargin = 10 * time.Second

// Start runs a worker for each queue, or for all queues if the list is empty. The returned
// function stops them in order and waits for running activities. Start returns
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
		// The worker takes short steps in the ledger itself. More at once would only wait for a
		// connection to the database.
		options.LocalActivityWorkerOnly, options.MaxConcurrentLocalActivityExecutionSize = true, ledgerSteps
		each := worker.New(connection, queue, options)
		workflows.Register(each)
		w.Ledger.Register(each)
		return each, nil
	case workflows.QueueLedger:
		options.MaxConcurrentActivityExecutionSize = ledgerSteps
		each := worker.New(connection, queue, options)
		w.Ledger.Register(each)
		w.Storage.Register(each)
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
		return nil, fault.Field("queues", "unknown_queue", "queue %q does not exist: use one or more of %s", queue, strings.Join(w.queues(), ", "))
	}
	options.WorkerStopTimeout = workflows.LongestObservation + stopMargin
	options.TaskQueueActivitiesPerSecond = w.ViewsPerSecond
	each := worker.New(connection, queue, options)
	views.Register(each)
	return each, nil
}
