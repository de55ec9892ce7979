package recent

import "sync"

// Facts keeps immutable facts of the database in two generations, so that what was
// used lately is never forgotten and a long-lived worker, which sees everybody once, does
// not remember them all.
type Facts[Key comparable, Fact any] struct {
	generationMax int

	mu       sync.Mutex
	recent   map[Key]Fact
	previous map[Key]Fact
}

func New[Key comparable, Fact any](generationMax int) *Facts[Key, Fact] {
	return &Facts[Key, Fact]{generationMax: generationMax, recent: map[Key]Fact{}}
}

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
