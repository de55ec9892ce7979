package bench

import (
	"context"
	"slices"
	"time"

	"github.com/creditroll/creditroll/db/books"
)

// measureIdle measures one accrual that has its own transaction, with all rules. It compares it
// with the same rows in a plain transaction, the same rows in one round trip, and the minimum for
// a ledger. The four take turns, so that a slow disk affects all of them.
func measureIdle(ctx context.Context, store *books.Books, w *world, bare *bareTables, p plan, result *Result) error {
	if err := bare.settle(ctx); err != nil {
		return err
	}
	calls := []func(i int) error{
		func(i int) error { return failed(w.record(ctx, store, w.clips[i%len(w.clips)])) },
		func(int) error { return bare.insertPlainly(ctx) },
		func(int) error { return failed(bare.insertRows(ctx, "bare", 1)) },
		func(int) error { return failed(bare.insertTwoRows(ctx, 0)) },
	}
	tookMs := make([][]float64, len(calls))
	for i := range p.idleCalls {
		for kind, call := range calls {
			begin := time.Now()
			if err := call(i); err != nil {
				return err
			}
			tookMs[kind] = append(tookMs[kind], time.Since(begin).Seconds()*1000)
		}
	}
	ours, plain, oneTrip, twoRows := percentile99(tookMs[0]), percentile99(tookMs[1]), percentile99(tookMs[2]), percentile99(tookMs[3])
	result.IdleP99Ms, result.PlainInsertP99Ms = round(ours), round(plain)
	result.IdleP99VsPlainInsert, result.IdleMedianVsPlainInsert = round(ours/plain), round(middle(tookMs[0])/middle(tookMs[1]))
	result.IdleP99VsOneTrip, result.IdleP99VsTwoRows = round(ours/oneTrip), round(ours/twoRows)
	return nil
}

func failed(_ int, err error) error { return err }

func percentile99(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[(len(sorted)*99-1)/100]
}
