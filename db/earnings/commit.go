package earnings

import (
	"context"
	"sync"
	"time"

	"github.com/creditroll/creditroll/domain/earnings"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/views"
)

// commitGroups coalesces readings of one campaign that wait while an earlier batch of that
// campaign is being committed. An idle campaign commits a single reading at once: nobody
// waits for company. Batches of different campaigns run side by side.
type commitGroups struct {
	commit func(ctx context.Context, campaignID string, known *standings, batch []*pendingReading) error

	mu      sync.Mutex
	waiting map[string][]*pendingReading // present while a leader works for the campaign
}

type pendingReading struct {
	reading views.Observation
	result  earnings.Credit
	err     error
	done    chan struct{}
}

const (
	batchMax      = 1000
	commitTimeout = 30 * time.Second
)

func newCommitGroups(store *Store) *commitGroups {
	return &commitGroups{commit: store.commitReadings, waiting: map[string][]*pendingReading{}}
}

// submit hands a reading to its campaign's group and waits for the commit. A caller that
// gives up does not take its reading back: like any lost answer, the outcome is then
// unknown to it, and the same reading sent again returns what was recorded.
func (g *commitGroups) submit(ctx context.Context, reading views.Observation) (earnings.Credit, error) {
	pending := &pendingReading{reading: reading, done: make(chan struct{})}
	g.enqueue(reading.CampaignID, pending)
	select {
	case <-pending.done:
		return pending.result, pending.err
	case <-ctx.Done():
		return earnings.Credit{}, fault.New(fault.UnknownOutcome, "commit_abandoned", "the reading may or may not be recorded: send it again").Because(ctx.Err())
	}
}

func (g *commitGroups) enqueue(campaignID string, pending *pendingReading) {
	g.mu.Lock()
	defer g.mu.Unlock()
	queue, led := g.waiting[campaignID]
	g.waiting[campaignID] = append(queue, pending)
	if !led {
		go g.lead(campaignID)
	}
}

// lead commits batch after batch until nobody waits. What it knows of the campaign after one
// batch serves the next.
func (g *commitGroups) lead(campaignID string) {
	known := &standings{}
	known.forget()
	for {
		batch := g.next(campaignID)
		if len(batch) == 0 {
			return
		}
		g.finish(campaignID, known, batch)
	}
}

func (g *commitGroups) next(campaignID string) []*pendingReading {
	g.mu.Lock()
	defer g.mu.Unlock()
	queue := g.waiting[campaignID]
	if len(queue) == 0 {
		delete(g.waiting, campaignID)
		return nil
	}
	batch := queue[:min(len(queue), batchMax)]
	g.waiting[campaignID] = append([]*pendingReading(nil), queue[len(batch):]...)
	return batch
}

// finish commits a batch and answers everyone in it. A reading that the rules refuse has
// its own error by then and disturbs nobody; but a statement that the database refuses
// takes the whole batch with it, so that one is halved until the bad reading stands alone.
func (g *commitGroups) finish(campaignID string, known *standings, batch []*pendingReading) {
	ctx, cancel := context.WithTimeout(context.Background(), commitTimeout)
	defer cancel()
	g.settle(ctx, campaignID, known, batch)
	for _, pending := range batch {
		close(pending.done)
	}
}

func (g *commitGroups) settle(ctx context.Context, campaignID string, known *standings, batch []*pendingReading) {
	err := g.commit(ctx, campaignID, known, batch)
	switch {
	case err == nil:
	case len(batch) == 1 || fault.Is(err, fault.Unavailable):
		for _, pending := range batch {
			pending.result, pending.err = earnings.Credit{}, err
		}
	default:
		g.settle(ctx, campaignID, known, batch[:len(batch)/2])
		g.settle(ctx, campaignID, known, batch[len(batch)/2:])
	}
}
