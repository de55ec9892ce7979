package workflows

import (
	"cmp"
	"errors"
	"slices"
	"time"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
)

// unservedFor is how long a provider whose queue has no worker is asked after the others. It was taken out of use since
// the clip was submitted, or its workers are down.
const unservedFor = 24 * time.Hour

// providers returns the chain in the order in which to ask. One that claims a count cannot confirm it alone.
func (c *clipProcess) providers(now time.Time) []string {
	ordered := slices.Clone(c.Chain)
	slices.SortStableFunc(ordered, func(a, b string) int { return cmp.Compare(c.rank(a, now), c.rank(b, now)) })
	return ordered
}

const unservedRank = 2

func (c *clipProcess) rank(provider string, now time.Time) int {
	switch open := c.State.Recheck; {
	case now.Before(c.State.Unserved[provider]):
		return unservedRank
	case open == nil:
		return 0
	default:
		return open.rank(provider)
	}
}

func (r recheck) rank(provider string) int {
	switch provider {
	case r.First:
		return -1
	case r.NotFirst:
		return 1
	}
	return 0
}

// noteUnserved keeps that no worker has taken a call to a provider. Otherwise each reading of the clip would wait for one.
func (c *clipProcess) noteUnserved(provider string, err error, now time.Time) {
	var timeout *temporal.TimeoutError
	if !errors.As(err, &timeout) || timeout.TimeoutType() != enums.TIMEOUT_TYPE_SCHEDULE_TO_START {
		return
	}
	if c.State.Unserved == nil {
		c.State.Unserved = map[string]time.Time{}
	}
	c.State.Unserved[provider] = now.Add(unservedFor)
}
