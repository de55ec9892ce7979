package bench

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/providers"
)

// instantObserver is a provider that answers at once, with more views in each reading.
type instantObserver struct {
	posts sync.Map // external id to *post
}

type post struct {
	authorID, attemptID string
	publishedAt         time.Time
	views               atomic.Int64
}

func (o *instantObserver) publish(externalID string, p *post) { o.posts.Store(externalID, p) }

// Observe implements activities.Observer.
func (o *instantObserver) Observe(_ context.Context, wanted providers.Post) (providers.Observation, error) {
	found, ok := o.posts.Load(wanted.ExternalID)
	if !ok {
		return providers.Observation{}, fault.New(fault.NotFound, "post_not_found", "no such post")
	}
	p := found.(*post)
	count := p.views.Add(viewsPerPoll)
	return providers.Observation{Provider: provider, AttemptID: p.attemptID, Reading: &views.Reading{
		Platform: wanted.Platform, ExternalID: wanted.ExternalID, AuthorID: p.authorID, PublishedAt: p.publishedAt,
		Views: count, Likes: likesPerPoll * count / viewsPerPoll, Comments: commentsPerPoll * count / viewsPerPoll, ObservedAt: time.Now(),
	}}, nil
}
