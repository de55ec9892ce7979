package views

import (
	"time"

	"github.com/creditroll/creditroll/domain/clip"
)

// Attempt is one request to a provider with its outcome.
type Attempt struct {
	ID            string        `json:"id"`
	Provider      string        `json:"provider"`
	Platform      clip.Platform `json:"platform"`
	Clips         int           `json:"clips"`
	Outcome       string        `json:"outcome"`
	CostMicros    int64         `json:"cost_micros"`
	StartedAt     time.Time     `json:"started_at"`
	LatencyMillis int64         `json:"latency_millis"`
	// Read is how many of the clips were read.
	Read int `json:"read"`
	// ClipsOf counts the clips by the campaign that has asked for them.
	ClipsOf map[string]int `json:"clips_of,omitempty"`
}
