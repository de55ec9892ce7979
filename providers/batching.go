package providers

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/views"
)

const (
	waitDefault         = 100 * time.Millisecond
	maxInFlightDefault  = 4
	fetchTimeoutDefault = 6 * time.Minute
)

// Options are the settings of a Batcher; zero fields take defaults.
type Options struct {
	// Wait is how long a single clip waits for others: 100 ms by default. In a stream of clips, the first one of a batch
	// waits until the batch should be full, up to 40 times as long.
	Wait time.Duration
	// MaxInFlight is how many requests to the provider may run at once: 4 by default.
	MaxInFlight int
	// FetchTimeout bounds one request, for clients that have no timeout of their own: 6
	// minutes by default.
	FetchTimeout time.Duration
	// IntervalMax is the longest time between two readings of a post: that of the default schedule by default. Posts that
	// were read within it, and that vanish many at once, are doubted.
	IntervalMax time.Duration
	// CircuitOpen is how long a circuit is open before the first probe: a minute by default. It doubles with each probe
	// that fails, up to 15 minutes.
	CircuitOpen time.Duration
	// Counter counts requests, and Quotas are what they use. Without a Counter nothing is counted.
	Counter Counter
	Quotas  []Quota
	// Now is the clock that dates attempts.
	Now func() time.Time
}

// Batcher turns concurrent calls for single clips into few requests to one provider, each
// for clips of one platform. It is safe for concurrent use; Close ends it.
type Batcher struct {
	client   Client
	recorder Recorder
	options  Options

	// ctx is the context of requests, which outlive any one caller.
	ctx   context.Context
	abort context.CancelFunc
	// profiles limits how many profiles are read at once.
	profiles chan struct{}

	mu       sync.Mutex
	queues   map[clip.Platform]*queue
	inFlight int
	closed   bool
	requests sync.WaitGroup
}

// queue holds the clips of one platform that are not requested yet.
type queue struct {
	platform clip.Platform
	maxBatch int
	seen     *sightings
	circuit  *circuit
	// posts and profiles are what requests use of the provider's quotas.
	posts, profiles *allowance
	clips           []*pendingClip
	byID            map[string]*pendingClip
	arrivals        arrivals
	// due means that the oldest clip has waited long enough. The queue is then sent as soon as
	// another request may run; until then more clips join it.
	due   bool
	timer *time.Timer
	// timerNumber identifies the present timer. An earlier one may fire although it was
	// stopped, and is recognized by its number.
	timerNumber int
}

// pendingClip is one clip that is waiting to be read, for all of its callers.
type pendingClip struct {
	externalID string
	campaignID string
	queuedAt   time.Time
	callers    int
	requested  bool

	// done is closed once observation or err is set.
	done        chan struct{}
	observation Observation
	err         error
}

