package workflows_test

import (
	"context"
	"sync"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/sdk/activity"

	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/providers"
)

// posts is what every provider sees of the platforms. It stands behind the activity in the
// place of the batching clients, which have their own tests.
type posts struct {
	mu     sync.Mutex
	store  *books.Books
	now    func() time.Time
	author string
	at     time.Time // published
	counts map[string][]count
	asked  []string
	// grows is the count by the age of the post, in the place of the answers about it, if it is set.
	grows func(age time.Duration) int64
	// costMicros is the price of each reading.
	costMicros int64
	// others have published the post together with the author, and caption is its text.
	others  []string
	caption string
	// texts are the profiles that each provider shows, by author; fails are why one does not answer.
	texts map[string]map[string]string
	fails map[string]error
	looks int
	// pending reports whether a call to a provider returns without an answer; nil means none does.
	pending func(ctx context.Context, provider string) bool
	// freeAt is when a provider that has no quota has some again.
	freeAt map[string]time.Time
}

// ration lets a provider refuse all requests until a time, as the batching clients do without quota.
func (p *posts) ration(until time.Time, at ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, provider := range at {
		if p.freeAt == nil {
			p.freeAt = map[string]time.Time{}
		}
		p.freeAt[provider] = until
	}
}

func (p *posts) refusal(provider string) error {
	if wait := p.freeAt[provider].Sub(p.now()); wait > 0 {
		return fault.New(fault.RateLimited, views.QuotaExhausted, "the quota of %s is used up", provider).After(wait)
	}
	return nil
}

// says is the text of an author's profile at the providers.
func (p *posts) says(author, text string, at ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, provider := range at {
		if p.texts == nil {
			p.texts = map[string]map[string]string{}
		}
		if p.texts[provider] == nil {
			p.texts[provider] = map[string]string{}
		}
		p.texts[provider][author] = text
	}
}

// fail sets why providers do not answer about profiles.
func (p *posts) fail(fails map[string]error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fails = fails
}

// ReadProfile implements activities.ProfileReader.
func (p *posts) ReadProfile(ctx context.Context, platform clip.Platform, authorID string) (providers.ProfileObservation, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	provider := providerOf(ctx)
	p.looks++
	if err := p.refusal(provider); err != nil {
		return providers.ProfileObservation{}, err
	}
	if err := p.fails[provider]; err != nil {
		return providers.ProfileObservation{}, err
	}
	observed := providers.ProfileObservation{Provider: provider, AttemptID: uuid.NewString()}
	text, found := p.texts[provider][authorID]
	if observed.AuthorID, observed.Text = authorID, text; !found {
		observed.Missing = views.NotFound
	}
	return observed, p.store.Clips.RecordAttempt(ctx, views.Attempt{
		ID: observed.AttemptID, Provider: provider, Platform: platform, Clips: 1, Outcome: "ok", StartedAt: p.now(),
	})
}

// count is one answer; the last of a provider's answers is given for ever.
type count struct {
	views   int64
	missing string
	alone   bool
	err     error
}

func (p *posts) answers(provider string, counts ...count) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.counts[provider] = counts
}

// Observe implements activities.Observer.
func (p *posts) Observe(ctx context.Context, post providers.Post) (providers.Observation, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	provider := providerOf(ctx)
	if p.pending != nil && p.pending(ctx, provider) {
		return providers.Observation{}, activity.ErrResultPending
	}
	p.asked = append(p.asked, provider)
	if err := p.refusal(provider); err != nil {
		return providers.Observation{}, err
	}
	left := p.counts[provider]
	if p.grows != nil {
		left = []count{{views: p.grows(p.now().Sub(p.at))}}
	}
	if len(left) == 0 {
		return providers.Observation{}, fault.New(fault.Unavailable, "provider_down", "%s is down", provider)
	}
	next := left[0]
	if len(left) > 1 {
		p.counts[provider] = left[1:]
	}
	if next.err != nil {
		return providers.Observation{}, next.err
	}
	observed := providers.Observation{Provider: provider, AttemptID: uuid.NewString(), Missing: next.missing, Alone: next.alone}
	if next.missing == "" {
		observed.Reading = &views.Reading{
			Platform: post.Platform, ExternalID: post.ExternalID, AuthorID: p.author, OtherAuthors: p.others, Caption: p.caption, PublishedAt: p.at, Views: next.views, ObservedAt: p.now(),
		}
	}
	return observed, p.store.Clips.RecordAttempt(ctx, views.Attempt{
		ID: observed.AttemptID, Provider: provider, Platform: post.Platform, Clips: 1, CostMicros: p.costMicros, ClipsOf: map[string]int{post.CampaignID: 1}, Outcome: "ok", StartedAt: p.now(),
	})
}
