package api_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"sync"
	"time"

	"github.com/creditroll/creditroll/api"
	"github.com/creditroll/creditroll/domain/fault"
)

// verify stands for the payment service's own scheme: the header is the HMAC of the payload.
func verify(payload []byte, signature string, _ time.Time) (api.WebhookEvent, error) {
	if !hmac.Equal([]byte(sign(payload)), []byte(signature)) {
		return api.WebhookEvent{}, fault.New(fault.Denied, "webhook_signature_invalid", "not signed by a secret of ours")
	}
	var event struct {
		ID, Type, Payout string
	}
	if err := json.Unmarshal(payload, &event); err != nil || event.ID == "" {
		return api.WebhookEvent{}, fault.New(fault.Invalid, "webhook_malformed", "this is no event")
	}
	return api.WebhookEvent{ID: event.ID, Type: event.Type, ObjectID: "po_1", Account: "acct_1", PayoutID: event.Payout}, nil
}

func sign(payload []byte) string {
	mac := hmac.New(sha256.New, []byte(webhookSecret))
	mac.Write(payload)
	return hex.EncodeToString(mac.Sum(nil))
}

// clock is moved by hand.
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
