package providers

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/views"
)

// Look asks the provider how far a snapshot is, and stores what it holds once it is ready. encode writes an observation
// in the form in which the calls get it. The snapshot as it is after the look is returned. A provider that does not answer
// is asked again later; only a failure of the database is an error.
func (s *Snapshots) Look(ctx context.Context, id string, encode func(clip.Platform, Observation) (json.RawMessage, error)) (views.Snapshot, error) {
	snapshot, err := s.store.GetSnapshot(ctx, id)
	if err != nil || snapshot.Ended() {
		return snapshot, err
	}
	now := s.now()
	age := now.Sub(snapshot.StartedAt)
	switch {
	case age >= views.SnapshotExpiresAfter:
		return s.end(ctx, snapshot, views.SnapshotExpired, s.attempt(snapshot, views.OutcomeUnavailable, s.client.Price(len(snapshot.ExternalIDs))), nil)
	case snapshot.SnapshotID == "":
		// A late notification may still name it.
		return snapshot, s.store.PostponeSnapshot(ctx, id, snapshot.StartedAt.Add(views.SnapshotExpiresAfter))
	}
	state, err := s.client.Progress(ctx, snapshot.SnapshotID)
	switch {
	case err == nil && state == SnapshotFailed:
		return s.end(ctx, snapshot, views.SnapshotFailed, s.attempt(snapshot, views.OutcomeUnavailable, 0), nil)
	case err == nil && state == SnapshotReady:
		var batch Batch
		if batch, err = s.client.Collect(ctx, snapshot.Platform, snapshot.ExternalIDs, snapshot.SnapshotID); err == nil {
			return s.collected(ctx, snapshot, batch, encode)
		}
	}
	return snapshot, s.store.PostponeSnapshot(ctx, id, now.Add(s.untilNextLook(snapshot, err)))
}

// untilNextLook follows the provider's own word, if it has one.
func (s *Snapshots) untilNextLook(snapshot views.Snapshot, err error) time.Duration {
	wait := views.NextSnapshotLook(snapshot.Looks+1, s.notified)
	if found, ok := fault.As(err); ok && found.Code == CodeNotReady {
		return max(found.RetryAfter, snapshotNotReady)
	}
	return wait
}

// snapshotNotReady is how soon a snapshot is asked for again that was ready a moment ago.
const snapshotNotReady = 10 * time.Second

// collected stores the answers of a snapshot together with its attempt.
func (s *Snapshots) collected(ctx context.Context, snapshot views.Snapshot, batch Batch, encode func(clip.Platform, Observation) (json.RawMessage, error)) (views.Snapshot, error) {
	outcome, read, reads := s.batcher.judge(ctx, snapshot.Platform, snapshot.ExternalIDs, batch)
	attempt := s.attempt(snapshot, outcome, batch.CostMicros)
	attempt.Read = read
	answers := map[string]json.RawMessage{}
	for _, externalID := range snapshot.ExternalIDs {
		pending := &pendingClip{externalID: externalID, done: make(chan struct{})}
		pending.answer(attempt, batch, reads, nil)
		answer, err := encode(snapshot.Platform, pending.observation)
		if err != nil {
			return snapshot, fmt.Errorf("write the answer of a snapshot: %w", err)
		}
		answers[externalID] = answer
	}
	return s.end(ctx, snapshot, views.SnapshotCollected, attempt, answers)
}

func (s *Snapshots) end(ctx context.Context, snapshot views.Snapshot, status views.SnapshotStatus, attempt views.Attempt, answers map[string]json.RawMessage) (views.Snapshot, error) {
	if err := s.store.EndSnapshot(ctx, attempt, status, answers, s.now().UTC()); err != nil {
		return snapshot, err
	}
	return s.store.GetSnapshot(ctx, snapshot.ID)
}

// attempt is that of a snapshot. Its latency lasts from the trigger to the look that has found its end.
func (s *Snapshots) attempt(snapshot views.Snapshot, outcome string, costMicros int64) views.Attempt {
	return views.Attempt{
		ID: snapshot.ID, Provider: s.client.Name(), Platform: snapshot.Platform, Clips: len(snapshot.ExternalIDs), ClipsOf: snapshot.ClipsOf, Outcome: outcome,
		CostMicros: costMicros, StartedAt: snapshot.StartedAt.UTC(), LatencyMillis: max(0, s.now().Sub(snapshot.StartedAt).Milliseconds()),
	}
}

// judge doubts posts of an answer that has come another way than by a request of the Batcher. It returns the outcome of
// the attempt, how many posts it has read, and whether the provider reads the platform.
func (b *Batcher) judge(ctx context.Context, platform clip.Platform, externalIDs []string, batch Batch) (outcome string, read int, reads bool) {
	q := b.queues[platform]
	seen := q.seen.judge(ctx, externalIDs, batch, q.circuit.afterVanishing(), b.options.Now())
	outcome = outcomeOf(externalIDs, batch, nil)
	if said := seen.verdict(false); said == failed || said == postsVanished {
		outcome = views.OutcomeManyMissing
		if end, _, err := q.circuit.begin(true); err == nil {
			end(said, because(outcome))
		}
	}
	return outcome, seen.read, outcome != views.OutcomeManyMissing && q.seen.readsLately(b.options.Now())
}
