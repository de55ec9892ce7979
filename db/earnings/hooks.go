package earnings

import (
	"context"

	"github.com/creditroll/creditroll/domain/earnings"
	"github.com/creditroll/creditroll/domain/views"
)

// WaitingReadings counts the readings that wait for the batch of a campaign that is being
// committed.
func (s *Store) WaitingReadings(campaignID string) int {
	s.commits.mu.Lock()
	defer s.commits.mu.Unlock()
	return len(s.commits.waiting[campaignID])
}

// CommitBatch commits readings in one transaction, and answers each of them.
func (s *Store) CommitBatch(ctx context.Context, campaignID string, readings ...views.Observation) ([]earnings.Credit, error) {
	batch := make([]*pendingReading, len(readings))
	for i, reading := range readings {
		batch[i] = &pendingReading{reading: reading}
	}
	known := &standings{}
	known.forget()
	if err := s.commitReadings(ctx, campaignID, known, batch); err != nil {
		return nil, err
	}
	recorded := make([]earnings.Credit, len(batch))
	for i, pending := range batch {
		if pending.err != nil {
			return nil, pending.err
		}
		recorded[i] = pending.result
	}
	return recorded, nil
}
