package providers

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
)

const (
	waitDefault         = 100 * time.Millisecond
	maxInFlightDefault  = 4
	fetchTimeoutDefault = 6 * time.Minute
)

// Options are the settings of a Batcher; zero fields take defaults.
type Options struct {
	// Wait is how long the first clip of a batch waits for company: 100 ms by default.
	Wait time.Duration
	// MaxInFlight is how many requests to the provider may be open at once: 4 by default.
	MaxInFlight int
	// FetchTimeout bounds one request, for clients that bring no bound of their own: 6
	// minutes by default.
	FetchTimeout time.Duration
	// Now is the clock that dates attempts.
	Now func() time.Time
}

// Batcher turns concurrent calls for single clips into few requests to one provider, each
// for clips of one platform. It is safe for concurrent use; Close ends it.
type Batcher struct {
	client   Client
	recorder Recorder
	options  Options

	// ctx is what requests run under: they outlive any one caller.
	ctx   context.Context
	abort context.CancelFunc

	mu       sync.Mutex
	lanes    map[clip.Platform]*lane
	inFlight int
	closed   bool
	idle     sync.WaitGroup
}

// lane holds what waits for one platform.
type lane struct {
	platform clip.Platform
	maxBatch int
	queue    []*slot
	queued   map[string]*slot // the queue by external id
	// due means that the head of the queue has waited long enough, and goes as soon as a
	// request may be opened. Until then more clips join it.
	due   bool
	timer *time.Timer
	// turn tells a timer that fires too late from the one that is meant.
	turn int
}

// slot is one clip in a batch, with everyone who waits for it.
type slot struct {
	externalID string
	callers    int
	taken      bool

	// done is closed once observation or err is set.
	done        chan struct{}
	observation Observation
	err         error
}

// NewBatcher returns a Batcher for one client.
func NewBatcher(client Client, recorder Recorder, options Options) *Batcher {
	if options.Wait <= 0 {
		options.Wait = waitDefault
	}
	if options.MaxInFlight <= 0 {
		options.MaxInFlight = maxInFlightDefault
	}
	if options.FetchTimeout <= 0 {
		options.FetchTimeout = fetchTimeoutDefault
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	b := &Batcher{client: client, recorder: recorder, options: options, lanes: map[clip.Platform]*lane{}}
	b.ctx, b.abort = context.WithCancel(context.Background())
	for _, platform := range client.Platforms() {
		b.lanes[platform] = &lane{platform: platform, maxBatch: client.MaxBatch(platform), queued: map[string]*slot{}}
	}
	return b
}

// Observe returns what the provider says of one clip now. It waits at most Wait before a
// request is opened, if the provider is not busy. A failed request fails all of its
// callers with the same fault. A caller whose ctx ends gets ctx's error and leaves the
// others undisturbed. It returns fault.Invalid for a platform or id that the provider
// cannot read, and fault.Unavailable once the Batcher is closed.
func (b *Batcher) Observe(ctx context.Context, platform clip.Platform, externalID string) (Observation, error) {
	if err := ctx.Err(); err != nil {
		return Observation{}, err
	}
	waiting, err := b.join(platform, externalID)
	if err != nil {
		return Observation{}, err
	}

	select {
	case <-waiting.done:
		return waiting.result()
	case <-ctx.Done():
		b.leave(platform, waiting)
		return Observation{}, ctx.Err()
	}
}

// join puts the clip into the batch that is filling, beside others who wait for it.
func (b *Batcher) join(platform clip.Platform, externalID string) (*slot, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	l, ok := b.lanes[platform]
	switch {
	case b.closed:
		return nil, fault.New(fault.Unavailable, "shutting_down", "this process is shutting down: try again in a moment")
	case !ok:
		return nil, notSupported(b.client, platform)
	case !clip.ValidExternalID(platform, externalID):
		// Refused here, because it would make the provider refuse its whole batch.
		return nil, invalidf("bad_external_id", "the clip id is not one of %s: submit the clip again", platform)
	}
	if waiting, ok := l.queued[externalID]; ok {
		waiting.callers++
		return waiting, nil
	}
	waiting := &slot{externalID: externalID, callers: 1, done: make(chan struct{})}
	l.queue = append(l.queue, waiting)
	l.queued[externalID] = waiting
	b.advance(l)
	return waiting, nil
}

// leave takes a clip out of the queue when the last caller has gone, so that nobody pays
// for it. A request that is already open goes on.
func (b *Batcher) leave(platform clip.Platform, waiting *slot) {
	b.mu.Lock()
	defer b.mu.Unlock()
	waiting.callers--
	if waiting.callers > 0 || waiting.taken {
		return
	}
	l := b.lanes[platform]
	l.queue = slices.DeleteFunc(l.queue, func(queued *slot) bool { return queued == waiting })
	delete(l.queued, waiting.externalID)
	if len(l.queue) == 0 {
		l.rest()
	}
}

// advance opens every request that may be opened now. The caller holds mu.
func (b *Batcher) advance(l *lane) {
	for b.inFlight < b.options.MaxInFlight && (len(l.queue) >= l.maxBatch || l.due && len(l.queue) > 0) {
		slots := l.take()
		b.inFlight++
		b.idle.Go(func() { b.run(l.platform, slots) })
	}
	switch {
	case len(l.queue) == 0:
		l.rest()
	case l.timer == nil && !l.due:
		turn := l.turn
		l.timer = time.AfterFunc(b.options.Wait, func() { b.becomeDue(l, turn) })
	}
}

func (b *Batcher) becomeDue(l *lane, turn int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if l.turn != turn {
		return
	}
	l.timer, l.due = nil, true
	b.advance(l)
}

// take removes one batch from the head of the queue.
func (l *lane) take() []*slot {
	count := min(len(l.queue), l.maxBatch)
	slots := slices.Clone(l.queue[:count])
	l.queue = slices.Delete(l.queue, 0, count)
	for _, waiting := range slots {
		waiting.taken = true
		delete(l.queued, waiting.externalID)
	}
	return slots
}

// rest stops the lane's clock: the next clip to come starts it anew.
func (l *lane) rest() {
	l.due = false
	l.turn++
	if l.timer != nil {
		l.timer.Stop()
		l.timer = nil
	}
}

func (s *slot) result() (Observation, error) {
	if s.err != nil {
		return Observation{}, s.err
	}
	own := s.observation
	if own.Reading != nil {
		reading := *own.Reading // callers of one slot must not share what they may change
		own.Reading = &reading
	}
	return own, nil
}

// Close refuses new calls, opens what waits at once, and returns when every caller has an
// answer. When ctx ends first, it aborts the open requests, whose callers then fail with
// fault.Unavailable, and returns ctx's error after they are recorded.
func (b *Batcher) Close(ctx context.Context) error {
	b.mu.Lock()
	b.closed = true
	for _, l := range b.lanes {
		l.due = true
		b.advance(l)
	}
	b.mu.Unlock()

	drained := make(chan struct{})
	go func() {
		b.idle.Wait()
		close(drained)
	}()
	defer b.abort()
	select {
	case <-drained:
		return nil
	case <-ctx.Done():
		b.abort()
		<-drained
		return ctx.Err()
	}
}
