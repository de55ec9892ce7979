package bench

import (
	"context"
	"slices"
	"time"

	"github.com/creditroll/creditroll/db"
)

// measureIdle compares how long one accrual takes that nobody shares a transaction with,
// through rules and all, with inserting the same rows in one transaction of their own, and
// with the least that a ledger could insert. One after the other, so that what slows the
// disk down slows all three.
func measureIdle(ctx context.Context, store *db.Store, w *world, bare *bareTables, p plan, result *Result) error {
	ours, same, least := make([]float64, p.idleCalls), make([]float64, p.idleCalls), make([]float64, p.idleCalls)
	for i := range p.idleCalls {
		calls := []struct {
			took *float64
			work func() (int, error)
		}{
			{&ours[i], func() (int, error) { return w.record(ctx, store, w.clips[i%len(w.clips)]) }},
			{&same[i], func() (int, error) { return bare.insertRows(ctx, "bare", 1) }},
			{&least[i], func() (int, error) { return bare.insertTwoRows(ctx, 0) }},
		}
		for _, call := range calls {
			begin := time.Now()
			if _, err := call.work(); err != nil {
				return err
			}
			*call.took = time.Since(begin).Seconds() * 1000
		}
	}
	result.IdleP99Ms, result.PlainInsertP99Ms, result.TwoRowP99Ms = round(percentile99(ours)), round(percentile99(same)), round(percentile99(least))
	result.IdleP99VsPlainInsert = round(percentile99(ours) / percentile99(same))
	result.IdleP99VsTwoRows = round(percentile99(ours) / percentile99(least))
	result.IdleMedianVsPlainInsert = round(middle(ours) / middle(same))
	return nil
}

func percentile99(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[(len(sorted)*99-1)/100]
}
