package providers

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/views"
)

// recordTimeout bounds how long callers wait until their attempt is recorded.
const recordTimeout = 15 * time.Second

// request sends one batch unless it has no quota or the circuit is open, records the attempt and answers the callers, in this order. Then
// it starts the requests that were waiting for it to end.
func (b *Batcher) request(q *queue, clips []*pendingClip) {
	externalIDs := make([]string, 0, len(clips))
	for _, pending := range clips {
		externalIDs = append(externalIDs, pending.externalID)
	}
	end, probe, err := b.admit(b.ctx, q, q.posts, externalIDs...)
	if err != nil {
		for _, pending := range clips {
			pending.answer(views.Attempt{}, Batch{}, false, err)
		}
	} else {
		b.send(q, clips, externalIDs, probe, end)
	}

	b.mu.Lock()
	defer b.mu.Unlock()
	b.inFlight--
	for _, q := range b.queues {
		b.sendReady(q)
	}
}

// admit takes quota for a request and asks the circuit. The quota comes first, because a refusal says nothing about the
// answers of the provider. Without externalIDs the request is one for a profile, which says nothing about posts. So it waits as
// long as those that are doubted.
func (b *Batcher) admit(ctx context.Context, q *queue, from *allowance, externalIDs ...string) (end func(verdict, string), probe bool, err error) {
	doubted := func() bool { return len(externalIDs) == 0 || q.seen.inDoubt(b.options.Now(), externalIDs...) }
	if err := q.circuit.check(doubted()); err != nil { // before units are taken that nothing uses
		return nil, false, err
	}
	if err := from.take(ctx); err != nil {
		return nil, false, err
	}
	return q.circuit.begin(doubted())
}

func (b *Batcher) send(q *queue, clips []*pendingClip, externalIDs []string, probe bool, end func(verdict, string)) {
	attempt, batch, said, err := b.attempt(q, externalIDs, probe)
	attempt.ClipsOf = clipsOf(clips)
	end(said, because(attempt.Outcome))
	if recordErr := b.record(attempt); recordErr != nil {
		err = recordErr
	}
	reads := err == nil && attempt.Outcome != views.OutcomeManyMissing && q.seen.readsLately(b.options.Now())
	for _, pending := range clips {
		pending.answer(attempt, batch, reads, err)
	}
}

// costMaxMicros bounds the price of a request: a million US dollars. A wrong one must not stop the bookkeeping.
const costMaxMicros = 1_000_000_000_000

func boundedCost(micros int64) int64 { return min(max(0, micros), costMaxMicros) }

func clipsOf(clips []*pendingClip) map[string]int {
	counts := map[string]int{}
	for _, pending := range clips {
		counts[pending.campaignID]++
	}
	return counts
}

// attempt sends the request, measures it and judges the answer.
func (b *Batcher) attempt(q *queue, externalIDs []string, probe bool) (views.Attempt, Batch, verdict, error) {
	id := uuid.Must(uuid.NewV7()).String()
	ctx, cancel := context.WithTimeout(b.ctx, b.options.FetchTimeout)
	defer cancel()

	startedAt := b.options.Now()
	batch, err := b.fetch(ctx, q.platform, externalIDs)
	latency := b.options.Now().Sub(startedAt)
	err = q.posts.noteAnswer(b.ctx, err)
	attempt := views.Attempt{
		ID: id, Provider: b.client.Name(), Platform: q.platform, Clips: len(externalIDs), CostMicros: boundedCost(batch.CostMicros),
		StartedAt: startedAt.UTC(), LatencyMillis: max(0, latency.Milliseconds()),
	}
	said := verdictOf(err)
	if err == nil {
		seen := q.seen.judge(context.WithoutCancel(ctx), externalIDs, batch, q.circuit.afterVanishing(), b.options.Now())
		attempt.Read, said = seen.read, seen.verdict(probe)
	}
	attempt.Outcome = outcomeOf(externalIDs, batch, err)
	if err == nil && (said == failed || said == postsVanished) {
		attempt.Outcome = views.OutcomeManyMissing
	}
	return attempt, batch, said, err
}

// fetch turns a panic into a failure of this batch. Otherwise an answer that makes a client
// panic would end the worker each time the clip is due.
func (b *Batcher) fetch(ctx context.Context, platform clip.Platform, externalIDs []string) (batch Batch, err error) {
	defer func() {
		if recovered := recover(); recovered != nil {
			batch, err = Batch{}, fault.New(fault.Internal, "provider_client_defect", "the client of %s has a defect: report it to the developers", b.client.Name()).
				Because(fmt.Errorf("panic: %v", recovered))
		}
	}()
	return b.client.Fetch(ctx, platform, externalIDs)
}

// record records the attempt even while the Batcher is being aborted, because it was paid
// for.
func (b *Batcher) record(attempt views.Attempt) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(b.ctx), recordTimeout)
	defer cancel()
	if err := b.recorder.RecordAttempt(ctx, attempt); err != nil {
		return fault.New(fault.Unavailable, "attempt_not_recorded", "the request to %s could not be recorded: it is sent again later", attempt.Provider).
			Because(fmt.Errorf("record attempt: %w", err))
	}
	return nil
}

// answer gives the callers what the batch says about their clip. reads is set if the provider has read a clip of the
// platform lately.
func (p *pendingClip) answer(attempt views.Attempt, batch Batch, reads bool, err error) {
	p.err = err
	p.observation = Observation{AttemptID: attempt.ID, Provider: attempt.Provider}
	if reading, found := batch.Readings[p.externalID]; found {
		p.observation.Reading = &reading
	} else {
		p.observation.Missing = batch.missing(p.externalID)
		p.observation.Alone = reads && p.observation.Missing == views.Unreadable
	}
	close(p.done)
}
