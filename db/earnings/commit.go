package earnings

import (
	"context"
	"sync"
	"time"

	"github.com/creditroll/creditroll/domain/earnings"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/views"
)

// commitGroups collects readings of one campaign that arrive while an earlier batch of that
// campaign commits. A reading of an idle campaign is committed at once, without a delay to
// fill a batch. Batches of different campaigns commit in parallel.
type commitGroups struct {
	commit func(ctx context.Context, campaignID string, credited *creditState, batch []*pendingReading) error

	mu      sync.Mutex
	waiting map[string][]*pendingReading // has a key while a leader runs for the campaign
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

// submit adds a reading to its campaign's group and waits for the commit. It returns
// fault.UnknownOutcome "commit_abandoned" if ctx ends first. The reading stays in the group
// then, and the same reading sent again returns what was recorded.
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
	queue, hasLeader := g.waiting[campaignID]
	g.waiting[campaignID] = append(queue, pending)
	if !hasLeader {
		go g.lead(campaignID)
	}
}

// lead commits batches until no reading waits. The credit state after one batch serves the
// next.
func (g *commitGroups) lead(campaignID string) {
	credited := newCreditState()
	for {
		batch := g.next(campaignID)
		if len(batch) == 0 {
			return
		}
		g.finish(campaignID, credited, batch)
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

// finish commits a batch and wakes its callers. The rules refuse single readings without
// affecting the others. A statement that the database refuses fails the whole batch, so the
// batch is halved until the bad reading is alone.
func (g *commitGroups) finish(campaignID string, credited *creditState, batch []*pendingReading) {
	ctx, cancel := context.WithTimeout(context.Background(), commitTimeout)
	defer cancel()
	g.settle(ctx, campaignID, credited, batch)
	for _, pending := range batch {
		close(pending.done)
	}
}

func (g *commitGroups) settle(ctx context.Context, campaignID string, credited *creditState, batch []*pendingReading) {
	err := g.commit(ctx, campaignID, credited, batch)
	switch {
	case err == nil:
	case len(batch) == 1 || fault.Is(err, fault.Unavailable):
		for _, pending := range batch {
			pending.result, pending.err = earnings.Credit{}, err
		}
	default:
		g.settle(ctx, campaignID, credited, batch[:len(batch)/2])
		g.settle(ctx, campaignID, credited, batch[len(batch)/2:])
	}
}
