// Package fault names the ways in which work can be refused or fail, so that every
// layer decides by kind instead of by message text. A kind survives the trip through
// Temporal (activities/failure.go) and HTTP (api/problem.go).
package fault

import (
	"errors"
	"fmt"
	"time"
)

// Kind says what a caller may do about a failure.
type Kind string

const (
	// Invalid: the input is wrong; the same call can never succeed.
	Invalid Kind = "invalid"
	// NotFound: the thing named does not exist, or the caller may not know that it does.
	NotFound Kind = "not_found"
	// Conflict: the input is fine but the present state forbids it.
	Conflict Kind = "conflict"
	// Denied: the caller, or the account concerned, has no right to this.
	Denied Kind = "denied"
	// RateLimited: nothing happened; try again after RetryAfter.
	RateLimited Kind = "rate_limited"
	// Unavailable: nothing happened; try again later.
	Unavailable Kind = "unavailable"
	// UnknownOutcome: the effect may or may not have happened; look before acting again.
	UnknownOutcome Kind = "unknown_outcome"
	// Internal: a defect or an error nobody classified; users see no details of it.
	Internal Kind = "internal"
)

// Error is a classified failure. Code is stable and snake_case (for machines), Message
// tells a person what is wrong and what to do next. Message carries no personal data.
type Error struct {
	Kind    Kind
	Code    string
	Message string
	// Meaning is what the code stands for where adapters have codes of their own for the same
	// thing; rail.Meaning lists those of payment rails. It is empty otherwise.
	Meaning string
	// Field is the offending input in dotted form ("terms.budget_minor"), if one is.
	Field string
	// RetryAfter is how long to wait before the next try; zero means "your own backoff".
	RetryAfter time.Duration
	Cause      error
}

// Error returns the message, followed by the cause for the log.
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

// After returns a copy of e that asks for a wait of d before the next try.
func (e *Error) After(d time.Duration) *Error {
	later := *e
	later.RetryAfter = d
	return &later
}

// As finds the Error in err's chain.
func As(err error) (*Error, bool) {
	var found *Error
	ok := errors.As(err, &found)
	return found, ok
}

// KindOf returns the kind of err: empty for nil, Internal for what nobody classified.
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
