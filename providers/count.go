package providers

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
)

var errNotACount = errors.New("not a whole number from zero up")

// ParseCount reads a counter that is a JSON number or a string of digits. For null and for
// empty input, present is false. Anything but a whole number from zero up is an error.
func ParseCount(raw json.RawMessage) (count int64, present bool, err error) {
	text := strings.TrimSpace(string(raw))
	if text == "" || text == "null" {
		return 0, false, nil
	}
	if strings.HasPrefix(text, `"`) {
		if err := json.Unmarshal(raw, &text); err != nil {
			return 0, false, errNotACount
		}
	}
	// ParseUint accepts no sign; ParseInt would accept "-0" and "+1".
	number, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		return 0, false, errNotACount
	}
	return int64(number), true, nil
}

// Counts are one clip's counters as a provider wrote them.
type Counts struct{ Views, Likes, Comments, Shares json.RawMessage }

// Parsed are Counts as numbers.
type Parsed struct{ Views, Likes, Comments, Shares int64 }

// Parse reads the counters. Views are required; the others are zero when the platform hides
// them. One counter that makes no sense fails them all.
func (c Counts) Parse() (Parsed, error) {
	var parsed Parsed
	counted, present, err := ParseCount(c.Views)
	if err != nil {
		return Parsed{}, err
	}
	if !present {
		return Parsed{}, errors.New("there is no count of views")
	}
	parsed.Views = counted
	for _, optional := range []struct {
		raw  json.RawMessage
		into *int64
	}{{c.Likes, &parsed.Likes}, {c.Comments, &parsed.Comments}, {c.Shares, &parsed.Shares}} {
		if *optional.into, _, err = ParseCount(optional.raw); err != nil {
			return Parsed{}, err
		}
	}
	return parsed, nil
}
