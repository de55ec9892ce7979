package api

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/creditroll/creditroll/api/internal/openapi"
	"github.com/creditroll/creditroll/domain/fault"
)

// httpFault is a fault with an HTTP status of its own, where the fault's kind is too coarse.
type httpFault struct {
	status int
	fault  *fault.Error
}

func (e *httpFault) Error() string { return e.fault.Error() }
func (e *httpFault) Unwrap() error { return e.fault }

var statusByKind = map[fault.Kind]int{
	fault.Invalid:        http.StatusBadRequest,
	fault.NotFound:       http.StatusNotFound,
	fault.Conflict:       http.StatusConflict,
	fault.Denied:         http.StatusForbidden,
	fault.RateLimited:    http.StatusTooManyRequests,
	fault.Unavailable:    http.StatusServiceUnavailable,
	fault.UnknownOutcome: http.StatusServiceUnavailable,
	fault.Internal:       http.StatusInternalServerError,
}

// internal is the only answer to unclassified errors, so that users see no internals.
var internal = fault.New(fault.Internal, "internal", "something went wrong on our side: try again later, and quote the request id if it persists")

var (
	routeNotFound    = fault.New(fault.NotFound, "route_not_found", "this address does not exist: see /docs")
	methodNotAllowed = fault.New(fault.Invalid, "method_not_allowed", "this address does not support the method: see the Allow header")
	contentType      = fault.New(fault.Invalid, "unsupported_content_type", "send the request body as application/json")
	malformedRequest = fault.New(fault.Invalid, "malformed_request", "the request is malformed: compare it with /docs")
	timedOut         = fault.New(fault.UnknownOutcome, "timed_out", "the request took too long and may or may not have been carried out: repeat it with the same Idempotency-Key")
	clientGone       = fault.New(fault.UnknownOutcome, "client_gone", "the client closed the connection before the answer")
)

func bodyTooLarge(limitBytes int64) *fault.Error {
	return fault.New(fault.Invalid, "body_too_large", "the request body is too large: send at most %d MiB", limitBytes>>20)
}

// classify returns the status and the fault of any error.
func classify(err error) (int, *fault.Error) {
	var known *httpFault
	if errors.As(err, &known) {
		return known.status, known.fault
	}
	if found, ok := fault.As(err); ok {
		return classifyFault(found)
	}
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return http.StatusRequestEntityTooLarge, bodyTooLarge(tooLarge.Limit)
	}
	var routed *echo.HTTPError
	if errors.As(err, &routed) {
		return classifyEcho(routed)
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return http.StatusServiceUnavailable, timedOut.Because(err)
	case errors.Is(err, context.Canceled):
		return http.StatusServiceUnavailable, clientGone.Because(err)
	}
	return http.StatusInternalServerError, internal.Because(err)
}

func classifyFault(found *fault.Error) (int, *fault.Error) {
	status, ok := statusByKind[found.Kind]
	if !ok || status == http.StatusInternalServerError {
		return http.StatusInternalServerError, internal.Because(found)
	}
	return status, found
}

func classifyEcho(routed *echo.HTTPError) (int, *fault.Error) {
	switch routed.Code {
	case http.StatusNotFound:
		return routed.Code, routeNotFound
	case http.StatusMethodNotAllowed:
		return routed.Code, methodNotAllowed
	case http.StatusRequestEntityTooLarge:
		return routed.Code, bodyTooLarge(bodyBytesMax)
	case http.StatusUnsupportedMediaType:
		return routed.Code, contentType
	case http.StatusBadRequest:
		return routed.Code, malformedRequest.Because(routed)
	}
	return http.StatusInternalServerError, internal.Because(routed)
}

// titles are the kinds of problem in words for people.
var titles = map[fault.Kind]string{
	fault.Invalid:        "The request is not valid",
	fault.NotFound:       "Not found",
	fault.Conflict:       "Not possible now",
	fault.Denied:         "Not allowed",
	fault.RateLimited:    "Too many requests",
	fault.Unavailable:    "Temporarily unavailable",
	fault.UnknownOutcome: "Outcome unknown",
	fault.Internal:       "Internal error",
}

// detailRunesMax limits how much of a request an answer can quote.
const detailRunesMax = 500

// problemOf returns a fault in the form of RFC 9457.
func problemOf(status int, f *fault.Error, requestID string) openapi.Problem {
	problem := openapi.Problem{
		Type:      "urn:creditroll:problem:" + f.Code,
		Title:     titles[f.Kind],
		Status:    status,
		Detail:    f.Message,
		Code:      f.Code,
		RequestId: requestID,
	}
	if runes := []rune(problem.Detail); len(runes) > detailRunesMax {
		problem.Detail = string(runes[:detailRunesMax]) + "…"
	}
	if f.Field != "" {
		problem.Field = &f.Field
	}
	return problem
}

// answerError is the only place that writes HTTP errors. It is the error handler of echo, so
// it also answers errors of the router and of generated code.
func (s *Server) answerError(err error, c echo.Context) {
	status, f := classify(err)
	c.Set(failureKey, failure{status: status, code: f.Code, err: err})
	if c.Response().Committed {
		return
	}
	header := c.Response().Header()
	if status == http.StatusUnauthorized {
		header.Set(echo.HeaderWWWAuthenticate, challenge(f))
	}
	if wait := retryAfter(f); wait > 0 {
		header.Set(echo.HeaderRetryAfter, strconv.FormatInt(int64(math.Ceil(wait.Seconds())), 10))
	}
	header.Set(echo.HeaderContentType, "application/problem+json")
	if c.Request().Method == http.MethodHead {
		err = c.NoContent(status)
	} else {
		problem := problemOf(status, f, requestID(c))
		err = writeJSON(c, status, problem)
	}
	if err != nil {
		s.logger.WarnContext(c.Request().Context(), "write problem", "error", err, "request_id", requestID(c))
	}
}

// retryAfter is never zero for a rate limit, so that the client knows how long to wait.
func retryAfter(f *fault.Error) time.Duration {
	if f.Kind == fault.RateLimited {
		return max(f.RetryAfter, time.Second)
	}
	return f.RetryAfter
}

func challenge(f *fault.Error) string {
	if f.Code == codeTokenMissing {
		return `Bearer realm="creditroll"`
	}
	return fmt.Sprintf(`Bearer realm="creditroll", error="invalid_token", error_description=%q`, f.Message)
}

// withField returns a fault with the field's name in the request, which can differ from its
// name in the rule.
func withField(err error, field string) error {
	var found *fault.Error
	if !errors.As(err, &found) {
		return err
	}
	renamed := *found
	renamed.Field = field
	return &renamed
}
