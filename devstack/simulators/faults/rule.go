package faults

import (
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"
)

// Action says what a rule does to a request.
type Action string

// The actions of rules; doc.go describes when each one is played.
const (
	Refuse      Action = "refuse"
	ServerError Action = "5xx"
	RateLimit   Action = "rate_limit"
	ResetBefore Action = "reset_before"
	ResetAfter  Action = "reset_after"
	Hang        Action = "hang"
	Delay       Action = "delay"
	Garbage     Action = "garbage"
)

var actions = []Action{Refuse, ServerError, RateLimit, ResetBefore, ResetAfter, Hang, Delay, Garbage}

// Forever as a rule's Count keeps it in force until it is removed.
const Forever = -1

// Rule is one scripted fault: which requests it applies to, when, and what it does.
type Rule struct {
	ID string `json:"id"`

	// Method matches any method when empty.
	Method string `json:"method,omitempty"`
	// Path is a path.Match pattern ("/v1/transfers/*"); a trailing "/**" matches
	// everything below, and empty matches every path.
	Path string `json:"path,omitempty"`
	// Contains must appear in the raw query or the body; empty matches all.
	Contains string `json:"contains,omitempty"`
	// Nth is the first matching request that the rule applies to, from 1 (0 means 1).
	Nth int `json:"nth,omitempty"`
	// Count is how many requests from there it applies to (0 means 1, Forever has no end).
	Count int `json:"count,omitempty"`

	Action Action `json:"action"`
	// AfterEffect lets the handler run first and spoils only its answer.
	AfterEffect bool `json:"after_effect,omitempty"`
	// Inside leaves the rule to the handler, which gets it from Inside(ctx).
	Inside bool `json:"inside,omitempty"`

	Status            int               `json:"status,omitempty"`
	Type              string            `json:"type,omitempty"`
	Code              string            `json:"code,omitempty"`
	Message           string            `json:"message,omitempty"`
	Headers           map[string]string `json:"headers,omitempty"`
	Body              string            `json:"body,omitempty"`
	RetryAfterSeconds int               `json:"retry_after_seconds,omitempty"`
	DurationMs        int64             `json:"duration_ms,omitempty"`

	// Seen counts the matching requests so far, and Fired those that the rule applied to.
	Seen  int `json:"seen"`
	Fired int `json:"fired"`
}

// AnswerStatus is the HTTP status of the rule's answer, or the default of its action.
func (r Rule) AnswerStatus() int {
	switch {
	case r.Status != 0:
		return r.Status
	case r.Action == RateLimit:
		return http.StatusTooManyRequests
	case r.Action == ServerError:
		return http.StatusInternalServerError
	case r.Action == Garbage:
		return http.StatusOK
	default:
		return http.StatusBadRequest
	}
}

func (r Rule) check() error {
	if !slices.Contains(actions, r.Action) {
		return fmt.Errorf("action %q is not one of %v", r.Action, actions)
	}
	if _, err := path.Match(r.Path, ""); err != nil {
		return fmt.Errorf("path %q: %w", r.Path, err)
	}
	if r.Action == Delay && r.DurationMs <= 0 {
		return fmt.Errorf("a delay needs duration_ms")
	}
	if r.Status != 0 && (r.Status < 200 || r.Status > 599) {
		return fmt.Errorf("status %d is not between 200 and 599", r.Status)
	}
	return nil
}

func (r Rule) matches(method, urlPath, query, body string) bool {
	if r.Method != "" && !strings.EqualFold(r.Method, method) {
		return false
	}
	if r.Contains != "" && !strings.Contains(query, r.Contains) && !strings.Contains(body, r.Contains) {
		return false
	}
	return matchPath(r.Path, urlPath)
}

func matchPath(pattern, urlPath string) bool {
	if pattern == "" {
		return true
	}
	if prefix, below := strings.CutSuffix(pattern, "/**"); below {
		return strings.HasPrefix(urlPath, prefix+"/")
	}
	ok, _ := path.Match(pattern, urlPath)
	return ok
}

// due reports whether the rule applies to the request that Seen has just counted.
func (r Rule) due() bool {
	first := max(r.Nth, 1)
	if r.Seen < first {
		return false
	}
	return r.Count == Forever || r.Fired < max(r.Count, 1)
}

func (r Rule) hold() time.Duration { return time.Duration(r.DurationMs) * time.Millisecond }
