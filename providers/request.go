package providers

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
)

// recordTimeout bounds how long callers wait for their attempt to be kept.
const recordTimeout = 15 * time.Second

// run sends one batch, records the attempt, answers the callers, in this order, and then
// opens what has been waiting for it to end.
func (b *Batcher) run(platform clip.Platform, slots []*slot) {
	externalIDs := make([]string, 0, len(slots))
	for _, waiting := range slots {
		externalIDs = append(externalIDs, waiting.externalID)
	}
	attempt, batch, err := b.attempt(platform, externalIDs)
	if recordErr := b.record(attempt); recordErr != nil {
		err = recordErr
	}
	for _, waiting := range slots {
		waiting.answer(attempt, batch, err)
	}

	b.mu.Lock()
	defer b.mu.Unlock()
	b.inFlight--
	for _, l := range b.lanes {
		b.advance(l)
	}
}

// attempt sends the request and measures it.
func (b *Batcher) attempt(platform clip.Platform, externalIDs []string) (Attempt, Batch, error) {
	id := uuid.Must(uuid.NewV7()).String()
	ctx, cancel := context.WithTimeout(b.ctx, b.options.FetchTimeout)
	defer cancel()

	startedAt := b.options.Now()
	batch, err := b.fetch(ctx, platform, externalIDs)
	return Attempt{
		ID: id, Provider: b.client.Name(), Platform: platform, Clips: len(externalIDs),
		Outcome: outcomeOf(externalIDs, batch, err), CostMicros: batch.CostMicros,
		StartedAt: startedAt.UTC(), LatencyMillis: max(0, b.options.Now().Sub(startedAt).Milliseconds()),
	}, batch, err
}

// fetch turns a panic into a failure of this batch: an answer that a client cannot digest
// would otherwise end the worker each time its clip is due.
func (b *Batcher) fetch(ctx context.Context, platform clip.Platform, externalIDs []string) (batch Batch, err error) {
	defer func() {
		if recovered := recover(); recovered != nil {
			batch, err = Batch{}, fault.New(fault.Internal, "provider_client_defect", "the client of %s has a defect: the developers are needed", b.client.Name()).
				Because(fmt.Errorf("panic: %v", recovered))
		}
	}()
	return b.client.Fetch(ctx, platform, externalIDs)
}

// record keeps the attempt even when the Batcher is being aborted: it was paid for.
func (b *Batcher) record(attempt Attempt) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(b.ctx), recordTimeout)
	defer cancel()
	if err := b.recorder.RecordAttempt(ctx, attempt); err != nil {
		return fault.New(fault.Unavailable, "attempt_not_recorded", "the request to %s could not be recorded: it is made again later", attempt.Provider).
			Because(fmt.Errorf("record attempt: %w", err))
	}
	return nil
}

func (s *slot) answer(attempt Attempt, batch Batch, err error) {
	s.err = err
	s.observation = Observation{AttemptID: attempt.ID, Provider: attempt.Provider}
	if reading, found := batch.Readings[s.externalID]; found {
		s.observation.Reading = &reading
	} else {
		s.observation.Missing = batch.missing(s.externalID)
	}
	close(s.done)
}
