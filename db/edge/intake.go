package edge

import (
	"context"
	"sync"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/rail"
)

const (
	// intakeWriters store batches at the same time, so that one is prepared while another waits for
	// the disk.
	intakeWriters = 2
	intakeRowsMax = 100
	// intakeTimeout bounds one statement. The callers' own limits do not end it: they share it.
	intakeTimeout = 10 * time.Second
)

// intake stores the events that arrive at the same time with one statement. Each statement has a
// price of its own, and each commit waits for the disk. An event that comes alone is stored at once.
type intake struct {
	db *db.DB

	mu      sync.Mutex
	waiting []*arrival
	writers int
}

// arrival is an event that waits to be stored.
type arrival struct {
	webhook NewWebhook
	stored  chan struct{} // closed once fresh and err are set
	fresh   bool
	err     error
}

// add stores an event and reports whether it is new. If ctx ends first, the event may be stored.
func (i *intake) add(ctx context.Context, webhook NewWebhook) (fresh bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, db.Translate(err)
	}
	each := &arrival{webhook: webhook, stored: make(chan struct{})}
	i.mu.Lock()
	i.waiting = append(i.waiting, each)
	begins := i.writers < intakeWriters
	if begins {
		i.writers++
	}
	i.mu.Unlock()
	if begins {
		go i.write()
	}
	select {
	case <-each.stored:
		return each.fresh, each.err
	case <-ctx.Done():
		return false, db.Translate(ctx.Err())
	}
}

// write stores batches until nothing waits.
func (i *intake) write() {
	for batch := i.next(); batch != nil; batch = i.next() {
		i.store(batch)
		for _, each := range batch {
			close(each.stored)
		}
	}
}

// next takes what waits, in the order of arrival. It ends the writer if there is nothing.
func (i *intake) next() []*arrival {
	i.mu.Lock()
	defer i.mu.Unlock()
	if len(i.waiting) == 0 {
		i.writers--
		return nil
	}
	batch := i.waiting[:min(len(i.waiting), intakeRowsMax):min(len(i.waiting), intakeRowsMax)]
	i.waiting = i.waiting[len(batch):]
	return batch
}

// store stores a batch. A row that the database refuses fails alone.
func (i *intake) store(batch []*arrival) {
	err := i.insert(batch)
	kind := fault.KindOf(err)
	if isRefused := err != nil && kind != fault.Unavailable && kind != fault.UnknownOutcome; isRefused && len(batch) > 1 {
		for _, each := range batch {
			each.err = i.insert([]*arrival{each})
		}
		return
	}
	for _, each := range batch {
		each.err = err
	}
}

func (i *intake) insert(batch []*arrival) error {
	ctx, cancel := context.WithTimeout(context.Background(), intakeTimeout)
	defer cancel()
	var rows sqlc.InsertWebhooksParams
	for _, each := range batch {
		webhook, event := each.webhook, each.webhook.Event
		var outcome rail.Delivery
		var nextTry time.Time
		if webhook.Concern == rail.ConcernNone {
			outcome = rail.Ignored
		} else {
			nextTry = webhook.ClaimedUntil
		}
		rows.Providers = append(rows.Providers, webhook.Provider)
		rows.EventIds = append(rows.EventIds, storable(event.ID))
		rows.EventTypes = append(rows.EventTypes, storable(event.Type))
		rows.Accounts = append(rows.Accounts, storable(event.Account))
		rows.ObjectIds = append(rows.ObjectIds, storable(event.ObjectID))
		rows.PayoutIds = append(rows.PayoutIds, event.PayoutID)
		rows.CampaignIds = append(rows.CampaignIds, event.CampaignID)
		rows.DepositIds = append(rows.DepositIds, event.DepositID)
		rows.WithdrawalIds = append(rows.WithdrawalIds, event.WithdrawalID)
		rows.Payloads = append(rows.Payloads, webhook.Payload)
		rows.Money = append(rows.Money, webhook.Concern.MovesMoney())
		rows.NextTriesAt = append(rows.NextTriesAt, nextTry)
		rows.Outcomes = append(rows.Outcomes, string(outcome))
	}
	inserted, err := i.db.Queries.InsertWebhooks(ctx, rows)
	if err != nil {
		return db.Translate(err)
	}
	fresh := make(map[sqlc.InsertWebhooksRow]bool, len(inserted))
	for _, row := range inserted {
		fresh[row] = true
	}
	for n, each := range batch {
		row := sqlc.InsertWebhooksRow{Provider: rows.Providers[n], EventID: rows.EventIds[n]}
		each.fresh = fresh[row]
		delete(fresh, row) // an event that was sent twice is new to one caller only
	}
	return nil
}
