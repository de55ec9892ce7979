package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/creditroll/creditroll/db/edge"
)

const (
	headerIdempotencyKey = "Idempotency-Key"
	headerReplayed       = "Idempotency-Replayed"

	// The lease is longer than any request may take: whoever takes a request over must not
	// work side by side with the first one.
	idempotencyLease = 2 * requestTimeout
	storeTimeout     = 5 * time.Second
)

// idempotent answers a repeated POST from what was answered before. The answer is stored
// before it is sent. Should the process die in between, the request is worked on again by
// whoever repeats it after the lease: ids that are derived from the key, and an engine that
// takes every command twice, make that harmless.
func (s *Server) idempotent(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		key := c.Request().Header.Get(headerIdempotencyKey)
		if key == "" || c.Request().Method != http.MethodPost {
			return next(c)
		}
		ctx := c.Request().Context()
		request := edge.IdempotentRequest{
			Actor: principalOf(ctx).UserID, Key: key, Hash: requestHash(c),
			At: s.now().UTC().Truncate(time.Microsecond), Lease: idempotencyLease,
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

// requestHash covers what makes two requests differ.
func requestHash(c echo.Context) []byte {
	hash := sha256.New()
	body, _ := c.Get(bodyKey).([]byte)
	for _, part := range [][]byte{[]byte(c.Request().Method), []byte(c.Request().URL.RequestURI()), body} {
		sum := sha256.Sum256(part)
		hash.Write(sum[:])
	}
	return hash.Sum(nil)
}

func (s *Server) answerOnce(c echo.Context, next echo.HandlerFunc, request edge.IdempotentRequest) error {
	held := &heldAnswer{ResponseWriter: c.Response().Writer}
	c.Response().Writer = held
	// Also after a panic: it is answered further out, and that answer must get through.
	defer func() { c.Response().Writer = held.ResponseWriter }()
	if err := next(c); err != nil {
		s.answerError(err, c)
	}

	// The caller may have gone; what was done must be stored all the same.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request().Context()), storeTimeout)
	defer cancel()
	if err := s.settle(ctx, c, request, held); err != nil {
		// The work is done, so the caller is told. A repetition does it again, which is harmless.
		s.logger.ErrorContext(ctx, "store answer", "error", err, "request_id", requestID(c))
	}
	return held.send()
}

func (s *Server) settle(ctx context.Context, c echo.Context, request edge.IdempotentRequest, held *heldAnswer) error {
	if !final(held.status) {
		return s.config.Store.Edge.AbandonIdempotent(ctx, request)
	}
	answer := edge.Answer{Status: held.status, ContentType: held.Header().Get(echo.HeaderContentType), Body: held.body.Bytes()}
	if s.isSecret(c) && held.status < http.StatusBadRequest {
		answer.Body = nil
	}
	return s.config.Store.Edge.FinishIdempotent(ctx, request, answer)
}

// final reports whether the same request would be answered like this again. Failures of
// ours and limits pass; rights and sign-ins change.
func final(status int) bool {
	switch status {
	case http.StatusTooManyRequests, http.StatusUnauthorized, http.StatusForbidden:
		return false
	}
	return status < http.StatusInternalServerError
}

// isSecret reports whether the answers of an operation must not be kept.
func (s *Server) isSecret(c echo.Context) bool {
	secret, _ := s.routeOf(c).Operation.Extensions["x-secret-answer"].(bool)
	return secret
}

// heldAnswer keeps an answer back until it has been stored.
type heldAnswer struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (h *heldAnswer) WriteHeader(status int) { h.status = status }

func (h *heldAnswer) Write(part []byte) (int, error) { return h.body.Write(part) }

func (h *heldAnswer) send() error {
	h.ResponseWriter.WriteHeader(h.status)
	_, err := h.ResponseWriter.Write(h.body.Bytes())
	return err
}
