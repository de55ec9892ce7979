// Package duration writes durations as text, so that payloads in the Temporal UI and rows in the
// database show "168h" instead of nanoseconds.
package duration

import (
	"strings"
	"time"

	"github.com/creditroll/creditroll/domain/fault"
)

// Text is a duration whose JSON is text: "168h", "1h30m", "250ms".
type Text time.Duration

// String returns the shortest form of the duration; zero is "0s".
func (t Text) String() string {
	text := time.Duration(t).String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// MarshalText implements encoding.TextMarshaler.
func (t Text) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler. It returns fault.Invalid
// "duration_malformed" for a text that time.ParseDuration refuses.
func (t *Text) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	if err != nil {
		return fault.New(fault.Invalid, "duration_malformed", "%.40q is not a duration: write it as 90s, 15m or 168h", string(text)).Because(err)
	}
	*t = Text(parsed)
	return nil
}

// Std returns the duration as a time.Duration.
func (t Text) Std() time.Duration { return time.Duration(t) }
