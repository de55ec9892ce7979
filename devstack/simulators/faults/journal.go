package faults

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"sync"
	"time"
)

// maxJournalEntries bounds the memory of a simulator that runs for long. Above it
// the oldest tenth is dropped and counted; sequence numbers never change.
const maxJournalEntries = 500_000

// Kinds of the lines the middleware writes; effects have kinds of their own, such as "transfer.applied".
const (
	KindRequest = "request"
	KindAnswer  = "answer"
)

// Entry is one line of the journal. Seq and At are set by Append.
type Entry struct {
	Seq  int64     `json:"seq"`
	At   time.Time `json:"at"`
	Kind string    `json:"kind"`

	// Method, Path and Fault belong to requests; Request and Status to answers
	// (status 0: the connection was cut).
	Method  string `json:"method,omitempty"`
	Path    string `json:"path,omitempty"`
	Fault   Action `json:"fault,omitempty"`
	Request int64  `json:"request,omitempty"`
	Status  int    `json:"status,omitempty"`

	ObjectID       string            `json:"object_id,omitempty"`
	AmountMinor    int64             `json:"amount_minor,omitempty"`
	Currency       string            `json:"currency,omitempty"`
	Account        string            `json:"account,omitempty"`
	Metadata       map[string]string `json:"metadata,omitempty"`
	IdempotencyKey string            `json:"idempotency_key,omitempty"`
	Details        map[string]any    `json:"details,omitempty"`
}

// Journal is an append-only list of the requests to a simulator and of their effects.
// It is safe for concurrent use. Append and Entries accept a nil
// journal, which keeps nothing.
type Journal struct {
	now func() time.Time

	mu      sync.Mutex
	entries []Entry
	// counts has the number of lines of each kind, those included that were dropped.
	counts  map[string]int
	last    int64
	dropped int64
	grown   chan struct{}
}

// NewJournal returns an empty journal that dates its lines with now.
func NewJournal(now func() time.Time) *Journal {
	return &Journal{now: now, counts: map[string]int{}, grown: make(chan struct{})}
}

// Append adds a line and returns it with its sequence number (from 1, without gaps) and time.
func (j *Journal) Append(entry Entry) Entry {
	if j == nil {
		return entry
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.last++
	entry.Seq, entry.At = j.last, j.now().UTC()
	j.entries = append(j.entries, entry)
	j.counts[entry.Kind]++
	if len(j.entries) > maxJournalEntries {
		cut := maxJournalEntries / 10
		j.entries = append([]Entry(nil), j.entries[cut:]...)
		j.dropped += int64(cut)
	}
	close(j.grown)
	j.grown = make(chan struct{})
	return entry
}

// Entries returns the lines numbered above after, in order; kinds, when given, keeps only those.
func (j *Journal) Entries(after int64, kinds ...string) []Entry {
	if j == nil {
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.selectLocked(after, kinds)
}

// Count returns how many lines of a kind were written, those included that Entries dropped since the last
// Replace. Replace forgets those that were dropped before it.
func (j *Journal) Count(kind string) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.counts[kind]
}

func (j *Journal) selectLocked(after int64, kinds []string) []Entry {
	selected := []Entry{}
	start, _ := slices.BinarySearchFunc(j.entries, after+1, func(e Entry, seq int64) int { return cmp.Compare(e.Seq, seq) })
	for _, entry := range j.entries[start:] {
		if len(kinds) == 0 || slices.Contains(kinds, entry.Kind) {
			selected = append(selected, entry)
		}
	}
	return selected
}

// Wait returns the first line above after that the condition accepts, as soon as it is written.
func (j *Journal) Wait(ctx context.Context, after int64, accept func(Entry) bool) (Entry, error) {
	for {
		j.mu.Lock()
		entries, grown := j.selectLocked(after, nil), j.grown
		j.mu.Unlock()
		for _, entry := range entries {
			after = entry.Seq
			if accept(entry) {
				return entry, nil
			}
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return Entry{}, ctx.Err()
		}
	}
}

// Effects returns all lines but those of requests and answers. A simulator keeps them across a
// restart.
func (j *Journal) Effects() []Entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	effects := []Entry{}
	for _, entry := range j.entries {
		if entry.Kind != KindRequest && entry.Kind != KindAnswer {
			effects = append(effects, entry)
		}
	}
	return effects
}

// Replace replaces the whole content, for a simulator that is reset or restored
// from a file. There may be gaps in the numbers of the entries. The next line has
// the number after the last.
func (j *Journal) Replace(entries []Entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries = append([]Entry(nil), entries...)
	j.last, j.dropped, j.counts = 0, 0, map[string]int{}
	for _, entry := range entries {
		j.counts[entry.Kind]++
	}
	if len(entries) > 0 {
		j.last = entries[len(entries)-1].Seq
	}
}

func (j *Journal) request(r *http.Request, fault Action) int64 {
	return j.Append(Entry{
		Kind: KindRequest, Method: r.Method, Path: r.URL.Path, Fault: fault,
		IdempotencyKey: r.Header.Get("Idempotency-Key"), Account: r.Header.Get("Stripe-Account"),
	}).Seq
}

func (j *Journal) answer(request int64, status int) {
	j.Append(Entry{Kind: KindAnswer, Request: request, Status: status})
}
