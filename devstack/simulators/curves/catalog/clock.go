package catalog

import (
	"fmt"
	"sync"
	"time"
)

const (
	factorMax         = 1_000_000
	advanceSecondsMax = 100 * 365 * 24 * 3600
)

// Clock is a simulator's own time: it runs factor times as fast as real time and can be
// moved forward. It never goes back, because counts would. It is safe for concurrent use.
type Clock struct {
	mu sync.Mutex
	// anchor is the simulated time at the real moment anchoredAt.
	anchor     time.Time
	anchoredAt time.Time
	factor     float64
}

// NewClock returns a clock that shows start now. Factor 1 is real speed; at factor 0 it
// stands still and only Advance moves it.
func NewClock(start time.Time, factor float64) *Clock {
	return &Clock{anchor: start, anchoredAt: time.Now(), factor: factor}
}

// Now returns the simulated time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now(time.Now())
}

func (c *Clock) now(realNow time.Time) time.Time {
	return c.anchor.Add(time.Duration(float64(realNow.Sub(c.anchoredAt)) * c.factor))
}

// Advance moves the clock forward by d; a negative d is ignored.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.anchor = c.anchor.Add(max(0, d))
}

// SetFactor changes how fast the clock runs from now on.
func (c *Clock) SetFactor(factor float64) error {
	if !(factor >= 0 && factor <= factorMax) {
		return fmt.Errorf("factor %v: use 0 to %d", factor, factorMax)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	realNow := time.Now()
	c.anchor, c.anchoredAt, c.factor = c.now(realNow), realNow, factor
	return nil
}

// Factor returns how many times faster than real time the clock runs.
func (c *Clock) Factor() float64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.factor
}
