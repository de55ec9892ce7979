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
	// doubtLife is how long a post is doubted. A whole channel does vanish at times.
	doubtLife = 24 * time.Hour
	// sightingSlack is added to the longest time between two readings of a post, because readings are late at times.
	sightingSlack = 8 * time.Hour
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
	// life is how long a post that was found makes an answer doubtful. After it the provider's word counts, and the
	// workflows look for a day or two before they believe it.
	life time.Duration
	// doubted is when a post was first doubted, after it was last found.
	doubted map[post]time.Time
	// latest is when the provider has last read any post of a platform.
	latest map[clip.Platform]time.Time
}

// readingLife is how long after a reading the provider counts as one that reads the platform.
const readingLife = time.Hour

func (s *sightings) readsLately(platform clip.Platform, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, known := s.latest[platform]
	return known && now.Sub(at) <= readingLife
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
		known = known && now.Sub(seen) <= s.life && !s.wasDoubted(post{platform, id}, now)
		if _, read := batch.Readings[id]; read {
			s.at[post{platform, id}], s.latest[platform] = now, now
			delete(s.doubted, post{platform, id})
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
			if _, before := s.doubted[post{platform, id}]; !before {
				s.doubted[post{platform, id}] = now
			}
		}
		return true
	}
	for _, id := range vanished {
		delete(s.at, post{platform, id})
		delete(s.doubted, post{platform, id})
	}
	return false
}

func (s *sightings) prune(now time.Time) {
	if len(s.at) <= sightingsMax {
		return
	}
	for known, seen := range s.at {
		if now.Sub(seen) > s.life {
			delete(s.at, known)
			delete(s.doubted, known)
		}
	}
	if len(s.at) > sightingsMax {
		clear(s.at)
		clear(s.doubted)
	}
}

// wasDoubted reports whether the doubt about a post has lasted long enough.
func (s *sightings) wasDoubted(known post, now time.Time) bool {
	since, doubted := s.doubted[known]
	return doubted && now.Sub(since) > doubtLife
}

// saysGone reports whether the provider claims that a post does not exist or is not public.
func (b Batch) saysGone(id string) bool {
	_, read := b.Readings[id]
	return !read && b.missing(id) != views.Unreadable
}
