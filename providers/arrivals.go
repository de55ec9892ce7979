package providers

import "time"

const (
	// waitFactorMax times Options.Wait is the longest time that a clip waits for others, but no longer than waitMax: the
	// caller has a timeout.
	waitFactorMax = 40
	waitMax       = 15 * time.Second
	// arrivalsMin is how many clips have to come within that time to be a stream. A single clip gains nothing by waiting.
	arrivalsMin = 3
)

// arrivals are the times of the latest clips of a queue, at most as many as fill a batch.
type arrivals struct {
	times []time.Time
}

func (a *arrivals) add(now time.Time, batchMax int) {
	if len(a.times) >= max(batchMax, arrivalsMin) {
		a.times = a.times[1:]
	}
	a.times = append(a.times, now)
}

// wait returns how long the oldest clip of a batch should wait. A stream of clips gets the time in which it fills a
// batch, and a quarter more, because streams are uneven. Each request has a price of its own, and
// a reading is seldom urgent.
func (a *arrivals) wait(now time.Time, batchMax int, shortest time.Duration) time.Duration {
	longest := max(shortest, min(shortest*waitFactorMax, waitMax))
	for len(a.times) > 0 && now.Sub(a.times[0]) > longest {
		a.times = a.times[1:]
	}
	count := len(a.times)
	if count < arrivalsMin {
		return shortest
	}
	between := now.Sub(a.times[0]) / time.Duration(count-1)
	fill := between * time.Duration(batchMax)
	return min(longest, max(shortest, fill+fill/4))
}
