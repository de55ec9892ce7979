package providers

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
)

var errNotACount = errors.New("not a whole number from zero up")

// ErrNoViews means that the provider shows the clip without a count of views.
var ErrNoViews = errors.New("there is no count of views")

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

// Parse reads the counters. Views are required: it returns ErrNoViews if there are none, and another error
// if they make no sense. The other counters are zero when the platform hides them, or when they make
// no sense. Some providers write -1 or "12K" next to a good count of views, and only views are paid.
func (c Counts) Parse() (Parsed, error) {
	counted, present, err := ParseCount(c.Views)
	if err != nil {
		return Parsed{}, err
	}
	if !present {
		return Parsed{}, ErrNoViews
	}
	return Parsed{Views: counted, Likes: lenient(c.Likes), Comments: lenient(c.Comments), Shares: lenient(c.Shares)}, nil
}

func lenient(raw json.RawMessage) int64 {
	count, _, err := ParseCount(raw)
	if err != nil {
		return 0
	}
	return count
}
