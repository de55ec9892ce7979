package providers

import (
	"sync"
	"time"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/views"
)

const (
	// A provider that misses so many of the posts it has found lately, and at least half of those that
	// it was asked for, is wrong about them: posts vanish one by one.
	vanishedMin = 3
	// sightingLife is how long a post that was found makes an answer doubtful. After it the provider's
	// word counts, and the workflows look for a day or two before they believe it.
	sightingLife = 24 * time.Hour
	// sightingsMax bounds the memory for them.
	sightingsMax = 200_000
)

type post struct {
	platform   clip.Platform
	externalID string
}

// sightings are the posts that a provider has found lately, with the time.
type sightings struct {
	mu sync.Mutex
	at map[post]time.Time
}

// doubt makes the posts of an answer unreadable that the provider misses all at once, and reports
// whether it did. Otherwise it remembers what was found, and forgets what is missing.
func (s *sightings) doubt(platform clip.Platform, externalIDs []string, batch Batch, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	var vanished []string
	found := 0
	for _, id := range externalIDs {
		seen, known := s.at[post{platform, id}]
		known = known && now.Sub(seen) <= sightingLife
		if _, read := batch.Readings[id]; read {
			s.at[post{platform, id}] = now
			if known {
				found++
			}
		} else if known && batch.saysGone(id) {
			vanished = append(vanished, id)
		}
	}
	s.prune(now)
	if len(vanished) >= vanishedMin && len(vanished) >= found {
		for _, id := range vanished {
			batch.Missing[id] = views.Unreadable
		}
		return true
	}
	for _, id := range vanished {
		delete(s.at, post{platform, id})
	}
	return false
}

func (s *sightings) prune(now time.Time) {
	if len(s.at) <= sightingsMax {
		return
	}
	for known, seen := range s.at {
		if now.Sub(seen) > sightingLife {
			delete(s.at, known)
		}
	}
	if len(s.at) > sightingsMax {
		clear(s.at)
	}
}

// saysGone reports whether the provider claims that a post does not exist or is not public.
func (b Batch) saysGone(id string) bool {
	_, read := b.Readings[id]
	return !read && b.missing(id) != views.Unreadable
}
