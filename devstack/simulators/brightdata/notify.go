package brightdata

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/creditroll/creditroll/devstack/simulators/faults"
)

const (
	watchInterval = 10 * time.Millisecond
	notifyTimeout = 10 * time.Second
)

// watch sends notifications until none is left to be sent, or the simulator is closed. The caller holds mu.
func (s *Simulator) watch() {
	if s.watching {
		return
	}
	s.watching = true
	s.sending.Go(func() {
		ticker := time.NewTicker(watchInterval)
		defer ticker.Stop()
		for {
			select {
			case <-s.closed:
				return
			case <-ticker.C:
			}
			if !s.sendDue() {
				return
			}
		}
	})
}

// sendDue sends what is due, and reports whether more is left.
func (s *Simulator) sendDue() (left bool) {
	s.mu.Lock()
	s.advance()
	var due []*job
	for _, each := range s.jobs {
		if each.unsent > 0 && each.Status != running && !s.Clock.Now().Before(each.notifyAt) {
			each.unsent--
			due = append(due, each)
		}
		left = left || each.unsent > 0
	}
	s.watching = left
	s.mu.Unlock()
	for _, each := range due {
		s.send(each)
	}
	return left
}

// send sends one notification, and never again if it does not arrive.
func (s *Simulator) send(each *job) {
	ctx, cancel := context.WithTimeout(context.Background(), notifyTimeout)
	defer cancel()
	go func() {
		select {
		case <-s.closed:
			cancel()
		case <-ctx.Done():
		}
	}()
	body, encoding := bodyOf(each)
	details := map[string]any{"status": 0}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, each.NotifyURL, bytes.NewReader(body))
	if err == nil {
		request.Header.Set("Content-Type", "application/json")
		if each.authHeader != "" {
			request.Header.Set("Authorization", each.authHeader)
		}
		if encoding != "" {
			request.Header.Set("Content-Encoding", encoding)
		}
		var response *http.Response
		if response, err = http.DefaultClient.Do(request); err == nil {
			details["status"] = response.StatusCode
			err = response.Body.Close()
		}
	}
	if err != nil {
		details["error"] = err.Error()
	}
	s.mu.Lock()
	each.Notified++
	s.mu.Unlock()
	s.Journal.Append(faults.Entry{Kind: KindNotified, ObjectID: each.SnapshotID, Details: details})
}

func bodyOf(each *job) (body []byte, encoding string) {
	switch each.behaviour.Body {
	case "records":
		body, _ = json.Marshal(each.records)
	case "garbage":
		body = []byte("<html>oops")
	default:
		body, _ = json.Marshal(map[string]string{"snapshot_id": each.SnapshotID, "status": each.Status})
	}
	if !each.behaviour.Gzip {
		return body, ""
	}
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	_, _ = writer.Write(body) // a buffer takes everything
	_ = writer.Close()
	return packed.Bytes(), "gzip"
}
