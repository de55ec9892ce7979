package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
)

// persistent is an HTTP client for a world in which the API can be killed at any moment. It
// repeats a request with the same Idempotency-Key until it gets an answer.
type persistent struct{ token string }

const requestTimeout = 40 * time.Second

// Do sends the request until the answer is not a temporary failure.
func (p persistent) Do(request *http.Request) (*http.Response, error) {
	request.Header.Set("Authorization", "Bearer "+p.token)
	if request.Method == http.MethodPost && request.Header.Get("Idempotency-Key") == "" {
		request.Header.Set("Idempotency-Key", uuid.NewString())
	}
	ctx, cancel := context.WithTimeout(request.Context(), patience)
	defer cancel()
	for {
		answer, err := try(request)
		if err == nil && !temporary(answer) {
			return answer, nil
		}
		select {
		case <-ctx.Done():
			return answer, errors.Join(err, ctx.Err())
		case <-time.After(glance):
		}
	}
}

// try reads the whole answer, because a killed API can send a part of it.
func try(request *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(request.Context(), requestTimeout)
	defer cancel()
	again := request.Clone(ctx)
	if request.GetBody != nil {
		again.Body, _ = request.GetBody() // of a byte slice: never fails
	}
	answer, err := http.DefaultClient.Do(again)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	answer.Body = io.NopCloser(strings.NewReader(string(body)))
	return answer, err
}

// temporary reports whether an answer is a temporary failure. The key of a request that died
// with its API is in use until its lease ends.
func temporary(answer *http.Response) bool {
	if answer.StatusCode == http.StatusConflict {
		body, _ := io.ReadAll(answer.Body) // a string: never fails
		answer.Body = io.NopCloser(strings.NewReader(string(body)))
		return strings.Contains(string(body), "idempotency_key_in_use")
	}
	return answer.StatusCode >= http.StatusInternalServerError || answer.StatusCode == http.StatusTooManyRequests
}
