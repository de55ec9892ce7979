package process

import (
	"bytes"
	"io"
	"strings"
	"sync"
)

const (
	tailBytesMax = 8 << 10
	tailLinesMax = 20
)

// tail passes on what a server prints, and keeps the end of it for error messages.
type tail struct {
	mu   sync.Mutex
	next io.Writer
	end  []byte
}

func newTail(next io.Writer) *tail {
	if next == nil {
		next = io.Discard
	}
	return &tail{next: next}
}

// Write never fails. An error, such as a full disk under the log, would stop the server's
// output and block the server.
func (t *tail) Write(printed []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()

	_, _ = t.next.Write(printed)
	t.end = append(t.end, printed...)
	if excess := len(t.end) - tailBytesMax; excess > 0 {
		t.end = bytes.Clone(t.end[excess:])
	}
	return len(printed), nil
}

func (t *tail) lines() string {
	t.mu.Lock()
	defer t.mu.Unlock()

	all := strings.Split(strings.TrimSpace(string(t.end)), "\n")
	if len(all) > tailLinesMax {
		all = all[len(all)-tailLinesMax:]
	}
	return strings.Join(all, "\n")
}
