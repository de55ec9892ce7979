package earnings

import (
	"context"

	"github.com/creditroll/creditroll/domain/earnings"
	"github.com/creditroll/creditroll/domain/views"
)

// WaitingReadings counts the readings that wait while an earlier batch of the campaign
// commits. Tests use it to build a batch.
func (s *Store) WaitingReadings(campaignID string) int {
	s.commits.mu.Lock()
	defer s.commits.mu.Unlock()
	return len(s.commits.waiting[campaignID])
}

// CommitBatch commits readings in one transaction and returns a result for each, or the first
// error. Tests use it to bypass the queue.
func (s *Store) CommitBatch(ctx context.Context, campaignID string, readings ...views.Observation) ([]earnings.Credit, error) {
	return s.Leader(campaignID)(ctx, readings...)
}

// Leader returns a function that commits batches as CommitBatch does, one after the other. Like
// the leader of a queue, it keeps the credit state after one batch for the next.
func (s *Store) Leader(campaignID string) func(ctx context.Context, readings ...views.Observation) ([]earnings.Credit, error) {
	credited := newCreditState()
	return func(ctx context.Context, readings ...views.Observation) ([]earnings.Credit, error) {
		batch := make([]*pendingReading, len(readings))
		for i, reading := range readings {
			batch[i] = &pendingReading{reading: reading}
		}
		if err := s.commitReadings(ctx, campaignID, credited, batch); err != nil {
			return nil, err
		}
		results := make([]earnings.Credit, len(batch))
		for i, pending := range batch {
			if pending.err != nil {
				return nil, pending.err
			}
			results[i] = pending.result
		}
		return results, nil
	}
}
