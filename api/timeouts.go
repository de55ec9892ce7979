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
	// Download is how long the answer with a file may take in all. The file is in memory until then.
	Download time.Duration
	// Send is how long a client may take to receive a part of an answer.
	Send time.Duration
}

func (t Timeouts) orDefaults() Timeouts {
	for field, standard := range map[*time.Duration]time.Duration{
		&t.Read: 15 * time.Second, &t.Request: 30 * time.Second, &t.Export: 15 * time.Minute, &t.Upload: 3 * time.Minute, &t.Download: 10 * time.Minute, &t.Send: 15 * time.Second,
	} {
		if *field == 0 {
			*field = standard
		}
	}
	return t
}

// isExport reports whether a route answers with a file that is sent row by row.
func isExport(path string) bool { return strings.HasSuffix(path, ".csv") }

// isUpload reports whether a route takes a file, and isDownload whether it answers with one.
func isUpload(path string) bool   { return strings.HasSuffix(path, "/evidence/files") }
func isDownload(path string) bool { return strings.HasSuffix(path, "/evidence/:evidence_id/file") }

// limit is how long a request of a route may take. For a download it is the time until the file is in memory.
func (t Timeouts) limit(path string) time.Duration {
	switch {
	case isExport(path):
		return t.Export
	case isUpload(path):
		return t.Upload
	}
	return t.Request
}

// limitTime cancels the context of a request that takes too long.
//
// The server's own timeout for writing counts from the start of a request, and would cut an export and a large file.
// So their writers have deadlines of their own.
func (s *Server) limitTime(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		writer := c.Response().Writer
		conn := http.NewResponseController(writer)
		switch {
		case isExport(c.Path()):
			c.Response().Writer = &patientWriter{ResponseWriter: writer, conn: conn, send: s.timeouts.Send}
		case isDownload(c.Path()):
			c.Response().Writer = &patientWriter{ResponseWriter: writer, conn: conn, send: s.timeouts.Send, end: time.Now().Add(s.timeouts.Download)}
		}
		ctx, cancel := context.WithTimeout(c.Request().Context(), s.timeouts.limit(c.Path()))
		defer cancel()
		c.SetRequest(c.Request().WithContext(ctx))
		return next(c)
	}
}

// expectUpload gives a file the time that it takes to receive it. A connection without deadlines, as in tests, has
// none to move.
func (s *Server) expectUpload(c echo.Context) {
	conn, end := http.NewResponseController(c.Response().Writer), time.Now().Add(s.timeouts.Upload)
	_, _ = conn.SetReadDeadline(end), conn.SetWriteDeadline(end.Add(s.timeouts.Send))
}

// pieceBytes is how much of an answer a client has to receive before the next deadline. With the default of 15
// seconds, even a slow connection does.
const pieceBytes = 64 << 10

// patientWriter gives the client the same time for each piece of an answer. A client that does not receive a piece
// in time loses the connection, and so does one that has not received all by the end, unless that is zero.
type patientWriter struct {
	http.ResponseWriter
	conn *http.ResponseController
	send time.Duration
	end  time.Time
}

// Write sends a part of the answer.
func (w *patientWriter) Write(part []byte) (int, error) {
	written := 0
	for {
		w.extend()
		sent, err := w.ResponseWriter.Write(part[written:min(written+pieceBytes, len(part))])
		if written += sent; err != nil || written == len(part) {
			return written, err
		}
	}
}

// WriteHeader begins the answer.
func (w *patientWriter) WriteHeader(status int) {
	w.extend()
	w.ResponseWriter.WriteHeader(status)
}

// extend does nothing for a writer without deadlines, such as that of a test.
func (w *patientWriter) extend() {
	deadline := time.Now().Add(w.send)
	if !w.end.IsZero() && w.end.Before(deadline) {
		deadline = w.end
	}
	_ = w.conn.SetWriteDeadline(deadline)
}

// Unwrap lets http.ResponseController find the connection.
func (w *patientWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
