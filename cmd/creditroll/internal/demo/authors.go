package demo

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/providers"
)

// readAuthors reads author and publication time of posts on platforms that are not our
// simulators. A clip earns only on its author's own channel and after the start of the campaign.
// Posts that a platform does not show are left out. It returns the oldest publication time.
func (p *demoRun) readAuthors(ctx context.Context) (oldest time.Time, err error) {
	oldest = p.started
	for _, platform := range platforms {
		if p.isSimulated(platform) {
			continue
		}
		ids := p.world.externalIDs(platform)
		shown, err := p.fetchAuthors(ctx, platform, ids)
		if err != nil {
			return oldest, err
		}
		missing := len(ids)
		for i := range p.world.creators {
			for k := range p.world.creators[i].clips {
				post := &p.world.creators[i].clips[k]
				if post.platform != platform {
					continue
				}
				author, found := shown[post.externalID]
				if post.absent = !found; !found {
					continue
				}
				missing--
				post.author = author.id
				if author.published.Before(oldest) {
					oldest = author.published
				}
			}
		}
		if missing > 0 {
			p.skip(fmt.Sprintf("%d posts are left out: %s is not our simulator and does not show them", missing, platform))
		}
	}
	return oldest, nil
}

// firstProvider returns a client of a platform's first provider.
func (p *demoRun) firstProvider(platform clip.Platform) (providers.Client, error) {
	first := p.nameOfFirst(platform)
	of := func(r providers.Registration) bool { return r.Name == first }
	registration := p.options.Providers[slices.IndexFunc(p.options.Providers, of)]
	return registration.New(providers.Config{BaseURL: p.stack.ProviderURL(first), Credential: p.options.Credentials[first]})
}

type author struct {
	id        string
	published time.Time
}

func (p *demoRun) fetchAuthors(ctx context.Context, platform clip.Platform, ids []string) (map[string]author, error) {
	provider, err := p.firstProvider(platform)
	if err != nil {
		return nil, err
	}
	authors := map[string]author{}
	for len(ids) > 0 {
		count := min(len(ids), provider.MaxBatch(platform))
		batch, err := provider.Fetch(ctx, platform, ids[:count])
		if err != nil {
			return nil, fault.New(fault.Unavailable, "platform_unreadable", "%s cannot be read at its configured address: check the address", platform).Because(err)
		}
		for id, reading := range batch.Readings {
			authors[id] = author{reading.AuthorID, reading.PublishedAt}
		}
		ids = ids[count:]
	}
	return authors, nil
}
