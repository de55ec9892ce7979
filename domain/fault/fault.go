// Package fault classifies failures, so that every layer decides by kind and never by message
// text. A kind is preserved through Temporal (activities/failure.go) and HTTP (api/problem.go).
package fault

import (
	"errors"
	"fmt"
	"time"
)

// Kind determines what a caller can do about a failure.
type Kind string

const (
	// Invalid: the input is wrong, and the same call never succeeds.
	Invalid Kind = "invalid"
	// NotFound: the record does not exist, or the caller may not know that it exists.
	NotFound Kind = "not_found"
	// Conflict: the input is valid, but the current state does not allow it.
	Conflict Kind = "conflict"
	// Denied: the caller, or the account concerned, does not have the right.
	Denied Kind = "denied"
	// RateLimited: nothing happened; try again after RetryAfter.
	RateLimited Kind = "rate_limited"
	// Unavailable: nothing happened; try again later.
	Unavailable Kind = "unavailable"
	// UnknownOutcome: the effect may or may not have happened; check before trying again.
	UnknownOutcome Kind = "unknown_outcome"
	// Internal: a defect or an unclassified error. Users do not see its details.
	Internal Kind = "internal"
)

// Error is a classified failure. Code is stable and in snake_case, for machines. Message describes
// the problem and what to do next, for people. Message has no personal data.
type Error struct {
	Kind    Kind
	Code    string
	Message string
	// Meaning is the common meaning of codes that differ between adapters; rail.Meaning lists
	// the meanings of payment rails. It is empty for other codes.
	Meaning string
	// Field is the input at fault in dotted form ("terms.budget_minor"), or empty.
	Field string
	// RetryAfter is how long to wait before the next try. Zero leaves it to the caller.
	RetryAfter time.Duration
	// Remark is what an outside service said, if it caused the failure.
	Remark Remark
	Cause  error
}

// Error returns the message and the cause, for the log.
func (e *Error) Error() string {
	if e.Cause == nil {
		return e.Message
	}
	return e.Message + ": " + e.Cause.Error()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// New returns an Error of a kind with a stable code and a message for a person.
func New(kind Kind, code, format string, args ...any) *Error {
	return &Error{Kind: kind, Code: code, Message: fmt.Sprintf(format, args...)}
}

// Field returns an Invalid error about one input field.
func Field(field, code, format string, args ...any) *Error {
	return &Error{Kind: Invalid, Code: code, Field: field, Message: fmt.Sprintf(format, args...)}
}

// Because returns a copy of e that carries cause.
func (e *Error) Because(cause error) *Error {
	withCause := *e
	withCause.Cause = cause
	return &withCause
}

// After returns a copy of e with RetryAfter d.
func (e *Error) After(d time.Duration) *Error {
	later := *e
	later.RetryAfter = d
	return &later
}

// As returns the first Error in err's chain, or false if there is none.
func As(err error) (*Error, bool) {
	var found *Error
	ok := errors.As(err, &found)
	return found, ok
}

// KindOf returns the kind of err: empty for nil, Internal for an unclassified error.
func KindOf(err error) Kind {
	if err == nil {
		return ""
	}
	if found, ok := As(err); ok {
		return found.Kind
	}
	return Internal
}

// CodeOf returns the code of err, or "" if it has none.
func CodeOf(err error) string {
	if found, ok := As(err); ok {
		return found.Code
	}
	return ""
}

// Is reports whether err is of a kind.
func Is(err error, kind Kind) bool { return err != nil && KindOf(err) == kind }
