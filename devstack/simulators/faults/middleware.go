package faults

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"strconv"
)

// maxBodyBytes bounds a request's body; no API that is simulated here needs more.
const maxBodyBytes = 4 << 20

// Middleware plays the script around next and writes a request and an answer
// line for every call to the journal, which may be nil.
func (s *Script) Middleware(journal *Journal, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBodyBytes))
		if err != nil {
			http.Error(w, "the request body could not be read", http.StatusRequestEntityTooLarge)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))

		rule, faulty := s.match(r, string(body))
		request := journal.request(r, rule.Action)
		if !faulty {
			seen := &statusWriter{ResponseWriter: w}
			next.ServeHTTP(seen, r)
			journal.answer(request, seen.status)
			return
		}
		s.play(rule, w, r, next, func(status int) { journal.answer(request, status) })
	})
}

func (s *Script) play(rule firing, w http.ResponseWriter, r *http.Request, next http.Handler, done func(status int)) {
	if rule.Inside {
		r = r.WithContext(context.WithValue(r.Context(), insideKey{}, rule))
		seen := &statusWriter{ResponseWriter: w}
		next.ServeHTTP(seen, r)
		done(seen.status)
		return
	}

	late := rule.AfterEffect || rule.Action == ResetAfter
	effect := newHeldAnswer()
	if late {
		next.ServeHTTP(effect, r)
	}
	switch rule.Action {
	case ResetBefore, ResetAfter:
		done(0)
		cut(w)
		return
	case Hang, Delay:
		if !rule.wait(r.Context()) {
			done(0)
			cut(w)
			return
		}
		if !late {
			next.ServeHTTP(effect, r)
		}
		effect.send(w)
		done(effect.status())
		return
	default:
		s.spoil(w, r, rule.Rule)
		done(rule.AnswerStatus())
	}
}

// spoil writes the rule's answer.
func (s *Script) spoil(w http.ResponseWriter, r *http.Request, rule Rule) {
	for name, value := range rule.Headers {
		w.Header().Set(name, value)
	}
	if rule.RetryAfterSeconds > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(rule.RetryAfterSeconds))
	}
	if rule.Action == Garbage && rule.Body == "" {
		rule.Body = `{"id":"` + "\x00\xff" + `<html>upstream`
	}
	if rule.Body == "" {
		s.answer(w, r, rule)
		return
	}
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json")
	}
	w.WriteHeader(rule.AnswerStatus())
	_, _ = io.WriteString(w, rule.Body)
}

func plainAnswer(w http.ResponseWriter, _ *http.Request, rule Rule) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(rule.AnswerStatus())
	_ = json.NewEncoder(w).Encode(map[string]any{
		"error": map[string]string{"type": rule.Type, "code": rule.Code, "message": rule.Message},
	})
}

// cut closes the connection in the middle of a status line; doc.go gives the reason.
func cut(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if errors.Is(err, http.ErrNotSupported) || conn == nil {
		panic(http.ErrAbortHandler)
	}
	_, _ = io.WriteString(conn, "HTTP/1.1 ")
	_ = conn.Close()
}

// heldAnswer keeps a handler's answer until it is known whether it will be sent.
type heldAnswer struct {
	header http.Header
	code   int
	body   bytes.Buffer
}

func newHeldAnswer() *heldAnswer { return &heldAnswer{header: http.Header{}} }

func (h *heldAnswer) Header() http.Header { return h.header }

func (h *heldAnswer) WriteHeader(code int) {
	if h.code == 0 {
		h.code = code
	}
}

func (h *heldAnswer) Write(p []byte) (int, error) {
	h.WriteHeader(http.StatusOK)
	return h.body.Write(p)
}

func (h *heldAnswer) status() int {
	if h.code == 0 {
		return http.StatusOK
	}
	return h.code
}

func (h *heldAnswer) send(w http.ResponseWriter) {
	maps.Copy(w.Header(), h.header)
	w.WriteHeader(h.status())
	_, _ = w.Write(h.body.Bytes())
}

// statusWriter keeps the status for the journal.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (s *statusWriter) WriteHeader(code int) {
	if s.status == 0 {
		s.status = code
	}
	s.ResponseWriter.WriteHeader(code)
}

func (s *statusWriter) Write(p []byte) (int, error) {
	if s.status == 0 {
		s.status = http.StatusOK
	}
	return s.ResponseWriter.Write(p)
}

func (s *statusWriter) Unwrap() http.ResponseWriter { return s.ResponseWriter }
