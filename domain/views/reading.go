// Package views has the rules for view counts: what a reading contains, when the next one is due,
// and which readings are implausible.
package views

import (
	"time"

	"github.com/creditroll/creditroll/domain/clip"
)

// Reading is what a provider reported for one clip at one time. Counts are cumulative. If a provider
// has no data on a clip, there is no Reading, and never one with zeros.
type Reading struct {
	Platform   clip.Platform `json:"platform"`
	ExternalID string        `json:"external_id"`
	// AuthorID is the author's id on the platform: the YouTube channel id, otherwise the
	// lower-case handle without @. It is personal data, so payloads leave it out.
	AuthorID string `json:"-"`
	// OtherAuthors are the ids of the other authors of a post that several have published together.
	OtherAuthors []string `json:"-"`
	// Caption is the text of the post. A code in it proves the channel of AuthorID. It is personal data too.
	Caption     string    `json:"-"`
	PublishedAt time.Time `json:"published_at"`
	Views       int64     `json:"views"`
	// DiffersBy is how many views fewer the same answer reports for the clip in another place.
	DiffersBy  int64     `json:"differs_by,omitempty"`
	Likes      int64     `json:"likes"`
	Comments   int64     `json:"comments"`
	Shares     int64     `json:"shares"`
	ObservedAt time.Time `json:"observed_at"`
}
