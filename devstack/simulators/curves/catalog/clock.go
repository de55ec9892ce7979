package catalog

import (
	"fmt"
	"sync"
	"time"
)

const (
	factorMax         = 100_000
	advanceSecondsMax = 100 * 365 * 24 * 3600
)

// Clock is a simulator's own time. It runs factor times as fast as real time and can be moved
// forward. It never goes back, because the counts would too. It is safe for concurrent use.
type Clock struct {
	mu sync.Mutex
	// anchor is the simulated time at the real moment anchoredAt.
	anchor     time.Time
	anchoredAt time.Time
	factor     float64
}

// NewClock returns a clock that shows start now. Factor 1 is the speed of real time. At factor 0
// the clock stands still, and only Advance moves it. The factor is limited to 0 to 100,000.
func NewClock(start time.Time, factor float64) *Clock {
	return &Clock{anchor: start, anchoredAt: time.Now(), factor: min(max(factor, 0), factorMax)}
}

// Now returns the simulated time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now()
}

// now moves the anchor to the present. A fast clock that ran from one anchor for days would
// overflow a time.Duration. The caller holds mu.
func (c *Clock) now() time.Time {
	realNow := time.Now()
	c.anchor = c.anchor.Add(time.Duration(float64(realNow.Sub(c.anchoredAt)) * c.factor))
	c.anchoredAt = realNow
	return c.anchor
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
	c.now()
	c.factor = factor
	return nil
}

// Factor returns how many times faster than real time the clock runs.
func (c *Clock) Factor() float64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.factor
}
