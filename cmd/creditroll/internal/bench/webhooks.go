package bench

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/sdk/client"

	"github.com/creditroll/creditroll/activities"
	"github.com/creditroll/creditroll/api"
	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/db/edge"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/payments"
	"github.com/creditroll/creditroll/payments/stripe"
	"github.com/creditroll/creditroll/temporal"
	"github.com/creditroll/creditroll/workflows"
)

const (
	signalsPerSecond = 200
	signalReceivers  = 200
	startersAtOnce   = 16
	// receiverQueue has no worker. A workflow there accepts signals and does nothing.
	receiverQueue = "webhook-receivers"
	signalWait    = time.Minute
)

// measureWebhooks measures the way of a webhook in a database of its own: its intake, the time
// until its workflow has the signal, and the sweep of what was left.
func measureWebhooks(ctx context.Context, server string, p plan, progress func(string), result *Result) (err error) {
	url, err := createDatabase(ctx, server, "webhooks")
	if err != nil {
		return err
	}
	if err := db.Migrate(ctx, url); err != nil {
		return err
	}
	store, err := books.Open(ctx, url, db.Options{})
	if err != nil {
		return err
	}
	defer store.DB.Close()
	if err := measureIntake(ctx, store, p, progress, result); err != nil {
		return fmt.Errorf("measure the intake: %w", err)
	}
	engine, err := startTemporal(ctx, progress)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop(ctx, engine.Stop)) }()
	connection, err := temporal.Dial(ctx, client.Options{HostPort: engine.Address()}, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer connection.Close()
	if err := measureSignals(ctx, store, connection, p, progress, result); err != nil {
		return fmt.Errorf("measure signals: %w", err)
	}
	if err := measureSweep(ctx, url, store, connection, p, progress, result); err != nil {
		return fmt.Errorf("measure the sweep: %w", err)
	}
	return nil
}

// timedEngine notes when a signal is stored in the history of its workflow.
type timedEngine struct {
	api.Engine
	mu         sync.Mutex
	notifiedAt map[string][]time.Time
	notified   int
}

func (e *timedEngine) Notify(ctx context.Context, notice rail.Notice) (rail.Delivery, error) {
	outcome, err := e.Engine.Notify(ctx, notice)
	if outcome == rail.Signalled {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.notifiedAt[notice.PayoutID] = append(e.notifiedAt[notice.PayoutID], time.Now())
		e.notified++
	}
	return outcome, err
}

func (e *timedEngine) count() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.notified
}

// measureSignals sends webhooks at a fixed rate while many unrelated events are in the inbox, and
// measures the time from the moment at which each was due until its workflow has the signal.
func measureSignals(ctx context.Context, store *books.Books, connection client.Client, p plan, progress func(string), result *Result) error {
	payoutIDs, err := startReceivers(ctx, connection, signalReceivers)
	if err != nil {
		return err
	}
	if err := refillInbox(ctx, store, p.unrelatedEvents); err != nil {
		return err
	}
	engine := &timedEngine{Engine: temporal.NewEngine(connection, temporal.Settings{}), notifiedAt: map[string][]time.Time{}}
	address, stopAPI, err := serveAPI(ctx, store, engine)
	if err != nil {
		return err
	}
	defer stopAPI()
	events := newSender(intakeCallers)
	defer events.close()
	progress(fmt.Sprintf("sending %d webhooks a second while %d unrelated ones wait", signalsPerSecond, p.unrelatedEvents))
	begin := time.Now()
	sent, err := pace(ctx, signalsPerSecond, p.signalsFor, func(ctx context.Context, i int) error {
		return events.send(ctx, address, "evt_"+uuid.NewString(), payoutIDs[i%len(payoutIDs)])
	})
	if err != nil {
		return err
	}
	for deadline := time.Now().Add(signalWait); engine.count() < len(sent); {
		if time.Now().After(deadline) {
			return fmt.Errorf("%d of %d webhooks have signalled their workflow after %s", engine.count(), len(sent), signalWait)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Millisecond):
		}
	}
	var tookMs []float64
	for i := range sent {
		// A payout has an event a second, and its events keep their order.
		due := begin.Add(time.Duration(i) * time.Second / signalsPerSecond)
		tookMs = append(tookMs, engine.notifiedAt[payoutIDs[i%len(payoutIDs)]][i/len(payoutIDs)].Sub(due).Seconds()*1000)
	}
	result.WebhookSignalP50Ms, result.WebhookSignalP99Ms = round(middle(tookMs)), round(percentile99(tookMs))
	return nil
}

