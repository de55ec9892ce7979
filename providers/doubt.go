package providers

import (
	"context"
	"slices"
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
	// missesMax bounds the memory for posts that are missing on a platform. Without it they are doubted again.
	missesMax = 50_000
	// streakMax bounds the posts that are missed one after another.
	streakMax = 100
	// questionTimeout bounds the question when posts were read last. Callers wait for the answer.
	questionTimeout = 10 * time.Second
)

// sightings are what a provider says of the posts of one platform. When it has read a post is in the database, so
// that it is known to every worker and after a restart. The memory has what is only of the moment.
type sightings struct {
	provider string
	platform clip.Platform
	recorder Recorder
	// life is how long a post that was found makes an answer doubtful. After it the provider's word counts, and the
	// workflows look for a day or two before they believe it.
	life time.Duration

	mu sync.Mutex
	// believedFrom says from when on the provider's word counts on a post that it misses. A post is in doubt until then.
	// One that it reads is left out.
	believedFrom map[string]time.Time
	// streak are the missing posts, each believed, since the provider has last read any post.
	streak []string
	// latest is when it has last read one.
	latest time.Time
}

// sight is how an answer stands against what the provider has read before.
type sight struct {
	read int
	// vanished: posts have vanished at once that were not doubted before. doubted: at least one post is in doubt.
	vanished, doubted bool
	// unknown: the database did not say what was read before.
	unknown bool
}

// readingLife is how long after a reading the provider counts as one that reads the platform.
const readingLife = time.Hour

func (s *sightings) readsLately(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.latest.IsZero() && now.Sub(s.latest) <= readingLife
}

// inDoubt reports whether all of the posts are doubted.
func (s *sightings) inDoubt(now time.Time, externalIDs ...string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !slices.ContainsFunc(externalIDs, func(id string) bool { return !now.Before(s.believedFrom[id]) })
}

// judge makes the posts of an answer unreadable that the provider misses all at once. strict is set while posts are
// known to vanish: then one that it misses is enough.
func (s *sightings) judge(ctx context.Context, externalIDs []string, batch Batch, strict bool, now time.Time) sight {
	seen, missed := s.divide(externalIDs, batch, now)
	lost, many, err := s.lost(ctx, externalIDs, batch, missed, strict && seen.read == 0, now)
	switch {
	case err != nil:
		makeUnreadable(batch, missed.fresh)
		makeUnreadable(batch, missed.doubted)
		seen.unknown = true
		return seen
	case !many && (!strict || seen.read > 0):
		lost = nil
	}
	seen.vanished = len(lost) >= vanishedMin
	s.settle(batch, &seen, missed, lost, many || seen.read == 0, now)
	return seen
}

// missing are the posts that an answer misses: fresh ones, which were not missing before, and doubted ones. streak are
// those before them, if the answer has read nothing.
type missing struct{ fresh, doubted, streak []string }

// divide notes what was read, and divides what is missing.
func (s *sightings) divide(externalIDs []string, batch Batch, now time.Time) (seen sight, missed missing) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range externalIDs {
		from, before := s.believedFrom[id]
		switch _, read := batch.Readings[id]; {
		case read:
			delete(s.believedFrom, id)
			seen.read++
		case !batch.saysGone(id):
		case !before:
			missed.fresh = append(missed.fresh, id)
		case now.Before(from):
			missed.doubted = append(missed.doubted, id)
		}
	}
	if seen.read > 0 {
		s.latest, s.streak = now, nil
	}
	if len(missed.fresh) > 0 {
		missed.streak = slices.Clone(s.streak)
	}
	return seen, missed
}

// lost returns the missing posts that the provider has read lately, and whether they are many. The database is asked
// only if they may be, or if strict is set and one is enough.
func (s *sightings) lost(ctx context.Context, externalIDs []string, batch Batch, missed missing, strict bool, now time.Time) (lost []string, many bool, err error) {
	mayBeMany := len(missed.fresh)+len(missed.streak)+len(missed.doubted) >= vanishedMin
	switch {
	case len(missed.fresh) == 0 && len(batch.Readings) == 0:
		return nil, mayBeMany, nil
	case !mayBeMany && (!strict || len(missed.fresh) == 0):
		return nil, false, nil
	}
	ctx, cancel := context.WithTimeout(ctx, questionTimeout)
	defer cancel()
	reads, err := s.recorder.LastReads(ctx, s.provider, s.platform, slices.Concat(externalIDs, missed.streak))
	if err != nil {
		return nil, false, err
	}
	isKnown := func(id string) bool { at, read := reads[id]; return read && now.Sub(at) <= s.life }
	for _, id := range slices.Concat(missed.fresh, missed.streak) {
		if isKnown(id) {
			lost = append(lost, id)
		}
	}
	found := 0
	for _, id := range externalIDs {
		if _, read := batch.Readings[id]; read && isKnown(id) {
			found++
		}
	}
	gone := len(lost) + len(missed.doubted)
	return lost, gone >= vanishedMin && gone >= found, nil
}

// settle keeps which of the missing posts are in doubt from now on: the lost ones, and those that were, if stays is
// set. The provider's word counts on the others.
func (s *sightings) settle(batch Batch, seen *sight, missed missing, lost []string, stays bool, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.prune(now)
	isLost := func(id string) bool { return slices.Contains(lost, id) }
	for _, id := range missed.fresh {
		s.believedFrom[id] = now
	}
	for _, id := range lost {
		s.believedFrom[id] = now.Add(doubtLife)
	}
	makeUnreadable(batch, lost)
	for _, id := range missed.doubted {
		if !stays {
			s.believedFrom[id] = now
		}
	}
	if stays {
		makeUnreadable(batch, missed.doubted)
	}
	seen.doubted = len(lost) > 0 || stays && len(missed.doubted) > 0
	s.streak = slices.DeleteFunc(s.streak, isLost)
	if seen.read == 0 && len(s.streak) < streakMax {
		s.streak = append(s.streak, slices.DeleteFunc(missed.fresh, isLost)...)
	}
}

// prune forgets posts about which the provider's word has counted for so long that it counts without the memory too.
func (s *sightings) prune(now time.Time) {
	if len(s.believedFrom) <= missesMax {
		return
	}
	for id, from := range s.believedFrom {
		if now.Sub(from) > s.life {
			delete(s.believedFrom, id)
		}
	}
	if len(s.believedFrom) > missesMax {
		clear(s.believedFrom)
	}
}

// makeUnreadable takes back what an answer says about posts that it misses.
func makeUnreadable(batch Batch, externalIDs []string) {
	for _, id := range externalIDs {
		if batch.saysGone(id) {
			batch.Missing[id] = views.Unreadable
		}
	}
}

// saysGone reports whether the provider claims that a post does not exist or is not public.
func (b Batch) saysGone(id string) bool {
	_, read := b.Readings[id]
	return !read && b.missing(id) != views.Unreadable
}
