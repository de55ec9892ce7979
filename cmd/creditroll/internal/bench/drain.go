package bench

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// drainedRate lets callers work for a while, waits for everything that they have begun, and
// only then stops the clock: what was accepted counts when it is finished. work returns how
// much it did.
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
