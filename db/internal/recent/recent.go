// Package recent caches immutable facts of the database in memory.
package recent

import "sync"

// Facts is a cache of immutable facts in two generations. A fact that is used stays in it. A
// fact that is not used is dropped with its generation, so the cache of a long-lived worker
// stays small. It is safe for concurrent use.
type Facts[Key comparable, Fact any] struct {
	generationMax int

	mu       sync.Mutex
	recent   map[Key]Fact
	previous map[Key]Fact
}

// New returns an empty cache of at most two generations of generationMax facts.
func New[Key comparable, Fact any](generationMax int) *Facts[Key, Fact] {
	return &Facts[Key, Fact]{generationMax: generationMax, recent: map[Key]Fact{}}
}

// Get returns the fact of a key, or false if the cache does not have it.
func (r *Facts[Key, Fact]) Get(key Key) (Fact, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if fact, ok := r.recent[key]; ok {
		return fact, true
	}
	fact, ok := r.previous[key]
	if ok {
		r.addLocked(key, fact)
	}
	return fact, ok
}

// Add stores the fact of a key.
func (r *Facts[Key, Fact]) Add(key Key, fact Fact) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.addLocked(key, fact)
}

func (r *Facts[Key, Fact]) addLocked(key Key, fact Fact) {
	if len(r.recent) >= r.generationMax {
		r.previous, r.recent = r.recent, map[Key]Fact{}
	}
	r.recent[key] = fact
}
