// Package catalog is the common part of the simulators of view providers: a list of clips whose
// counts follow curves on the simulator's own clock, the control API for both, and the server.
// A simulator adds only its provider's wire format.
//
// The control API, below /_sim:
//
//	GET    /_sim/clips                            every clip with its counts now
//	PUT    /_sim/clips                            add or replace one clip (see Clip)
//	DELETE /_sim/clips/{platform}/{external_id}   the clip's author deletes it
//	PUT    /_sim/profiles                         add or change a profile (see Profile)
//	DELETE /_sim/profiles/{platform}/{author_id}  the author leaves the platform
//	GET    /_sim/clock                            {"now": …, "factor": …}
//	POST   /_sim/clock                            {"advance_seconds": …, "factor": …}, both optional
//
// and the faults and the journal of package faults.
package catalog

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/creditroll/creditroll/devstack/simulators/curves"
)

// Clip is one post on a simulated platform.
type Clip struct {
	Platform   string `json:"platform"`
	ExternalID string `json:"external_id"`
	// AuthorID is a channel id on YouTube, and a handle without @ on other platforms.
	AuthorID string `json:"author_id"`
	// CoAuthors have published the post together with its author.
	CoAuthors []string `json:"co_authors,omitempty"`
	// Caption is the text of the post; empty is a text without meaning.
	Caption     string      `json:"caption,omitempty"`
	PublishedAt time.Time   `json:"published_at"`
	Curve       curves.Spec `json:"curve"`
	// Kind is empty for a public video with a counter. Otherwise the clip is shown without its count of
	// views, or marked, in the way of its platform.
	Kind string `json:"kind,omitempty"`
}

// The kinds of a clip. A platform that has no such clips shows one without its count of views.
const (
	ViewsHidden   = "views_hidden"
	Photo         = "photo"
	Carousel      = "carousel"
	Premiere      = "premiere"
	MembersOnly   = "members_only"
	Unlisted      = "unlisted"
	RegionBlocked = "region_blocked"
	Restricted    = "restricted"
)

var kinds = []string{ViewsHidden, Photo, Carousel, Premiere, MembersOnly, Unlisted, RegionBlocked, Restricted}

// Shown is a clip with the counts its platform shows at the moment.
type Shown struct {
	Clip
	Counts curves.Counts `json:"counts"`
}

// Catalog holds the clips of one simulator. It is safe for concurrent use.
type Catalog struct {
	clock      *Clock
	platforms  []string
	recordings curves.Recordings
	anyClip    bool
	births     *Births

	mu       sync.Mutex
	clips    map[key]entry
	profiles map[key]profileEntry
}

type key struct{ platform, externalID string }

type entry struct {
	clip    Clip
	curve   curves.Curve
	deleted bool
}

var (
	externalIDForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
	authorIDForm   = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)
)

func newCatalog(clock *Clock, options Options, platforms []string) *Catalog {
	births := options.Births
	if births == nil {
		births = &Births{}
	}
	return &Catalog{
		clock: clock, platforms: platforms, recordings: options.Recordings, anyClip: options.AnyClip, births: births,
		clips: map[key]entry{}, profiles: map[key]profileEntry{},
	}
}

// Shows reports whether the simulator stands for this platform.
func (c *Catalog) Shows(platform string) bool { return slices.Contains(c.platforms, platform) }

// Put adds the clip, or replaces the one with its platform and id even if that was deleted. The
// error names the field to correct.
func (c *Catalog) Put(clip Clip) error {
	switch {
	case !c.Shows(clip.Platform):
		return fmt.Errorf("platform %q: use one of %s", clip.Platform, strings.Join(c.platforms, ", "))
	case !externalIDForm.MatchString(clip.ExternalID):
		return errors.New("external_id: use 1 to 64 letters, digits, _ and -")
	case !authorIDForm.MatchString(clip.AuthorID):
		return errors.New("author_id: use 1 to 64 letters, digits, dots, _ and -, without @")
	case clip.PublishedAt.IsZero():
		return errors.New("published_at: is missing")
	case clip.Kind != "" && !slices.Contains(kinds, clip.Kind):
		return fmt.Errorf("kind %q: leave it out, or use one of %s", clip.Kind, strings.Join(kinds, ", "))
	}
	curve, err := clip.Curve.Build(c.recordings)
	if err != nil {
		return fmt.Errorf("curve.%w", err)
	}

	c.mu.Lock()
	defer c.mu.Unlock()
	c.clips[key{clip.Platform, clip.ExternalID}] = entry{clip: clip, curve: curve}
	return nil
}

// Delete removes a clip from its platform, and prevents AnyClip from making a new one with its
// id. It reports whether there was such a clip.
func (c *Catalog) Delete(platform, externalID string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := key{platform, externalID}
	found, ok := c.clips[at]
	if !ok || found.deleted {
		return false
	}
	found.deleted = true
	c.clips[at] = found
	return true
}

// Show returns what the platform shows of a clip now. It returns false if the platform shows
// nothing, because the clip is unknown, deleted, or not published yet.
func (c *Catalog) Show(platform, externalID string) (Shown, bool) {
	now := c.clock.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	found, ok := c.clips[key{platform, externalID}]
	if !ok {
		if !c.anyClip || !externalIDForm.MatchString(externalID) {
			return Shown{}, false
		}
		found = generate(platform, externalID, c.births.of(platform, externalID, now))
		c.clips[key{platform, externalID}] = found
	}
	shown := found.at(now)
	return shown, !shown.Counts.Deleted && !now.Before(shown.PublishedAt)
}

// generate makes a clip.
func generate(platform, externalID string, publishedAt time.Time) entry {
	curve := curves.Generated(platform, externalID)
	return entry{curve: curve, clip: Clip{
		Platform: platform, ExternalID: externalID,
		AuthorID: generatedAuthor(platform, curve.Seed), PublishedAt: publishedAt,
		Curve: curves.Spec{Parametric: &curve},
	}}
}

// generatedAuthor returns an author's id in the form of the platform.
func generatedAuthor(platform string, seed uint64) string {
	if platform == "youtube" {
		return fmt.Sprintf("UC%022x", seed)
	}
	return fmt.Sprintf("author_%x", seed)
}

// List returns every clip, including deleted ones, by platform and id.
func (c *Catalog) List() []Shown {
	now := c.clock.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	list := make([]Shown, 0, len(c.clips))
	for _, found := range c.clips {
		list = append(list, found.at(now))
	}
	slices.SortFunc(list, func(a, b Shown) int {
		return cmp.Or(cmp.Compare(a.Platform, b.Platform), cmp.Compare(a.ExternalID, b.ExternalID))
	})
	return list
}

func (e entry) at(now time.Time) Shown {
	if e.deleted {
		return Shown{Clip: e.clip, Counts: curves.Counts{Deleted: true}}
	}
	return Shown{Clip: e.clip, Counts: e.curve.At(now.Sub(e.clip.PublishedAt))}
}
