package api

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"runtime/debug"
	"time"

	"github.com/google/uuid"
	"github.com/labstack/echo/v4"
)

// Keys of the values that middleware stores in echo's context.
const (
	actorKey     = "actor"
	bodyKey      = "body"
	failureKey   = "failure"
	requestIDKey = "request_id"
)

// failure is the error of a request, for the log.
type failure struct {
	status int
	code   string
	err    error
}

var requestIDs = regexp.MustCompile(`^[A-Za-z0-9-]{8,64}$`)

func requestID(c echo.Context) string {
	id, _ := c.Get(requestIDKey).(string)
	return id
}

// observe gives each request an id, answers its error and writes its log line. Addresses,
// queries and bodies may contain personal data, so the line has the route instead of the
// address, and only the user's id.
func (s *Server) observe(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		started := time.Now()
		id := c.Request().Header.Get(echo.HeaderXRequestID)
		if !requestIDs.MatchString(id) {
			id = uuid.Must(uuid.NewV7()).String()
		}
		c.Set(requestIDKey, id)
		c.Response().Header().Set(echo.HeaderXRequestID, id)
		if err := next(c); err != nil {
			s.answerError(err, c)
		}
		s.writeLine(c, time.Since(started))
		return nil
	}
}

func (s *Server) writeLine(c echo.Context, took time.Duration) {
	level := slog.LevelInfo
	line := []slog.Attr{
		slog.String("method", c.Request().Method),
		slog.String("route", c.Path()),
		slog.Int("status", c.Response().Status),
		slog.Duration("duration", took),
		slog.String("request_id", requestID(c)),
	}
	if actor, ok := c.Get(actorKey).(string); ok {
		line = append(line, slog.String("actor", actor))
	}
	if failed, ok := c.Get(failureKey).(failure); ok {
		line = append(line, slog.String("code", failed.code))
		if failed.status >= http.StatusInternalServerError {
			level = slog.LevelError
			line = append(line, slog.Any("error", failed.err))
		}
	}
	s.logger.LogAttrs(c.Request().Context(), level, "request", line...)
}

// recoverPanic turns a panic into an internal error, with the stack for the log.
func recoverPanic(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			switch cause := recover(); cause {
			case nil:
			case http.ErrAbortHandler:
				panic(cause)
			default:
				err = fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
			}
		}()
		return next(c)
	}
}

// secure sets the security headers for answers that are not pages.
func secure(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		header := c.Response().Header()
		header.Set(echo.HeaderXContentTypeOptions, "nosniff")
		header.Set(echo.HeaderXFrameOptions, "DENY")
		header.Set(echo.HeaderReferrerPolicy, "no-referrer")
		header.Set(echo.HeaderContentSecurityPolicy, "default-src 'none'; frame-ancestors 'none'")
		header.Set(echo.HeaderStrictTransportSecurity, "max-age=63072000; includeSubDomains")
		header.Set(echo.HeaderCacheControl, "no-store")
		return next(c)
	}
}

// writeJSON keeps the content type that the caller has set; echo's JSON would replace it.
func writeJSON(c echo.Context, status int, value any) error {
	c.Response().WriteHeader(status)
	return json.NewEncoder(c.Response()).Encode(value)
}
