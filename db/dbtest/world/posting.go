package world

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/ledger"
)

// StallMax is how long a posting may take while something else has a lock on its table, or
// waits for one: many times the lock timeout of what does that, since machines are busy.
const StallMax = 30 * time.Second

// Posting is a caller for each clip who reads and credits it again and again.
type Posting struct {
	ending  chan struct{}
	callers sync.WaitGroup
	polls   []atomic.Int64
	slowest atomic.Int64
}

// KeepPosting reads and credits all clips of the world until it is stopped.
func (w *World) KeepPosting(t *testing.T) *Posting {
	t.Helper()
	p := &Posting{ending: make(chan struct{}), polls: make([]atomic.Int64, len(w.ClipIDs))}
	for i := range w.ClipIDs {
		p.callers.Go(func() {
			for poll := 1; ; poll++ {
				select {
				case <-p.ending:
					return
				default:
				}
				begin := time.Now()
				_, err := w.Earnings.RecordReading(context.Background(), w.Reading(i, poll, int64(poll)))
				p.took(time.Since(begin))
				_, balanceErr := w.Journal.GetBalance(context.Background(), ledger.StripePlatform, "USD")
				if !assert.NoError(t, errors.Join(err, balanceErr)) {
					return
				}
				p.polls[i].Add(1)
			}
		})
	}
	return p
}

func (p *Posting) took(d time.Duration) {
	for {
		slowest := p.slowest.Load()
		if int64(d) <= slowest || p.slowest.CompareAndSwap(slowest, int64(d)) {
			return
		}
	}
}

// AwaitProgress returns when each clip has been read once more from beginning to end.
func (p *Posting) AwaitProgress(t *testing.T) {
	t.Helper()
	for i := range p.polls {
		until := p.polls[i].Load() + 2 // the next one may have begun before
		require.Eventually(t, func() bool { return p.polls[i].Load() >= until }, StallMax, time.Millisecond, "nothing is posted")
	}
}

// Stop ends the callers and returns how long the slowest posting took.
func (p *Posting) Stop() (slowest time.Duration) {
	close(p.ending)
	p.callers.Wait()
	return time.Duration(p.slowest.Load())
}
