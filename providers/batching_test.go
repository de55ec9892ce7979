package providers_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/providers"
)

const wait = time.Second

// scriptedClient answers every clip with as many views as its id says, unless fetch is set.
type scriptedClient struct {
	maxBatch int
	// hold keeps requests running until it is closed or gets a value.
	hold  chan struct{}
	fetch func(ids []string) (providers.Batch, error)

	mu       sync.Mutex
	requests [][]string
	open     int
	openMax  int
}

func (c *scriptedClient) Name() string { return "scripted" }
func (c *scriptedClient) Platforms() []clip.Platform {
	return []clip.Platform{clip.TikTok, clip.X}
}

func (c *scriptedClient) MaxBatch(platform clip.Platform) int {
	if !slices.Contains(c.Platforms(), platform) {
		return 0
	}
	return c.maxBatch
}

func (c *scriptedClient) Fetch(ctx context.Context, platform clip.Platform, ids []string) (providers.Batch, error) {
	c.mu.Lock()
	c.requests = append(c.requests, slices.Clone(ids))
	c.open++
	c.openMax = max(c.openMax, c.open)
	c.mu.Unlock()
	defer func() { c.mu.Lock(); c.open--; c.mu.Unlock() }()

	if c.hold != nil {
		select {
		case <-c.hold:
		case <-ctx.Done():
			return providers.Batch{}, fault.New(fault.Unavailable, "aborted", "aborted").Because(ctx.Err())
		}
	}
	if c.fetch != nil {
		return c.fetch(ids)
	}
	batch := providers.Batch{Readings: map[string]views.Reading{}, CostMicros: int64(len(ids))}
	for _, id := range ids {
		batch.Readings[id] = views.Reading{Platform: platform, ExternalID: id, Views: viewsOf(id)}
	}
	return batch, nil
}

func viewsOf(id string) (n int64) {
	_, _ = fmt.Sscan(id, &n)
	return n
}

type memoryRecorder struct {
	mu       sync.Mutex
	attempts []views.Attempt
	err      error
}

func (r *memoryRecorder) RecordAttempt(ctx context.Context, attempt views.Attempt) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return r.err
	}
	r.attempts = append(r.attempts, attempt)
	return nil
}

func (r *memoryRecorder) ids() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	ids := []string{}
	for _, attempt := range r.attempts {
		ids = append(ids, attempt.ID)
	}
	return ids
}

type answer struct {
	id          string
	observation providers.Observation
	err         error
}

type batcherBundle struct {
	*providers.Batcher
	client   *scriptedClient
	recorder *memoryRecorder
	answers  chan answer
}

func newBundle(t *testing.T, client *scriptedClient, options providers.Options) *batcherBundle {
	t.Helper()
	if client.maxBatch == 0 {
		client.maxBatch = 10
	}
	if options.Wait == 0 {
		options.Wait = wait
	}
	recorder := &memoryRecorder{}
	b := &batcherBundle{
		Batcher: providers.NewBatcher(client, recorder, options), client: client, recorder: recorder,
		answers: make(chan answer, 1000),
	}
	t.Cleanup(func() { _ = b.Close(context.Background()) })
	return b
}

// ask calls Observe in the background, and returns once the clip is queued.
func (b *batcherBundle) ask(ctx context.Context, platform clip.Platform, ids ...string) {
	for _, id := range ids {
		go func() {
			observation, err := b.Observe(ctx, platform, id)
			b.answers <- answer{id, observation, err}
		}()
		synctest.Wait()
	}
}

