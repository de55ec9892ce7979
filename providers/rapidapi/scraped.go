package rapidapi

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/providers"
)

// scraped is one post in the form that the APIs share.
type scraped struct {
	id          string
	author      string
	coauthors   []string
	caption     string
	publishedAt time.Time
	counts      providers.Counts
	// uncounted is the kind of the post if it has no count of views.
	uncounted clip.Counterless
}

// reading returns the reading of a post, or the reason why it has none. The id is set even then, so that the reason
// of one post is not taken for that of another.
func (s scraped) reading() (reading views.Reading, reason string, err error) {
	reading = views.Reading{ExternalID: s.id}
	if s.id == "" || s.author == "" || s.publishedAt.IsZero() {
		return reading, views.Unreadable, nil
	}
	counts, err := s.counts.Parse()
	switch {
	case errors.Is(err, providers.ErrNoViews):
		return reading, string(s.uncounted), nil // the post is whole, so the platform shows no count
	case err != nil:
		return reading, views.Unreadable, nil
	}
	reading.AuthorID, reading.Caption, reading.PublishedAt = handle(s.author), s.caption, s.publishedAt.UTC()
	for _, each := range s.coauthors {
		reading.OtherAuthors = append(reading.OtherAuthors, handle(each))
	}
	reading.Views, reading.Likes, reading.Comments, reading.Shares = counts.Views, counts.Likes, counts.Comments, counts.Shares
	return reading, "", nil
}

// handle returns a user name in the form of clip.ParseChannelID.
func handle(written string) string { return strings.ToLower(strings.TrimPrefix(written, "@")) }

// unixTime reads a time in unix seconds. It is zero if there is none, or one that makes no sense.
func unixTime(raw json.RawMessage) time.Time {
	seconds, present, err := providers.ParseCount(raw)
	if err != nil || !present || seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0)
}
