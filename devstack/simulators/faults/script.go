package faults

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Answer writes the refusal, server error or rate limit of a rule in the
// provider's own format. It is not called for a rule with a Body.
type Answer func(w http.ResponseWriter, r *http.Request, rule Rule)

// Script is a list of rules in order. It is safe for concurrent use.
type Script struct {
	answer Answer
	inside []Action

	mu      sync.Mutex
	rules   []*scripted
	counter int
}

type scripted struct {
	Rule
	release chan struct{}
}

// NewScript returns an empty script; a nil answer writes a plain JSON error.
// Rules with one of the inside actions are always left to the handler.
func NewScript(answer Answer, inside ...Action) *Script {
	if answer == nil {
		answer = plainAnswer
	}
	return &Script{answer: answer, inside: inside}
}

// Add appends a rule and returns it with its id; a rule that makes no sense is an error.
func (s *Script) Add(rule Rule) (Rule, error) {
	if err := rule.check(); err != nil {
		return Rule{}, fmt.Errorf("fault rule: %w", err)
	}

	rule.Inside = rule.Inside || slices.Contains(s.inside, rule.Action)

	s.mu.Lock()
	defer s.mu.Unlock()
	s.counter++
	if rule.ID == "" {
		rule.ID = "fault_" + strconv.Itoa(s.counter)
	}
	rule.Seen, rule.Fired = 0, 0
	s.rules = append(s.rules, &scripted{Rule: rule, release: make(chan struct{})})
	return rule, nil
}

// Rules returns the rules in order, with their counts.
func (s *Script) Rules() []Rule {
	s.mu.Lock()
	defer s.mu.Unlock()
	rules := make([]Rule, 0, len(s.rules))
	for _, rule := range s.rules {
		rules = append(rules, rule.Rule)
	}
	return rules
}

// Remove deletes the rule with this id, or every rule when id is empty, and
// releases what they hold. It returns how many were deleted.
func (s *Script) Remove(id string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := s.rules[:0:0]
	for _, rule := range s.rules {
		if id != "" && rule.ID != id {
			kept = append(kept, rule)
			continue
		}
		close(rule.release)
	}
	removed := len(s.rules) - len(kept)
	s.rules = kept
	return removed
}

// Release releases every request that the rule with this id holds, or that any
// rule holds when id is empty. The rules still apply to later requests.
func (s *Script) Release(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, rule := range s.rules {
		if id == "" || rule.ID == id {
			close(rule.release)
			rule.release = make(chan struct{})
		}
	}
}

// firing is a rule that applies to a request, as it was at that moment.
type firing struct {
	Rule
	release <-chan struct{}
}

// match counts the request at every rule that it matches, and returns the first that is due.
func (s *Script) match(r *http.Request, body string) (firing, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var matched firing
	found := false
	for _, rule := range s.rules {
		if !rule.matches(r.Method, r.URL.Path, r.URL.RawQuery, body) {
			continue
		}
		rule.Seen++
		if found || !rule.due() {
			continue
		}
		rule.Fired++
		matched, found = firing{Rule: rule.Rule, release: rule.release}, true
	}
	return matched, found
}

// wait holds until the rule is released or its duration is over. It returns false if the caller
// disconnects first.
func (f firing) wait(ctx context.Context) bool {
	var over <-chan time.Time
	if f.DurationMs > 0 {
		timer := time.NewTimer(f.hold())
		defer timer.Stop()
		over = timer.C
	}
	select {
	case <-f.release:
		return true
	case <-over:
		return true
	case <-ctx.Done():
		return false
	}
}

type insideKey struct{}

// Inside returns the rule that the middleware leaves to the handler of this request.
func Inside(ctx context.Context) (Rule, bool) {
	inside, ok := ctx.Value(insideKey{}).(firing)
	return inside.Rule, ok
}

// Hold waits as long as a hang or delay from Inside says. It returns false if the caller
// disconnects first.
func Hold(ctx context.Context) bool {
	inside, ok := ctx.Value(insideKey{}).(firing)
	return !ok || inside.wait(ctx)
}
