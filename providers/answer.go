package providers

import (
	"bytes"
	"encoding/json"
	"slices"

	"github.com/creditroll/creditroll/domain/views"
)

var byteOrderMark = []byte("\ufeff")

// Decode reads a JSON answer, which may begin with a byte order mark.
func Decode(body []byte, into any) error {
	return json.Unmarshal(bytes.TrimPrefix(body, byteOrderMark), into)
}

// Answers collects what one answer reports about the clips that it was asked for. What it reports about other
// clips is dropped. An answer may name a clip more than once:
//
//	a reading and a reason        the reading: the reason is of another try
//	readings of the same author   the one with the most views, and by how much they differ: counts only grow, and
//	                              incomplete copies have less
//	readings of other authors     none: one of them is a copy, and the answer does not say which
//	different reasons             none is believed
type Answers struct {
	silence   string
	doubted   bool
	asked     map[string]bool
	readings  map[string]views.Reading
	contested map[string]bool
	missing   map[string]string
}

// NewAnswers returns Answers for these clips. silence is the reason for a clip that the answer leaves out.
func NewAnswers(externalIDs []string, silence string) *Answers {
	a := &Answers{silence: silence, asked: map[string]bool{}, readings: map[string]views.Reading{}, contested: map[string]bool{}, missing: map[string]string{}}
	for _, id := range externalIDs {
		a.asked[id] = true
	}
	return a
}

// Read adds a reading.
func (a *Answers) Read(reading views.Reading) {
	id := reading.ExternalID
	if !a.asked[id] {
		return
	}
	before, again := a.readings[id]
	switch {
	case again && !shareAuthor(before, reading):
		a.contested[id] = true
	case !again:
		a.readings[id] = reading
	default:
		a.readings[id] = highest(before, reading)
	}
}

// highest returns the reading with more views, with the widest difference to the others.
func highest(one, other views.Reading) views.Reading {
	if other.Views > one.Views {
		one, other = other, one
	}
	one.DiffersBy = max(one.DiffersBy, one.Views-other.Views+other.DiffersBy)
	return one
}

// shareAuthor reports whether two readings can be of one post, which several authors may have published together.
func shareAuthor(one, other views.Reading) bool {
	authors := append([]string{one.AuthorID}, one.OtherAuthors...)
	return slices.Contains(authors, other.AuthorID) ||
		slices.ContainsFunc(other.OtherAuthors, func(author string) bool { return slices.Contains(authors, author) })
}

// Miss adds the reason why a clip has no reading.
func (a *Answers) Miss(externalID, reason string) {
	if !a.asked[externalID] {
		return
	}
	if before, again := a.missing[externalID]; again && before != reason {
		reason = views.Unreadable
	}
	a.missing[externalID] = reason
}

// Doubt notes an item that may be about any of the clips that seem to be left out. Each of them may exist.
func (a *Answers) Doubt() { a.doubted = true }

// Batch returns a reading or a reason for every clip.
func (a *Answers) Batch() Batch {
	batch := Batch{Readings: map[string]views.Reading{}, Missing: map[string]string{}}
	for id := range a.asked {
		reading, read := a.readings[id]
		reason, missing := a.missing[id]
		switch {
		case a.contested[id]:
			batch.Missing[id] = views.Unreadable
		case read:
			batch.Readings[id] = reading
		case missing:
			batch.Missing[id] = reason
		case a.doubted:
			batch.Missing[id] = views.Unreadable
		default:
			batch.Missing[id] = a.silence
		}
	}
	return batch
}