// elapse moves the clock of the test's bubble, and returns when all that is due has happened.
func elapse(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func (b *batcherBundle) collect(count int) map[string]answer {
	collected := map[string]answer{}
	for range count {
		got := <-b.answers
		collected[got.id] = got
	}
	return collected
}

func TestBatcher(t *testing.T) {
	t.Parallel()
	ctx := context.Background()

	inBubble := func(name string, test func(t *testing.T)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, test)
		})
	}

	inBubble("makes one request out of calls within the wait", func(t *testing.T) {
		b := newBundle(t, &scriptedClient{}, providers.Options{})

		b.ask(ctx, clip.TikTok, "11", "22", "33")
		answers := b.collect(3)

		require.Equal(t, [][]string{{"11", "22", "33"}}, b.client.requests)
		for id, got := range answers {
			require.NoError(t, got.err)
			require.Equal(t, viewsOf(id), got.observation.Reading.Views)
			require.Equal(t, "scripted", got.observation.Provider)
			require.Equal(t, []string{got.observation.AttemptID}, b.recorder.ids())
		}
	})

	inBubble("answers a single call after the wait", func(t *testing.T) {
		b := newBundle(t, &scriptedClient{}, providers.Options{})
		start := time.Now()

		observation, err := b.Observe(ctx, clip.TikTok, "11")

		require.NoError(t, err)
		require.Equal(t, int64(11), observation.Reading.Views)
		require.Equal(t, wait, time.Since(start), "on the bubble's clock")
	})

	inBubble("sends a full batch without waiting", func(t *testing.T) {
		b := newBundle(t, &scriptedClient{maxBatch: 2}, providers.Options{Wait: time.Hour})
		start := time.Now()

		b.ask(ctx, clip.TikTok, "11", "22")
		b.collect(2)

		require.Zero(t, time.Since(start), "on the bubble's clock")
	})

	inBubble("makes a request for each platform", func(t *testing.T) {
		b := newBundle(t, &scriptedClient{}, providers.Options{})

		b.ask(ctx, clip.TikTok, "11")
		b.ask(ctx, clip.X, "22")
		b.collect(2)

		require.ElementsMatch(t, [][]string{{"11"}, {"22"}}, b.client.requests)
	})

	inBubble("asks once for a clip with several callers, and gives each a reading of its own", func(t *testing.T) {
		b := newBundle(t, &scriptedClient{}, providers.Options{})

		b.ask(ctx, clip.TikTok, "11", "11", "11")
		first, second := <-b.answers, <-b.answers
		<-b.answers
		first.observation.Reading.Views = 0

		require.Equal(t, [][]string{{"11"}}, b.client.requests)
		require.Equal(t, int64(11), second.observation.Reading.Views)
	})

	inBubble("asks again for a clip whose request is already running, because its answer may be older", func(t *testing.T) {
		b := newBundle(t, &scriptedClient{hold: make(chan struct{})}, providers.Options{})

		b.ask(ctx, clip.TikTok, "11")
		elapse(wait)
		b.ask(ctx, clip.TikTok, "11")
		close(b.client.hold)
		b.collect(2)

		require.Len(t, b.client.requests, 2)
	})

	inBubble("lets one caller leave without an effect on the others", func(t *testing.T) {
		b := newBundle(t, &scriptedClient{hold: make(chan struct{})}, providers.Options{})
		leaving, leave := context.WithCancel(ctx)

		b.ask(leaving, clip.TikTok, "11")
		b.ask(ctx, clip.TikTok, "11", "22")
		elapse(wait)
		leave()
		gone := <-b.answers
		close(b.client.hold)
		stayed := b.collect(2)

		require.ErrorIs(t, gone.err, context.Canceled)
		require.NoError(t, stayed["11"].err)
		require.NoError(t, stayed["22"].err)
	})

	inBubble("does not ask for a clip whose callers have all left", func(t *testing.T) {
		b := newBundle(t, &scriptedClient{}, providers.Options{})
		leaving, leave := context.WithCancel(ctx)

		b.ask(leaving, clip.TikTok, "11", "22")
		b.ask(ctx, clip.TikTok, "33")
		leave()
		b.collect(3)

		require.Equal(t, [][]string{{"33"}}, b.client.requests)
	})

	inBubble("makes no request when all callers have left", func(t *testing.T) {
		b := newBundle(t, &scriptedClient{}, providers.Options{})
		leaving, leave := context.WithCancel(ctx)

		b.ask(leaving, clip.TikTok, "11")
		leave()
		<-b.answers
		elapse(2 * wait)

		require.Empty(t, b.client.requests)
		require.Empty(t, b.recorder.attempts)
	})

	inBubble("gives a new batch its full wait after one whose callers have left", func(t *testing.T) {
		b := newBundle(t, &scriptedClient{}, providers.Options{})
		leaving, leave := context.WithCancel(ctx)
		b.ask(leaving, clip.TikTok, "11")
		elapse(wait / 2)
		leave()
		<-b.answers
		start := time.Now()

		_, err := b.Observe(ctx, clip.TikTok, "22")

		require.NoError(t, err)
		require.Equal(t, wait, time.Since(start), "on the bubble's clock")
	})

	inBubble("runs no more requests than allowed, and lets batches fill until then", func(t *testing.T) {
		b := newBundle(t, &scriptedClient{hold: make(chan struct{})}, providers.Options{MaxInFlight: 2})

		for _, id := range []string{"11", "22", "33", "44", "55"} {
			b.ask(ctx, clip.TikTok, id)
			elapse(2 * wait)
		}
		close(b.client.hold)
		b.collect(5)

		require.Equal(t, 2, b.client.openMax)
		require.Equal(t, [][]string{{"11"}, {"22"}, {"33", "44", "55"}}, b.client.requests)
	})

	inBubble("fails all callers of a failed request with its fault, and records it once", func(t *testing.T) {
		limited := fault.New(fault.RateLimited, "provider_rate_limited", "later").After(time.Minute)
		b := newBundle(t, &scriptedClient{fetch: func([]string) (providers.Batch, error) {
			return providers.Batch{CostMicros: 5}, limited
		}}, providers.Options{})

		b.ask(ctx, clip.TikTok, "11", "22")

		for _, got := range b.collect(2) {
			require.ErrorIs(t, got.err, limited)
		}
		require.Len(t, b.recorder.attempts, 1)
		require.Equal(t, views.OutcomeRateLimited, b.recorder.attempts[0].Outcome)
		require.Equal(t, int64(5), b.recorder.attempts[0].CostMicros)
	})

	inBubble("gives no reading whose attempt could not be recorded", func(t *testing.T) {
		b := newBundle(t, &scriptedClient{}, providers.Options{})
		b.recorder.err = errors.New("the database does not answer")

		_, err := b.Observe(ctx, clip.TikTok, "11")

		require.Equal(t, fault.Unavailable, fault.KindOf(err))
		require.Equal(t, "attempt_not_recorded", fault.CodeOf(err))
	})

	inBubble("records which provider was asked for what, when, and how long it took", func(t *testing.T) {
		b := newBundle(t, &scriptedClient{hold: make(chan struct{})}, providers.Options{})
		start := time.Now()

		b.ask(ctx, clip.TikTok, "11", "22")
		elapse(wait + 1500*time.Millisecond)
		close(b.client.hold)
		b.collect(2)

		attempt := b.recorder.attempts[0]
		parsed, err := uuid.Parse(attempt.ID)
		require.NoError(t, err)
		require.Equal(t, uuid.Version(7), parsed.Version())
		attempt.ID = ""
		require.Equal(t, views.Attempt{
			Provider: "scripted", Platform: clip.TikTok, Clips: 2, Outcome: views.OutcomeOK, CostMicros: 2,
			StartedAt: start.Add(wait).UTC(), LatencyMillis: 1500,
		}, attempt)
	})

	inBubble("survives a client that panics", func(t *testing.T) {
		b := newBundle(t, &scriptedClient{fetch: func([]string) (providers.Batch, error) { panic("unexpected answer") }}, providers.Options{})

		_, err := b.Observe(ctx, clip.TikTok, "11")

		require.Equal(t, fault.Internal, fault.KindOf(err))
		require.Equal(t, views.OutcomeUnavailable, b.recorder.attempts[0].Outcome)
	})

	inBubble("refuses without a request what the provider cannot read", func(t *testing.T) {
		b := newBundle(t, &scriptedClient{}, providers.Options{})

		_, platformErr := b.Observe(ctx, clip.YouTube, "dQw4w9WgXcQ")
		_, idErr := b.Observe(ctx, clip.TikTok, "../11")

		require.Equal(t, "platform_not_supported", fault.CodeOf(platformErr))
		require.Equal(t, "bad_external_id", fault.CodeOf(idErr))
		require.Empty(t, b.client.requests)
	})

	inBubble("answers all callers when it is closed, without further wait, and none after it", func(t *testing.T) {
		b := newBundle(t, &scriptedClient{}, providers.Options{Wait: time.Hour, MaxInFlight: 1})
		b.ask(ctx, clip.TikTok, "11")
		b.ask(ctx, clip.X, "22")
		start := time.Now()

		require.NoError(t, b.Close(ctx))

		for _, got := range b.collect(2) {
			require.NoError(t, got.err)
		}
		require.Zero(t, time.Since(start), "on the bubble's clock")
		_, err := b.Observe(ctx, clip.TikTok, "33")
		require.Equal(t, "shutting_down", fault.CodeOf(err))
	})

	inBubble("aborts requests that run longer than Close may wait, and records them", func(t *testing.T) {
		b := newBundle(t, &scriptedClient{hold: make(chan struct{})}, providers.Options{})
		b.ask(ctx, clip.TikTok, "11")
		limited, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()

		err := b.Close(limited)

		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, fault.Unavailable, fault.KindOf((<-b.answers).err))
		require.Len(t, b.recorder.attempts, 1)
	})

	for name, test := range map[string]struct {
		missing map[string]string
		outcome string
		reason  string
	}{
		"a clip that does not exist is an answer":              {map[string]string{"11": views.NotFound}, views.OutcomeOK, views.NotFound},
		"a private clip is an answer":                          {map[string]string{"11": views.Private}, views.OutcomeOK, views.Private},
		"an unreadable clip makes the attempt partial":         {map[string]string{"11": views.Unreadable}, views.OutcomePartial, views.Unreadable},
		"a clip that the client left out counts as unreadable": {nil, views.OutcomePartial, views.Unreadable},
	} {
		inBubble(name, func(t *testing.T) {
			b := newBundle(t, &scriptedClient{fetch: func([]string) (providers.Batch, error) {
				return providers.Batch{Missing: test.missing}, nil
			}}, providers.Options{})

			observation, err := b.Observe(ctx, clip.TikTok, "11")

			require.NoError(t, err)
			require.Nil(t, observation.Reading)
			require.Equal(t, test.reason, observation.Missing)
			require.Equal(t, test.outcome, b.recorder.attempts[0].Outcome)
		})
	}

	for kind, outcome := range map[fault.Kind]string{
		fault.RateLimited: views.OutcomeRateLimited, fault.Unavailable: views.OutcomeUnavailable,
		fault.Denied: views.OutcomeDenied, fault.Invalid: views.OutcomeInvalid, fault.Internal: views.OutcomeUnavailable,
	} {
		inBubble("records the outcome of a fault that is "+string(kind), func(t *testing.T) {
			b := newBundle(t, &scriptedClient{fetch: func([]string) (providers.Batch, error) {
				return providers.Batch{}, fault.New(kind, "code", "message")
			}}, providers.Options{})

			_, err := b.Observe(ctx, clip.TikTok, "11")

			require.Equal(t, kind, fault.KindOf(err))
			require.Equal(t, outcome, b.recorder.attempts[0].Outcome)
		})
	}

	t.Run("answers every caller with its own clip, at any order of arrivals and departures", func(t *testing.T) {
		t.Parallel()
		rapid.Check(t, func(rt *rapid.T) { checkAnySchedule(t, rt) })
	})
}

