package api_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"sync"
	"time"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/rail"
)

// verify replaces Stripe's signature scheme: the header is the HMAC of the payload.
func verify(payload []byte, signature string, _ time.Time) (rail.Event, error) {
	if !hmac.Equal([]byte(sign(payload)), []byte(signature)) {
		return rail.Event{}, fault.New(fault.Denied, "webhook_signature_invalid", "the signature is not from one of our secrets")
	}
	var event struct {
		ID, Type, Payout, Account, Object string
	}
	if err := json.Unmarshal(payload, &event); err != nil || event.ID == "" {
		return rail.Event{}, fault.New(fault.Invalid, "webhook_malformed", "the payload is not an event")
	}
	return rail.Event{ID: event.ID, Type: event.Type, ObjectID: event.Object, Account: event.Account, PayoutID: event.Payout}, nil
}

func sign(payload []byte) string {
	mac := hmac.New(sha256.New, []byte(webhookSecret))
	mac.Write(payload)
	return hex.EncodeToString(mac.Sum(nil))
}

// clock moves only when a test advances it.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// lines collects the log.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
