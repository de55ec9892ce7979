package bench

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// drainedRate runs callers for a while and waits until all started calls have ended. Only then it
// stops the clock, so that the rate has completed work only. work returns the amount of work.
func drainedRate(ctx context.Context, callers int, slice time.Duration, work func(ctx context.Context, caller int) (int, error)) (float64, error) {
	var done atomic.Int64
	var failed atomic.Pointer[error]
	var running sync.WaitGroup
	begin := time.Now()
	for caller := range callers {
		running.Go(func() {
			for time.Since(begin) < slice && failed.Load() == nil {
				did, err := work(ctx, caller)
				if err != nil {
					failed.CompareAndSwap(nil, &err)
					return
				}
				done.Add(int64(did))
			}
		})
	}
	running.Wait()
	if err := failed.Load(); err != nil {
		return 0, *err
	}
	return float64(done.Load()) / time.Since(begin).Seconds(), nil
}
