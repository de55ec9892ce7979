// Package views holds the rules about counts of views: what one reading says, when the
// next one is due, and which readings cannot be believed.
package views

import (
	"time"

	"github.com/creditroll/creditroll/domain/clip"
)

// Reading is what a provider said of one clip at one moment. Counts are cumulative.
// A clip about which a provider says nothing has no Reading at all, never a zero one.
type Reading struct {
	Platform   clip.Platform `json:"platform"`
	ExternalID string        `json:"external_id"`
	// AuthorID is the author's id on the platform: YouTube channel id, otherwise the
	// lower-case handle without @. Personal data: it stays out of workflow payloads.
	AuthorID    string    `json:"-"`
	PublishedAt time.Time `json:"published_at"`
	Views       int64     `json:"views"`
	Likes       int64     `json:"likes"`
	Comments    int64     `json:"comments"`
	Shares      int64     `json:"shares"`
	ObservedAt  time.Time `json:"observed_at"`
}
