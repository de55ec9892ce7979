package stripe

import (
	"bytes"
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Modes of delivery. In normal mode events arrive in order of creation, as long as
// the receiver accepts each of them at its first delivery.
const (
	modeNormal  = "normal"
	modeLate    = "late"    // delay_ms after the change
	modeTwice   = "twice"   // every event two times
	modeReverse = "reverse" // collected for delay_ms, then sent newest first
	modeOff     = "off"     // not delivered; they can be redelivered later
)

var webhookModes = []string{modeNormal, modeLate, modeTwice, modeReverse, modeOff}

const (
	defaultDelay    = 500 * time.Millisecond
	deliveryTimeout = 10 * time.Second
)

// webhookSettings are the settings that the control API reads and writes.
type webhookSettings struct {
	URL     string `json:"url"`
	Secret  string `json:"secret"`
	Mode    string `json:"mode"`
	DelayMs int64  `json:"delay_ms"`
	// LostEvents are types of events that the endpoints take and never get. They can be redelivered.
	LostEvents []string `json:"lost_events"`

	// What Stripe shows of the endpoints, and delivers by.
	EnabledEvents []string `json:"enabled_events"`
	Status        string   `json:"status"`
	APIVersion    string   `json:"api_version"`
	Connect       bool     `json:"connect"`
}

// webhooks delivers signed events one after the other. It follows real time, because
// receivers check the age of a signature against their own clock.
type webhooks struct {
	attempts int
	backoff  time.Duration
	done     func(eventID string, status int, last bool)
	client   *http.Client
	wake     chan struct{}

	mu       sync.Mutex
	settings webhookSettings
	since    time.Time // the endpoints' creation
	queue    []delivery
	counter  int64
}

type delivery struct {
	seq     int64
	eventID string
	body    []byte
	due     time.Time
	attempt int
}

func newWebhooks(opts Options, done func(eventID string, status int, last bool)) *webhooks {
	return &webhooks{
		attempts: cmp.Or(opts.WebhookAttempts, 8),
		backoff:  cmp.Or(opts.WebhookBackoff, 200*time.Millisecond),
		done:     done,
		client:   &http.Client{Timeout: deliveryTimeout, Transport: http.DefaultTransport.(*http.Transport).Clone()},
		wake:     make(chan struct{}, 1),
		settings: firstSettings(opts),
		since:    opts.Now(),
	}
}

// enqueue schedules the delivery of an event as the mode says. It returns false if there will
// be none.
func (h *webhooks) enqueue(eventID, kind string, body []byte) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.settings.URL == "" || h.settings.Mode == modeOff || slices.Contains(h.settings.LostEvents, kind) {
		return false
	}
	due := time.Now()
	delay := cmp.Or(time.Duration(h.settings.DelayMs)*time.Millisecond, defaultDelay)
	switch h.settings.Mode {
	case modeLate:
		due = due.Add(delay)
	case modeReverse:
		due = h.windowLocked(due, delay)
	case modeTwice:
		h.pushLocked(eventID, body, due)
	}
	h.pushLocked(eventID, body, due)
	return true
}

// windowLocked returns when the present collection is sent; one starts now if there is none.
func (h *webhooks) windowLocked(now time.Time, delay time.Duration) time.Time {
	for _, waiting := range h.queue {
		if waiting.attempt == 0 && waiting.due.After(now) {
			return waiting.due
		}
	}
	return now.Add(delay)
}

// redeliver sends an event again, now, in any mode.
func (h *webhooks) redeliver(eventID string, body []byte) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.settings.URL == "" {
		return false
	}
	h.pushLocked(eventID, body, time.Now())
	return true
}

func (h *webhooks) pushLocked(eventID string, body []byte, due time.Time) {
	h.counter++
	h.queue = append(h.queue, delivery{seq: h.counter, eventID: eventID, body: body, due: due})
	h.nudge()
}

func (h *webhooks) nudge() {
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

func (h *webhooks) run(ctx context.Context) {
	defer h.client.CloseIdleConnections()
	for ctx.Err() == nil {
		next, wait := h.next()
		if wait <= 0 {
			h.deliver(ctx, next)
			continue
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-h.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// next takes the delivery that is due, or returns how long to wait.
func (h *webhooks) next() (delivery, time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	now, chosen, wait := time.Now(), -1, idleWait
	for i, waiting := range h.queue {
		if left := waiting.due.Sub(now); left > 0 {
			wait = min(wait, left)
			continue
		}
		if chosen < 0 || h.settings.Mode == modeReverse && waiting.seq > h.queue[chosen].seq {
			chosen = i
		}
	}
	if chosen < 0 {
		return delivery{}, wait
	}
	taken := h.queue[chosen]
	h.queue = slices.Delete(h.queue, chosen, chosen+1)
	return taken, 0
}

// deliver posts the event. It retries a refusal several times with growing pauses.
func (h *webhooks) deliver(ctx context.Context, d delivery) {
	status := h.post(ctx, d.body)
	if ctx.Err() != nil {
		return
	}
	d.attempt++
	last := status >= 200 && status < 300 || d.attempt >= h.attempts
	if !last {
		h.mu.Lock()
		d.due = time.Now().Add(h.backoff << (d.attempt - 1))
		h.queue = append(h.queue, d)
		h.mu.Unlock()
	}
	h.done(d.eventID, status, last)
}

func (h *webhooks) post(ctx context.Context, body []byte) int {
	h.mu.Lock()
	settings := h.settings
	h.mu.Unlock()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, settings.URL, bytes.NewReader(body))
	if err != nil {
		return 0
	}
	request.Header.Set("Content-Type", "application/json; charset=utf-8")
	request.Header.Set("User-Agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)")
	request.Header.Set("Stripe-Signature", sign(body, settings.Secret, time.Now()))
	response, err := h.client.Do(request)
	if err != nil {
		return 0
	}
	defer func() { _ = response.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 1<<20))
	return response.StatusCode
}

// sign writes the Stripe-Signature header: HMAC-SHA256 over "{t}.{body}".
func sign(body []byte, secret string, at time.Time) string {
	mac := hmac.New(sha256.New, []byte(secret))
	_, _ = fmt.Fprintf(mac, "%d.%s", at.Unix(), body)
	return fmt.Sprintf("t=%d,v1=%s", at.Unix(), hex.EncodeToString(mac.Sum(nil)))
}

func (h *webhooks) change(edit func(*webhookSettings)) webhookSettings {
	h.mu.Lock()
	defer h.mu.Unlock()
	edit(&h.settings)
	h.nudge()
	return h.settings
}

func (h *webhooks) clear() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.queue = nil
}
