package demo

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

const watchEvery = 500 * time.Millisecond

// watched are the results of the snapshots during the demo.
type watched struct {
	samples    int
	exceeded   []string // campaigns that were over their budget in any snapshot
	unbalanced []string // currencies whose trial balance was not zero in any snapshot
}

func (w *watched) add(s snapshot) {
	w.samples++
	w.exceeded = distinct(append(w.exceeded, s.exceeded...))
	for currency, minor := range s.trialBalance {
		if minor != 0 {
			w.unbalanced = distinct(append(w.unbalanced, fmt.Sprintf("%s was off by %d in a snapshot", currency, minor)))
		}
	}
}

func distinct(items []string) []string {
	slices.Sort(items)
	return slices.Compact(items)
}

// watcher takes snapshots twice a second until it is stopped.
type watcher struct {
	cancel context.CancelFunc
	group  sync.WaitGroup
	seen   watched
	err    error
}

// startWatching passes each snapshot to report.
func startWatching(ctx context.Context, b *auditor, report func(snapshot)) *watcher {
	ctx, cancel := context.WithCancel(ctx)
	w := &watcher{cancel: cancel}
	w.group.Go(func() {
		for {
			s, err := b.takeSnapshot(ctx)
			switch {
			case ctx.Err() != nil:
				return
			case err != nil:
				w.err = fmt.Errorf("take a snapshot of the books: %w", err)
				return
			}
			w.seen.add(s)
			report(s)
			if pause(ctx, watchEvery) != nil {
				return
			}
		}
	})
	return w
}

// stop ends the snapshots and returns their results.
func (w *watcher) stop() (watched, error) {
	w.cancel()
	w.group.Wait()
	return w.seen, w.err
}
