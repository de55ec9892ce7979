package views

import (
	"time"

	"github.com/creditroll/creditroll/domain/clip"
)

// CircuitOpen is the code of the refusal to ask a provider that has failed too often, or from which many posts have
// vanished at once. Nothing was asked, and the next provider of the chain is asked at once.
const CircuitOpen = "circuit_open"

// Trouble is what the latest attempts of a provider on one platform say against it.
type Trouble struct {
	Provider string        `json:"provider"`
	Platform clip.Platform `json:"platform"`
	// AskedAt is when the provider was last asked.
	AskedAt time.Time `json:"asked_at"`
	// Vanished are the attempts in which many posts vanished at once, after the last one that has read a post.
	Vanished      int       `json:"vanished,omitempty"`
	VanishedSince time.Time `json:"vanished_since,omitzero"`
	// Failed are the attempts without an answer after the last one with an answer, and Failures their outcomes.
	Failed       int       `json:"failed,omitempty"`
	FailingSince time.Time `json:"failing_since,omitzero"`
	Failures     []string  `json:"failures,omitempty"`
}

// failuresMin is how many failed requests are more than a moment's failure: those of one reading with its retries.
const failuresMin = 3

// IsFailing reports whether requests have failed for as long as after, by the books. A provider that is rarely asked
// may have failed only for a moment.
func (t Trouble) IsFailing(after time.Duration) bool {
	return t.Failed >= failuresMin && t.AskedAt.Sub(t.FailingSince) >= after
}

// NeedsPerson reports whether a person has to look: at once if posts have vanished, because the provider's
// requests succeed and nothing else shows it.
func (t Trouble) NeedsPerson(after time.Duration) bool { return t.Vanished > 0 || t.IsFailing(after) }