// Post is a clip to be read. CampaignID is who pays for it. If several campaigns ask for one post at once, the first one
// does; it may be empty.
type Post struct {
	Platform   clip.Platform
	ExternalID string
	CampaignID string
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
	if options.IntervalMax <= 0 {
		options.IntervalMax = views.DefaultSchedule().IntervalMax.Std()
	}
	if options.CircuitOpen <= 0 {
		options.CircuitOpen = circuitOpenDefault
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	b := &Batcher{client: client, recorder: recorder, options: options, queues: map[clip.Platform]*queue{}}
	b.ctx, b.abort = context.WithCancel(context.Background())
	b.profiles = make(chan struct{}, options.MaxInFlight)
	for _, platform := range client.Platforms() {
		b.queues[platform] = &queue{
			platform: platform, maxBatch: client.MaxBatch(platform), byID: map[string]*pendingClip{},
			seen:    &sightings{provider: client.Name(), platform: platform, recorder: recorder, life: options.IntervalMax + sightingSlack, believedFrom: map[string]time.Time{}},
			circuit: newCircuit(client.Name(), platform, options.CircuitOpen, options.Now),
			posts:   newAllowance(client.Name(), platform, callPosts, options), profiles: newAllowance(client.Name(), platform, callProfile, options),
		}
	}
	return b
}

// Observe returns what the provider reports about one clip now. When the provider is not
// busy, the request starts after Wait at the latest. A failed request fails all of its
// callers with the same fault. A caller whose ctx ends gets ctx's error; the other callers go
// on. Observe returns fault.Invalid for a platform or id that the provider cannot read, and
// fault.Unavailable once the Batcher is closed. While the circuit is open it returns fault.Unavailable
// views.CircuitOpen at once, and while there is no quota fault.RateLimited, with the time until there is.
func (b *Batcher) Observe(ctx context.Context, post Post) (Observation, error) {
	if err := ctx.Err(); err != nil {
		return Observation{}, err
	}
	pending, err := b.join(post)
	if err != nil {
		return Observation{}, err
	}

	select {
	case <-pending.done:
		return pending.result()
	case <-ctx.Done():
		b.leave(post.Platform, pending)
		return Observation{}, ctx.Err()
	}
}

// join adds a caller to the clip that is queued under this id, or queues the clip.
func (b *Batcher) join(post Post) (*pendingClip, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	q, ok := b.queues[post.Platform]
	switch {
	case b.closed:
		return nil, shuttingDown()
	case !ok:
		return nil, notSupported(b.client, post.Platform)
	case !clip.ValidExternalID(post.Platform, post.ExternalID):
		// Refused here, because it would make the provider refuse the whole batch.
		return nil, invalidf("bad_external_id", "the clip id is not valid on %s: submit the clip again", post.Platform)
	}
	if pending, ok := q.byID[post.ExternalID]; ok {
		pending.callers++
		return pending, nil
	}
	if err := q.circuit.check(q.seen.inDoubt(b.options.Now(), post.ExternalID)); err != nil {
		return nil, err
	}
	if err := q.posts.check(); err != nil {
		return nil, err
	}
	pending := &pendingClip{externalID: post.ExternalID, campaignID: post.CampaignID, queuedAt: time.Now(), callers: 1, done: make(chan struct{})}
	q.arrivals.add(pending.queuedAt, q.maxBatch)
	q.clips = append(q.clips, pending)
	q.byID[post.ExternalID] = pending
	b.sendReady(q)
	return pending, nil
}

func shuttingDown() error {
	return fault.New(fault.Unavailable, "shutting_down", "this process is shutting down: try again in a moment")
}

// leave removes a caller. A clip without callers leaves the queue, because each clip in a
// request costs money. A request that has started goes on.
func (b *Batcher) leave(platform clip.Platform, pending *pendingClip) {
	b.mu.Lock()
	defer b.mu.Unlock()
	pending.callers--
	if pending.callers > 0 || pending.requested {
		return
	}
	q := b.queues[platform]
	q.clips = slices.DeleteFunc(q.clips, func(queued *pendingClip) bool { return queued == pending })
	delete(q.byID, pending.externalID)
	if len(q.clips) == 0 {
		q.stopTimer()
	}
}

// sendReady starts every request that may start now. The caller holds mu.
func (b *Batcher) sendReady(q *queue) {
	for b.inFlight < b.options.MaxInFlight && (len(q.clips) >= q.maxBatch || q.due && len(q.clips) > 0) {
		clips := q.takeBatch()
		b.inFlight++
		b.requests.Go(func() { b.request(q, clips) })
	}
	switch {
	case len(q.clips) == 0:
		q.stopTimer()
	case q.timer == nil && !q.due:
		number := q.timerNumber
		q.timer = time.AfterFunc(b.waitLeft(q), func() { b.waitIsOver(q, number) })
	}
}

// waitLeft is how long the oldest clip should still wait for others.
func (b *Batcher) waitLeft(q *queue) time.Duration {
	now := time.Now()
	return q.clips[0].queuedAt.Add(q.arrivals.wait(now, q.maxBatch, b.options.Wait)).Sub(now)
}

func (b *Batcher) waitIsOver(q *queue, timerNumber int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if q.timerNumber != timerNumber {
		return
	}
	q.timer = nil
	q.due = len(q.clips) > 0 && b.waitLeft(q) <= 0 // more clips may have come, so that a full batch is near
	b.sendReady(q)
}

// takeBatch removes one batch, the oldest clips, from the queue.
func (q *queue) takeBatch() []*pendingClip {
	count := min(len(q.clips), q.maxBatch)
	clips := slices.Clone(q.clips[:count])
	q.clips = slices.Delete(q.clips, 0, count)
	for _, pending := range clips {
		pending.requested = true
		delete(q.byID, pending.externalID)
	}
	return clips
}

// stopTimer makes the next clip wait for its full time.
func (q *queue) stopTimer() {
	q.due = false
	q.timerNumber++
	if q.timer != nil {
		q.timer.Stop()
		q.timer = nil
	}
}

func (p *pendingClip) result() (Observation, error) {
	if p.err != nil {
		return Observation{}, p.err
	}
	own := p.observation
	if own.Reading != nil {
		reading := *own.Reading // callers of one clip must not share what they may change
		own.Reading = &reading
	}
	return own, nil
}

// Close refuses new calls, requests all queued clips without further wait, and returns when
// every caller has an answer. When ctx ends first, it aborts the running requests, whose
// callers then fail with fault.Unavailable, and returns ctx's error once the attempts are
// recorded.
func (b *Batcher) Close(ctx context.Context) error {
	b.mu.Lock()
	b.closed = true
	for _, q := range b.queues {
		q.due = true
		b.sendReady(q)
	}
	b.mu.Unlock()

	drained := make(chan struct{})
	go func() {
		b.requests.Wait()
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