// scheduledCall asks for a clip some time after the start, and leaves some time later.
type scheduledCall struct {
	id          string
	afterMillis int
	staysMillis int
	observation providers.Observation
	err         error
}

const forever = 1_000_000

func checkAnySchedule(t *testing.T, rt *rapid.T) {
	client := &scriptedClient{maxBatch: rapid.IntRange(1, 5).Draw(rt, "max_batch")}
	recorder := &memoryRecorder{}
	inFlightMax := rapid.IntRange(1, 3).Draw(rt, "max_in_flight")
	calls := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) *scheduledCall {
		return &scheduledCall{
			id:          fmt.Sprint(rapid.IntRange(1, 8).Draw(rt, "id")),
			afterMillis: rapid.IntRange(0, 4000).Draw(rt, "after"),
			staysMillis: rapid.SampledFrom([]int{1, 700, 1500, forever}).Draw(rt, "stays"),
		}
	}), 1, 30).Draw(rt, "calls")

	synctest.Test(t, func(*testing.T) {
		playSchedule(providers.NewBatcher(client, recorder, providers.Options{Wait: wait, MaxInFlight: inFlightMax}), client, calls)
	})

	recorded := recorder.ids()
	require.Len(rt, recorded, len(client.requests))
	require.Len(rt, unique(recorded), len(recorded), "each attempt is recorded once")
	require.LessOrEqual(rt, client.openMax, inFlightMax)
	for _, request := range client.requests {
		require.LessOrEqual(rt, len(request), client.maxBatch)
		require.Len(rt, unique(request), len(request), "no clip is twice in a request")
	}
	for _, call := range calls {
		if call.err != nil {
			require.ErrorIs(rt, call.err, context.DeadlineExceeded)
			require.NotEqual(rt, forever, call.staysMillis, "a caller that stays is served")
			continue
		}
		require.Equal(rt, viewsOf(call.id), call.observation.Reading.Views)
		require.Contains(rt, recorded, call.observation.AttemptID)
	}
}

// playSchedule sleeps on the clock of the bubble in which it runs.
func playSchedule(batcher *providers.Batcher, client *scriptedClient, calls []*scheduledCall) {
	client.fetch = func(ids []string) (providers.Batch, error) {
		time.Sleep(time.Second)
		batch := providers.Batch{Readings: map[string]views.Reading{}}
		for _, id := range ids {
			batch.Readings[id] = views.Reading{ExternalID: id, Views: viewsOf(id)}
		}
		return batch, nil
	}
	var running sync.WaitGroup
	for _, call := range calls {
		running.Go(func() {
			time.Sleep(time.Duration(call.afterMillis) * time.Millisecond)
			ctx, cancel := context.WithTimeout(context.Background(), time.Duration(call.staysMillis)*time.Millisecond)
			defer cancel()
			call.observation, call.err = batcher.Observe(ctx, clip.TikTok, call.id)
		})
	}
	running.Wait()
	_ = batcher.Close(context.Background())
}

func unique(list []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(list)))
}
