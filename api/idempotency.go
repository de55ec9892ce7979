package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"net/http"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/labstack/echo/v4"

	"github.com/creditroll/creditroll/db/edge"
)

const (
	headerIdempotencyKey = "Idempotency-Key"
	headerReplayed       = "Idempotency-Replayed"

	storeTimeout = 5 * time.Second
)

// idempotent answers a repeated POST with the stored answer. The answer is stored before it
// is sent. If the process dies before it is stored, a repeated request after the lease does the
// work again. That has no further effect, because ids are derived from the key and the engine
// accepts every command twice.
func (s *Server) idempotent(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		key := c.Request().Header.Get(headerIdempotencyKey)
		if key == "" || c.Request().Method != http.MethodPost {
			return next(c)
		}
		ctx := c.Request().Context()
		request := edge.IdempotentRequest{
			Actor: principalOf(ctx).UserID, Key: key, Hash: requestHash(c, s.routeOf(c).Operation),
			At: s.now().UTC().Truncate(time.Microsecond), Lease: s.timeouts.lease(c.Path()),
		}
		answer, err := s.config.Store.Edge.BeginIdempotent(ctx, request)
		if err != nil {
			return err
		}
		if answer != nil {
			c.Response().Header().Set(headerReplayed, "true")
			return c.Blob(answer.Status, answer.ContentType, answer.Body)
		}
		return s.answerOnce(c, next, request)
	}
}

// lease is longer than a request of this route may take. Otherwise a repeated request could run at the same time
// as the first one.
func (t Timeouts) lease(path string) time.Duration { return t.limit(path) + t.Request }

// requestHash covers method, address and body, and the type of a file, which a caller may have to correct. Requests
// with the same hash are equal.
func requestHash(c echo.Context, operation *openapi3.Operation) []byte {
	hash := sha256.New()
	body, _ := c.Get(bodyKey).([]byte)
	parts := [][]byte{[]byte(c.Request().Method), []byte(c.Request().URL.RequestURI()), body}
	if takesFiles(operation) {
		parts = append(parts, []byte(c.Request().Header.Get(echo.HeaderContentType)))
	}
	for _, part := range parts {
		sum := sha256.Sum256(part)
		hash.Write(sum[:])
	}
	return hash.Sum(nil)
}

func (s *Server) answerOnce(c echo.Context, next echo.HandlerFunc, request edge.IdempotentRequest) error {
	buffered := &bufferedAnswer{ResponseWriter: c.Response().Writer}
	c.Response().Writer = buffered
	// After a panic, outer middleware answers, and must write to the client itself.
	defer func() { c.Response().Writer = buffered.ResponseWriter }()
	if err := next(c); err != nil {
		s.answerError(err, c)
	}

	// The answer must be stored even if the caller has closed the connection.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request().Context()), storeTimeout)
	defer cancel()
	if err := s.storeAnswer(ctx, c, request, buffered); err != nil {
		// The work is done, so the caller gets the answer. A repeated request does the work
		// again without further effect.
		s.logger.ErrorContext(ctx, "store answer", "error", err, "request_id", requestID(c))
	}
	return buffered.send()
}

func (s *Server) storeAnswer(ctx context.Context, c echo.Context, request edge.IdempotentRequest, buffered *bufferedAnswer) error {
	if !final(buffered.status) {
		return s.config.Store.Edge.AbandonIdempotent(ctx, request)
	}
	answer := edge.Answer{Status: buffered.status, ContentType: buffered.Header().Get(echo.HeaderContentType), Body: buffered.body.Bytes()}
	if s.isSecret(c) && buffered.status < http.StatusBadRequest {
		answer.Body = nil
	}
	return s.config.Store.Edge.FinishIdempotent(ctx, request, answer)
}

// final reports whether the same request would get the same answer again. Server errors and
// rate limits are temporary, and rights and tokens can change.
func final(status int) bool {
	switch status {
	case http.StatusTooManyRequests, http.StatusUnauthorized, http.StatusForbidden:
		return false
	}
	return status < http.StatusInternalServerError
}

// isSecret reports whether the answers of an operation must not be stored.
func (s *Server) isSecret(c echo.Context) bool {
	secret, _ := s.routeOf(c).Operation.Extensions["x-secret-answer"].(bool)
	return secret
}

// bufferedAnswer collects an answer, so that it can be stored before it is sent.
type bufferedAnswer struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (b *bufferedAnswer) WriteHeader(status int) { b.status = status }

func (b *bufferedAnswer) Write(part []byte) (int, error) { return b.body.Write(part) }

func (b *bufferedAnswer) send() error {
	b.ResponseWriter.WriteHeader(b.status)
	_, err := b.ResponseWriter.Write(b.body.Bytes())
	return err
}
