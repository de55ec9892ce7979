package providers

import (
	"encoding/json"
	"errors"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// CountMax is the highest count that is believed. The most viewed post of any platform has a fiftieth of it, and
// sums of counts stay far from an overflow.
const CountMax = 1_000_000_000_000

var (
	errNotACount = errors.New("not a whole number from zero up")
	errAbsurd    = errors.New("more than any post has")
)

// ErrNoViews means that the provider shows the clip without a count of views.
var ErrNoViews = errors.New("there is no count of views")

// countForm is a number without a sign. Some providers write a count as a float, such as 1234.0 or 1.2e3.
var countForm = regexp.MustCompile(`^[0-9]{1,20}(\.[0-9]{1,20})?([eE]\+?[0-9]{1,2})?$`)

// ParseCount reads a counter that is a JSON number or a string with one. For null and for empty input, present is
// false. Anything but a whole number from zero to CountMax is an error.
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
	if !countForm.MatchString(text) {
		return 0, false, errNotACount
	}
	// Up to CountMax a float is exact.
	number, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil || number > CountMax:
		return 0, false, errAbsurd
	case number != math.Trunc(number):
		return 0, false, errNotACount
	}
	return int64(number), true, nil
}

// Counts are one clip's counters as a provider wrote them.
type Counts struct{ Views, Likes, Comments, Shares json.RawMessage }

// Parsed are Counts as numbers.
type Parsed struct{ Views, Likes, Comments, Shares int64 }

// Parse reads the counters. Views are required: it returns ErrNoViews if there are none, and another error
// if they make no sense. The other counters are those of ReadableCount.
func (c Counts) Parse() (Parsed, error) {
	counted, present, err := ParseCount(c.Views)
	if err != nil {
		return Parsed{}, err
	}
	if !present {
		return Parsed{}, ErrNoViews
	}
	return Parsed{Views: counted, Likes: ReadableCount(c.Likes), Comments: ReadableCount(c.Comments), Shares: ReadableCount(c.Shares)}, nil
}

// ReadableCount returns a counter of likes, comments or shares. It is zero when the platform hides it, or when it
// makes no sense. Some providers write -1 or "12K" next to a good count of views, and only views are paid.
func ReadableCount(raw json.RawMessage) int64 {
	count, _, err := ParseCount(raw)
	if err != nil {
		return 0
	}
	return count
}
