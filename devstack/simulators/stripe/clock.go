package stripe

import (
	"sync"
	"time"
)

// clock is real time, times a factor, plus an offset.
type clock struct {
	real func() time.Time

	mu     sync.Mutex
	anchor time.Time // real time at which base was the simulated time
	base   time.Time
	factor float64
}

func newClock(realNow func() time.Time, factor float64) *clock {
	now := realNow()
	return &clock{real: realNow, anchor: now, base: now, factor: factor}
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.nowLocked()
}

func (c *clock) nowLocked() time.Time {
	return c.base.Add(time.Duration(float64(c.real().Sub(c.anchor)) * c.factor))
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.base, c.anchor = c.nowLocked().Add(d), c.real()
}

func (c *clock) reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.anchor = c.real()
	c.base = c.anchor
}

func (c *clock) setFactor(factor float64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.base, c.anchor = c.nowLocked(), c.real()
	c.factor = factor
}

// offset is how far the simulated time is ahead of the real one.
func (c *clock) offset() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.nowLocked().Sub(c.real())
}

// realUntil is how long it takes in real time until the simulated time is reached.
func (c *clock) realUntil(simulated time.Time) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Duration(float64(simulated.Sub(c.nowLocked())) / c.factor)
}
