package api

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/fault"
)

const (
	// filesMax is how many files are received at the same time, and how many are sent. Each is in memory as a whole.
	filesMax = 16
	// filesPerUserMax keeps one user with a slow connection from taking the place of all others.
	filesPerUserMax = 4
	filesRetryAfter = 5 * time.Second
)

// fileOperation is an operation whose request or answer is a file.
type fileOperation struct {
	action access.Action
	places *places
}

// fileOperations returns them by their ids. Those that receive files have other places than those that send files,
// so that neither waits for the other.
func fileOperations() map[string]fileOperation {
	return map[string]fileOperation{
		"addEvidenceFile": {access.EvidenceAdd, &places{}},
		"getEvidenceFile": {access.EvidenceRead, &places{}},
	}
}

// limitFiles refuses a wrong role, and one file too many, before any of a file is in memory.
func (s *Server) limitFiles(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		operation := s.routeOf(c).Operation
		limited, ok := s.files[operation.OperationID]
		if !ok && !takesFiles(operation) {
			return next(c)
		}
		if !ok {
			return fmt.Errorf("the operation %s takes files, and fileOperations does not have it", operation.OperationID)
		}
		principal, err := permit(c.Request().Context(), limited.action)
		if err != nil {
			return err
		}
		if err := limited.places.take(principal.UserID); err != nil {
			return err
		}
		defer limited.places.free(principal.UserID)
		if takesFiles(operation) {
			s.expectUpload(c)
		}
		return next(c)
	}
}

// places counts the files that are under way.
type places struct {
	mu    sync.Mutex
	taken int
	of    map[string]int
}

// take returns fault.Unavailable "files_busy" if no place is free.
func (p *places) take(userID string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.taken >= filesMax || p.of[userID] >= filesPerUserMax {
		return fault.New(fault.Unavailable, "files_busy", "too many files are on their way at the moment: repeat the request in some seconds").After(filesRetryAfter)
	}
	if p.of == nil {
		p.of = map[string]int{}
	}
	p.taken++
	p.of[userID]++
	return nil
}

func (p *places) free(userID string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taken--
	if p.of[userID]--; p.of[userID] == 0 {
		delete(p.of, userID)
	}
}

// readContent returns the content of a request's body. One that was read already is not copied.
func readContent(body io.Reader) ([]byte, error) {
	if read, ok := body.(*readyBody); ok {
		return read.content, nil
	}
	return io.ReadAll(body)
}
