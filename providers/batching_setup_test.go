package providers_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

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
	// profile answers for profiles, if it is set.
	profile func(authorID string) (providers.Profile, error)

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

// ReadProfile says the author's id, or fails as the client is scripted to.
func (c *scriptedClient) ReadProfile(_ context.Context, _ clip.Platform, authorID string) (providers.Profile, error) {
	if c.profile != nil {
		return c.profile(authorID)
	}
	return providers.Profile{AuthorID: authorID, Text: "I am " + authorID, CostMicros: 7}, nil
}

func viewsOf(id string) (n int64) {
	_, _ = fmt.Sscan(id, &n)
	return n
}

type memoryRecorder struct {
	mu       sync.Mutex
	attempts []views.Attempt
	err      error
	// reads are the readings on record; asked counts the questions for them, and unread is why they have no answer.
	reads  map[string]time.Time
	asked  int
	unread error
}

func (r *memoryRecorder) noteRead(platform clip.Platform, id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.reads == nil {
		r.reads = map[string]time.Time{}
	}
	r.reads[string(platform)+id] = time.Now()
}

func (r *memoryRecorder) LastReads(_ context.Context, _ string, platform clip.Platform, ids []string) (map[string]time.Time, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked++
	reads := map[string]time.Time{}
	for _, id := range ids {
		if at, ok := r.reads[string(platform)+id]; ok {
			reads[id] = at
		}
	}
	return reads, r.unread
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
			observation, err := b.Observe(ctx, providers.Post{Platform: platform, ExternalID: id})
			if observation.Reading != nil {
				b.recorder.noteRead(platform, id)
			}
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
