package providers

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/views"
)

// ProfileObservation is what one attempt reported about one author.
type ProfileObservation struct {
	Profile
	AttemptID string
	Provider  string
}

// ReadProfile returns what the provider shows of an author now. Profiles are read one by one: they are asked for
// rarely, and an author's text must not be held for others. At most MaxInFlight are read at once. The faults are those of Observe.
func (b *Batcher) ReadProfile(ctx context.Context, platform clip.Platform, authorID string) (ProfileObservation, error) {
	if err := CheckProfileRequest(b.client, platform, authorID); err != nil {
		return ProfileObservation{}, err
	}
	q := b.queues[platform]
	if err := q.circuit.check(true); err != nil {
		return ProfileObservation{}, err
	}
	if err := q.profiles.check(); err != nil {
		return ProfileObservation{}, err
	}
	select {
	case b.profiles <- struct{}{}:
		defer func() { <-b.profiles }()
	case <-ctx.Done():
		return ProfileObservation{}, ctx.Err()
	}
	if !b.begin() {
		return ProfileObservation{}, shuttingDown()
	}
	defer b.requests.Done()
	admitting, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(b.ctx, cancel)()
	end, _, err := b.admit(admitting, q, q.profiles)
	if err != nil {
		return ProfileObservation{}, err
	}
	attempt, profile, said, err := b.attemptProfile(ctx, platform, authorID)
	end(said, because(attempt.Outcome))
	if recordErr := b.record(attempt); recordErr != nil {
		err = recordErr
	}
	if err != nil {
		return ProfileObservation{}, err
	}
	return ProfileObservation{Profile: profile, AttemptID: attempt.ID, Provider: attempt.Provider}, nil
}

// begin counts a request that Close waits for, unless the Batcher is closed.
func (b *Batcher) begin() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return false
	}
	b.requests.Add(1)
	return true
}

// attemptProfile sends the request and measures it. The request stops with its only caller, and when the Batcher is aborted.
func (b *Batcher) attemptProfile(ctx context.Context, platform clip.Platform, authorID string) (views.Attempt, Profile, verdict, error) {
	caller := ctx
	ctx, cancel := context.WithTimeout(ctx, b.options.FetchTimeout)
	defer cancel()
	defer context.AfterFunc(b.ctx, cancel)()

	startedAt := b.options.Now()
	profile, err := b.fetchProfile(ctx, platform, authorID)
	err = b.queues[platform].profiles.noteAnswer(b.ctx, err)
	outcome := outcomeOf(nil, Batch{}, err)
	if err == nil && profile.Missing == views.Unreadable {
		outcome = views.OutcomePartial
	}
	said, read := answeredWell, 0
	switch {
	case caller.Err() != nil:
		said = saidNothing
	case err != nil:
		said = verdictOf(err)
	case profile.Missing == "":
		read = 1
	case b.queues[platform].circuit.afterVanishing():
		said = saidNothing
	}
	return views.Attempt{
		ID: uuid.Must(uuid.NewV7()).String(), Provider: b.client.Name(), Platform: platform, Clips: 1,
		Outcome: outcome, Read: read, CostMicros: boundedCost(profile.CostMicros),
		StartedAt: startedAt.UTC(), LatencyMillis: max(0, b.options.Now().Sub(startedAt).Milliseconds()),
	}, profile, said, err
}

// fetchProfile turns a panic into a failure, as fetch does.
func (b *Batcher) fetchProfile(ctx context.Context, platform clip.Platform, authorID string) (profile Profile, err error) {
	defer func() {
		if recovered := recover(); recovered != nil {
			profile, err = Profile{}, fault.New(fault.Internal, "provider_client_defect", "the client of %s has a defect: report it to the developers", b.client.Name()).
				Because(fmt.Errorf("panic: %v", recovered))
		}
	}()
	return b.client.ReadProfile(ctx, platform, authorID)
}
