package api

import (
	"context"
	"hash/maphash"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/domain/rail"
)

const (
	// claimFor is how long this process delivers an event itself. After it, a sweep does.
	claimFor = 30 * time.Second
	// notifyTimeout bounds one signal. A slow engine delays the events in the same lane only.
	notifyTimeout = 2 * time.Second

	moneyLanes, accountLanes = 32, 8
	laneLength               = 128

	receiptsAtOnce = 500
	receiptsWait   = 50 * time.Millisecond
	receiptTimeout = 10 * time.Second
)

// delivery is a stored event on its way to a workflow.
type delivery struct {
	provider string
	eventID  string
	notice   rail.Notice
}

// deliveries signals the workflows of stored events while their senders have their answers already.
// Signalling within the request would be simpler. But then a slow engine would delay the
// acknowledgement, Stripe would send the event again, and each event would cost a transaction of
// its own to be finished.
//
// Nothing here is the only copy. An event that is dropped stays in the inbox, unfinished, and the
// next sweep after its claim delivers it. That holds for a full lane, a failed signal, a failed
// record of the outcome, and a crash.
//
// Events about money have lanes of their own, so that they never wait for events of accounts. The
// events of one process take one lane and so keep their order.
type deliveries struct {
	store  *books.Books
	engine Engine
	logger *slog.Logger
	now    func() time.Time

	// work ends when the time to stop is up.
	work   context.Context
	cancel context.CancelFunc

	mu     sync.RWMutex
	closed bool

	money, accounts []chan delivery
	seed            maphash.Seed
	running         sync.WaitGroup
	receipts        chan rail.Receipt
	recorded        chan struct{}
}

func newDeliveries(store *books.Books, engine Engine, logger *slog.Logger, now func() time.Time) *deliveries {
	d := &deliveries{
		store: store, engine: engine, logger: logger, now: now, seed: maphash.MakeSeed(),
		receipts: make(chan rail.Receipt, receiptsAtOnce), recorded: make(chan struct{}),
	}
	d.work, d.cancel = context.WithCancel(context.Background())
	d.money, d.accounts = d.lanes(moneyLanes), d.lanes(accountLanes)
	go d.record()
	return d
}

func (d *deliveries) lanes(count int) []chan delivery {
	lanes := make([]chan delivery, count)
	for i := range lanes {
		lanes[i] = make(chan delivery, laneLength)
		d.running.Go(func() {
			for each := range lanes[i] {
				d.deliver(each)
			}
		})
	}
	return lanes
}

// add passes an event on. It never waits: an event for which there is no room stays in the inbox.
func (d *deliveries) add(each delivery) {
	lanes := d.accounts
	if each.notice.Concern.MovesMoney() {
		lanes = d.money
	}
	process := each.notice
	process.Concern = ""
	lane := lanes[maphash.Comparable(d.seed, process)%uint64(len(lanes))]
	d.mu.RLock()
	defer d.mu.RUnlock()
	if d.closed {
		return
	}
	select {
	case lane <- each:
	default:
		d.logger.Warn("too many webhooks wait for delivery: the next sweep delivers this one", "event", each.eventID, "concern", each.notice.Concern)
	}
}

func (d *deliveries) deliver(each delivery) {
	if d.work.Err() != nil {
		return
	}
	ctx, cancel := context.WithTimeout(d.work, notifyTimeout)
	defer cancel()
	outcome, err := d.notify(ctx, each.notice)
	if err != nil {
		d.logger.Warn("a webhook is not delivered: the next sweep tries again", "event", each.eventID, "concern", each.notice.Concern, "error", err)
		return
	}
	receipt := rail.Receipt{Provider: each.provider, EventID: each.eventID, Outcome: outcome}
	if outcome == rail.Undelivered {
		receipt.NextTryAt = d.now() // by the sweep, which need not wait until the claim ends
	}
	d.receipts <- receipt
}

// notify signals the process of a notice. A notice of an account concerns the payouts that wait
// for it.
func (d *deliveries) notify(ctx context.Context, notice rail.Notice) (rail.Delivery, error) {
	if notice.Concern == rail.ConcernSnapshot {
		return d.notifySnapshot(ctx, notice)
	}
	if notice.Account == "" || notice.Concern == rail.ConcernAccountState {
		return d.engine.Notify(ctx, notice)
	}
	parked, err := d.store.Payouts.ListParked(ctx, notice.Account)
	if err != nil {
		return rail.Undelivered, err
	}
	outcome := rail.NoWorkflow
	for _, id := range parked[notice.Account] {
		notice.PayoutID = id
		notified, err := d.engine.Notify(ctx, notice)
		if err != nil {
			return rail.Undelivered, err
		}
		if notified == rail.Undelivered {
			return rail.Undelivered, nil // the sweep notifies all of them
		}
		outcome = notified
	}
	return outcome, nil
}

// notifySnapshot notes that a snapshot is to be looked at, and wakes those who look. A snapshot that is not on record is
// of another installation, or so old that it was forgotten.
func (d *deliveries) notifySnapshot(ctx context.Context, notice rail.Notice) (rail.Delivery, error) {
	known, err := d.store.Clips.RecordNotified(ctx, notice.Job, notice.SnapshotID, d.now())
	switch {
	case err != nil:
		return rail.Undelivered, err
	case !known:
		return rail.Ignored, nil
	}
	return d.engine.Notify(ctx, notice)
}

// record finishes events in batches, until no more come.
func (d *deliveries) record() {
	defer close(d.recorded)
	for first := range d.receipts {
		batch := append(make([]rail.Receipt, 0, receiptsAtOnce), first)
		full := time.NewTimer(receiptsWait)
		for waiting := true; waiting && len(batch) < receiptsAtOnce; {
			select {
			case next, open := <-d.receipts:
				if waiting = open; open {
					batch = append(batch, next)
				}
			case <-full.C:
				waiting = false
			}
		}
		full.Stop()
		d.finish(batch)
	}
}

func (d *deliveries) finish(batch []rail.Receipt) {
	// The time to stop does not end this: what is delivered should be on record.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(d.work), receiptTimeout)
	defer cancel()
	if err := d.store.Edge.FinishWebhooks(ctx, batch); err != nil {
		d.logger.Warn("delivered webhooks are not on record: the next sweep delivers them again", "count", len(batch), "error", err)
		return
	}
	for _, receipt := range batch {
		if receipt.Outcome == rail.Undelivered {
			d.wake(ctx)
			return
		}
	}
}

// wake starts a sweep for events that only a sweep can deliver.
func (d *deliveries) wake(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, notifyTimeout)
	defer cancel()
	if err := d.engine.WakeInbox(ctx); err != nil {
		d.logger.Warn("the inbox is not swept before its next interval", "error", err)
	}
}

// stop takes no more events and waits until those it has are delivered, or ctx ends. After that
// the running signals are aborted. What was delivered is recorded in both cases.
func (d *deliveries) stop(ctx context.Context) {
	d.mu.Lock()
	wasClosed := d.closed
	d.closed = true
	d.mu.Unlock()
	if wasClosed {
		return
	}
	for _, lane := range slices.Concat(d.money, d.accounts) {
		close(lane)
	}
	defer d.cancel()
	release := context.AfterFunc(ctx, d.cancel)
	defer release()
	d.running.Wait()
	close(d.receipts)
	<-d.recorded
}
