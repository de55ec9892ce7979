package brightdata

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/providers"
)

// readRows matches the records of an answer to the requested clips. It also returns the number of records, because each
// is billed.
func readRows(set dataset, platform clip.Platform, body []byte, externalIDs []string, now time.Time) (providers.Batch, int, error) {
	rows, err := listOf(body)
	if err != nil {
		return providers.Batch{}, 0, err
	}
	answers := providers.NewAnswers(externalIDs, views.Unreadable)
	for _, raw := range rows {
		row, err := set.read(raw)
		if err != nil {
			continue
		}
		id := row.id(platform)
		reading, reason := row.reading(platform, id, now)
		if reason != "" {
			answers.Miss(id, reason)
			continue
		}
		answers.Read(reading)
	}
	return answers.Batch(), len(rows), nil
}

// listOf returns the records of an answer.
func listOf(body []byte) ([]json.RawMessage, error) {
	var rows []json.RawMessage
	if err := providers.Decode(body, &rows); err != nil {
		return nil, providers.Garbage(name, err)
	}
	if rows == nil {
		return nil, providers.Garbage(name, errors.New("the answer is not a list"))
	}
	return rows, nil
}

// id returns the clip's external id, from the record itself or from an address in it.
func (s scraped) id(platform clip.Platform) string {
	if s.externalID != "" {
		return s.externalID
	}
	for _, address := range []string{s.URL, s.Input.URL} {
		ref, err := clip.Canonicalize(address)
		if err == nil && ref.Platform == platform && ref.ExternalID != "" {
			return ref.ExternalID
		}
	}
	return ""
}

// reading returns the record's reading, or the reason why it has none. It is dated when Bright Data has read the post;
// a time that lies ahead of ours is ours.
func (s scraped) reading(platform clip.Platform, id string, now time.Time) (reading views.Reading, reason string) {
	if s.Error != "" || s.ErrorCode != "" {
		return views.Reading{}, s.missing()
	}
	counts, err := s.counts.Parse()
	if errors.Is(err, providers.ErrNoViews) && s.author != "" && !s.publishedAt.IsZero() {
		return views.Reading{}, string(s.uncounted) // the record is whole, so the platform shows no count
	}
	if err != nil || s.author == "" || s.publishedAt.IsZero() {
		return views.Reading{}, views.Unreadable
	}
	observedAt := now
	if at := s.at(); !at.IsZero() && at.Before(now) {
		observedAt = at
	}
	return views.Reading{
		Platform: platform, ExternalID: id,
		AuthorID: s.author, OtherAuthors: s.coauthors, Caption: s.caption, PublishedAt: s.publishedAt.UTC(),
		Views: counts.Views, Likes: counts.Likes, Comments: counts.Comments, Shares: counts.Shares,
		ObservedAt: observedAt.UTC(),
	}, ""
}

// missing is "not_found" only when Bright Data reports a dead page, which is the platform's answer 404. Every other
// error may go away by the next attempt.
func (h header) missing() string {
	if h.ErrorCode == "dead_page" {
		return views.NotFound
	}
	return views.Unreadable
}