// measureSweep lets the sweep alone deliver what is in the inbox: first events that concern no
// workflow, then events of as many payouts.
func measureSweep(ctx context.Context, url string, store *books.Books, connection client.Client, p plan, progress func(string), result *Result) error {
	stopWorkers, err := temporal.Workers{
		Ledger: activities.Ledger{Books: store, Notices: map[string]payments.Notices{"stripe": stripe.Notice}},
	}.Start(connection, []string{workflows.QueueCampaigns, workflows.QueueLedger})
	if err != nil {
		return err
	}
	defer stopWorkers()
	if err := refillInbox(ctx, store, p.unrelatedEvents); err != nil {
		return err
	}
	progress(fmt.Sprintf("sweeping %d unrelated events", p.unrelatedEvents))
	if result.SweepUnrelatedPerSecond, err = sweep(ctx, connection, p.unrelatedEvents); err != nil {
		return err
	}
	progress(fmt.Sprintf("sweeping the events of %d payouts", p.sweptEvents))
	payoutIDs, err := startReceivers(ctx, connection, p.sweptEvents)
	if err != nil {
		return err
	}
	fast, err := openAsynchronous(ctx, url)
	if err != nil {
		return err
	}
	defer fast.DB.Close()
	for i, id := range payoutIDs {
		_, err := fast.Edge.RecordWebhook(ctx, edge.NewWebhook{
			Provider: "stripe", Concern: rail.ConcernPayout, Payload: []byte("{}"),
			Event: rail.Event{ID: fmt.Sprint("evt_swept_", i), Type: "payout.paid", ObjectID: fmt.Sprint("po_swept_", i), PayoutID: id},
		})
		if err != nil {
			return err
		}
	}
	if result.SweepPerSecond, err = sweep(ctx, connection, p.sweptEvents); err != nil {
		return err
	}
	return requireSignalled(ctx, store, p)
}

// sweep runs one pass, which must finish that many events, and returns events per second.
func sweep(ctx context.Context, connection client.Client, events int) (float64, error) {
	begin := time.Now()
	pass, err := connection.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: names.Inbox, TaskQueue: workflows.QueueCampaigns}, workflows.InboxSweep, workflows.InboxInput{})
	if err != nil {
		return 0, err
	}
	var finished int
	if err := pass.Get(ctx, &finished); err != nil {
		return 0, err
	}
	if finished != events {
		return 0, fmt.Errorf("a sweep finished %d events of %d", finished, events)
	}
	return round(float64(finished) / time.Since(begin).Seconds()), nil
}

// requireSignalled checks that no event was lost: every event of a payout has signalled it.
func requireSignalled(ctx context.Context, store *books.Books, p plan) error {
	var left, signalled int
	err := store.DB.Pool.QueryRow(ctx, `SELECT count(*) FILTER (WHERE processed_at IS NULL), count(*) FILTER (WHERE outcome = 'signalled' AND event_id LIKE 'evt_swept_%') FROM webhook_inbox`).Scan(&left, &signalled)
	if err == nil && (left > 0 || signalled != p.sweptEvents) {
		err = fmt.Errorf("%d webhooks are left, and %d of %d have signalled their workflow", left, signalled, p.sweptEvents)
	}
	return err
}

// startReceivers starts workflows with the ids of payouts, and returns these ids.
func startReceivers(ctx context.Context, connection client.Client, count int) ([]string, error) {
	ids := make([]string, count)
	for i := range ids {
		ids[i] = uuid.NewString()
	}
	for page := range slices.Chunk(ids, startersAtOnce) {
		_, err := runAll(ctx, len(page), func(ctx context.Context, i int) (int64, error) {
			_, err := connection.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: names.Payout(page[i]), TaskQueue: receiverQueue}, "Receiver")
			return 1, err
		})
		if err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// refillInbox replaces what is in the inbox by events of accounts for which no payout waits.
func refillInbox(ctx context.Context, store *books.Books, count int) error {
	if err := asOwner(ctx, store, "TRUNCATE webhook_inbox"); err != nil {
		return err
	}
	_, err := store.DB.Pool.Exec(ctx, `INSERT INTO webhook_inbox (provider, event_id, event_type, account, object_id, payload, money)
		SELECT 'stripe', 'evt_unrelated_' || i, 'balance.available', 'acct_' || i, 'acct_' || i, '{}', false FROM generate_series(1, $1::int) AS i`, count)
	return err
}
