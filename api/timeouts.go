package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
)

// Timeouts bound each step of a request. A zero field stands for its default.
type Timeouts struct {
	// Read is for the whole request, and Request for the answer to it.
	Read    time.Duration
	Request time.Duration
	// Export takes the place of Request for files that are sent row by row: a year of many creators
	// takes minutes. It bounds how long such a request can keep its snapshot of the database.
	Export time.Duration
	// Upload takes the place of Read and Request for files.
	Upload time.Duration
	// Send is how long a client may take to receive a part of an answer.
	Send time.Duration
}

func (t Timeouts) orDefaults() Timeouts {
	for field, standard := range map[*time.Duration]time.Duration{
		&t.Read: 15 * time.Second, &t.Request: 30 * time.Second, &t.Export: 15 * time.Minute, &t.Upload: 3 * time.Minute, &t.Send: 15 * time.Second,
	} {
		if *field == 0 {
			*field = standard
		}
	}
	return t
}

// isExport reports whether a route answers with a file that is sent row by row.
func isExport(path string) bool { return strings.HasSuffix(path, ".csv") }

// isUpload reports whether a route takes a file.
func isUpload(path string) bool { return strings.HasSuffix(path, "/evidence/files") }

// limitTime cancels the context of a request that takes too long.
//
// The server's own timeout for writing counts from the start of a request, and would cut an export. So
// the writer of an export has deadlines of its own.
func (s *Server) limitTime(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		limit := s.timeouts.Request
		if isExport(c.Path()) {
			limit = s.timeouts.Export
			writer := c.Response().Writer
			c.Response().Writer = &exportWriter{ResponseWriter: writer, conn: http.NewResponseController(writer), send: s.timeouts.Send}
		}
		if isUpload(c.Path()) {
			limit = s.timeouts.Upload
			conn, now := http.NewResponseController(c.Response().Writer), time.Now()
			// A connection without deadlines, as in tests, has none to move.
			_, _ = conn.SetReadDeadline(now.Add(limit)), conn.SetWriteDeadline(now.Add(limit+s.timeouts.Send))
		}
		ctx, cancel := context.WithTimeout(c.Request().Context(), limit)
		defer cancel()
		c.SetRequest(c.Request().WithContext(ctx))
		return next(c)
	}
}

// exportWriter gives the client the same time for each part that is written. A client that does not
// receive a part in time loses the connection.
type exportWriter struct {
	http.ResponseWriter
	conn *http.ResponseController
	send time.Duration
}

// Write sends a part of the answer.
func (w *exportWriter) Write(part []byte) (int, error) {
	w.extend()
	return w.ResponseWriter.Write(part)
}

// WriteHeader begins the answer.
func (w *exportWriter) WriteHeader(status int) {
	w.extend()
	w.ResponseWriter.WriteHeader(status)
}

// extend does nothing for a writer without deadlines, such as that of a test.
func (w *exportWriter) extend() { _ = w.conn.SetWriteDeadline(time.Now().Add(w.send)) }

// Unwrap lets http.ResponseController find the connection.
func (w *exportWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
