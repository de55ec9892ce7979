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

// httpFault is a fault whose status HTTP knows better than the fault's kind does.
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

// internal is all that users learn of an error that nobody classified.
var internal = fault.New(fault.Internal, "internal", "something went wrong on our side: try again later, and quote the request id if it persists")

var (
	routeNotFound    = fault.New(fault.NotFound, "route_not_found", "there is nothing at this address: see /docs")
	methodNotAllowed = fault.New(fault.Invalid, "method_not_allowed", "this address does not support the method: see the Allow header")
	bodyTooLarge     = fault.New(fault.Invalid, "body_too_large", "the request body is too large: send at most 1 MiB")
	contentType      = fault.New(fault.Invalid, "unsupported_content_type", "send the request body as application/json")
	malformedRequest = fault.New(fault.Invalid, "malformed_request", "the request cannot be read: compare it with /docs")
	timedOut         = fault.New(fault.UnknownOutcome, "timed_out", "the request took too long and may or may not have been carried out: repeat it with the same Idempotency-Key")
	gone             = fault.New(fault.UnknownOutcome, "client_gone", "the caller went away before the answer")
)

// classify finds the status and the fault of any error.
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
		return http.StatusRequestEntityTooLarge, bodyTooLarge
	}
	var routed *echo.HTTPError
	if errors.As(err, &routed) {
		return classifyEcho(routed)
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return http.StatusServiceUnavailable, timedOut.Because(err)
	case errors.Is(err, context.Canceled):
		return http.StatusServiceUnavailable, gone.Because(err)
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
		return routed.Code, bodyTooLarge
	case http.StatusUnsupportedMediaType:
		return routed.Code, contentType
	case http.StatusBadRequest:
		return routed.Code, malformedRequest.Because(routed)
	}
	return http.StatusInternalServerError, internal.Because(routed)
}

// titles name the kinds of problem for people.
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

// detailRunesMax bounds what an answer quotes of a request.
const detailRunesMax = 500

// problemOf writes a fault in the form of RFC 9457.
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

// answerError is the only place that speaks HTTP errors. It is the error handler of echo,
// so it also answers for the router and for generated code.
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

// retryAfter is never zero for a limit: a client that is told to slow down must know how much.
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
