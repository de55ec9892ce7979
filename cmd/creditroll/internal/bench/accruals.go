package bench

import (
	"context"
	"fmt"
	"maps"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/books"
)

// writing is one way of writing accruals, with the results of its rounds.
type writing struct {
	name    string
	callers int
	work    func(ctx context.Context, caller int) (int, error)
	rates   []float64
}

// measureAccruals compares ways of writing, all with commits that wait for the disk: accruals
// that share a transaction, accruals with a transaction each, the rows of accruals without
// rules, and the minimum for a double-entry ledger.
func measureAccruals(ctx context.Context, url string, p plan, progress func(string), result *Result) error {
	fast, err := openAsynchronous(ctx, url)
	if err != nil {
		return err
	}
	defer fast.DB.Close()
	progress(fmt.Sprintf("setting up a campaign with %d clips", p.writers))
	w, err := newWorld(ctx, fast, p.writers)
	if err != nil {
		return err
	}
	if err := w.insertClips(ctx, fast); err != nil {
		return err
	}
	shared, err := books.Open(ctx, url, db.Options{})
	if err != nil {
		return err
	}
	defer shared.DB.Close()
	clients, closeClients, err := openClients(ctx, url, p.clients)
	defer closeClients()
	if err != nil {
		return err
	}
	bare, err := newBareTables(ctx, url, p.clients, w)
	if err != nil {
		return err
	}
	defer bare.close()

	group := &writing{name: "group commit", callers: p.writers, work: func(ctx context.Context, caller int) (int, error) {
		return w.record(ctx, shared, w.clips[caller])
	}}
	// Each client is a separate caller that shares no transaction.
	single := &writing{name: "a transaction each", callers: p.clients, work: func(ctx context.Context, caller int) (int, error) {
		return w.record(ctx, clients[caller], w.clips[caller])
	}}
	batch := &writing{name: "bare batch insert", callers: 1, work: bare.insertBatch("bare")}
	heap := &writing{name: "the same without indexes", callers: 1, work: bare.insertBatch("heap")}
	twoRows := &writing{name: "two-row insert", callers: p.clients, work: bare.insertTwoRows}
	err = takeTurns(ctx, []*writing{group, single, batch, heap, twoRows}, p, progress)
	if err != nil {
		return err
	}
	result.AccrualsPerSecond, result.SingleTxPerSecond = median(group.rates), median(single.rates)
	result.BareBatchPerSecond, result.BareHeapPerSecond, result.TwoRowInsertPerSecond = median(batch.rates), median(heap.rates), median(twoRows.rates)
	result.VsSingleTx, result.VsBareBatch = ratio(group.rates, single.rates), ratio(group.rates, batch.rates)
	result.VsBareHeap = ratio(group.rates, heap.rates)
	result.VsTwoRowInsert = ratio(group.rates, twoRows.rates)
	maps.Copy(result.Spreads, map[string]Spread{
		"accruals_per_s": spreadOf(group.rates), "single_tx_per_s": spreadOf(single.rates), "bare_batch_per_s": spreadOf(batch.rates),
		"bare_heap_per_s": spreadOf(heap.rates), "two_row_inserts_per_s": spreadOf(twoRows.rates),
	})
	progress(fmt.Sprintf("timing %d accruals one by one", p.idleCalls))
	if err := measureIdle(ctx, clients[0], w, bare, p, result); err != nil {
		return err
	}
	if err := bare.measureSizes(ctx, result); err != nil {
		return err
	}
	result.Accruals = w.accruals.Load()
	progress(fmt.Sprintf("verifying the books of %d accruals", result.Accruals))
	return w.verify(ctx, shared)
}

func takeTurns(ctx context.Context, ways []*writing, p plan, progress func(string)) error {
	for turn := range p.accrualRounds {
		for _, way := range ways {
			rate, err := drainedRate(ctx, way.callers, p.accrualSlice, way.work)
			if err != nil {
				return fmt.Errorf("%s: %w", way.name, err)
			}
			progress(fmt.Sprintf("round %d of %d: %s, %.0f/s", turn+1, p.accrualRounds, way.name, rate))
			way.rates = append(way.rates, rate)
		}
	}
	return nil
}

// openAsynchronous opens a store whose commits do not wait for the disk.
func openAsynchronous(ctx context.Context, url string) (*books.Books, error) {
	return books.Open(ctx, url+"&synchronous_commit=off", db.Options{})
}

func openClients(ctx context.Context, url string, count int) (clients []*books.Books, closeAll func(), err error) {
	closeAll = func() {
		for _, each := range clients {
			each.DB.Close()
		}
	}
	for range count {
		each, err := books.Open(ctx, url, db.Options{MaxConnections: 1})
		if err != nil {
			return clients, closeAll, err
		}
		clients = append(clients, each)
	}
	return clients, closeAll, nil
}
