// Package bench measures what a machine does with the two things that a large installation
// does most: crediting accruals and polling clips. Absolute numbers say more about the disk
// than about the code, so each is measured beside a baseline, in turns and in the same
// minute, and compared round by round.
package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/creditroll/creditroll/devstack/postgres"
	"github.com/creditroll/creditroll/devstack/temporalserver"
)

// Options say how long to measure.
type Options struct {
	// Seconds is how long all measurements take together; starting and checking come on top.
	Seconds int
	// Quick measures one short round with few clients: enough to see that it works.
	Quick bool
	// Progress is told in a sentence what is going on.
	Progress func(string)
}

// Result is what was measured. The vs_ and polls_vs_ ratios are medians over the rounds of
// ours divided by the baseline of the same round.
type Result struct {
	AccrualsPerSecond      Spread  `json:"accruals_per_s"`
	SingleTxPerSecond      Spread  `json:"single_tx_per_s"`
	BareBatchPerSecond     Spread  `json:"bare_batch_per_s"`
	TwoRowInsertsPerSecond Spread  `json:"two_row_inserts_per_s"`
	VsSingleTx             float64 `json:"vs_single_tx"`
	VsBareBatch            float64 `json:"vs_bare_batch"`
	VsTwoRowInsert         float64 `json:"vs_two_row_insert"`
	PollsPerSecond         Spread  `json:"polls_per_s"`
	BareLoopsPerSecond     Spread  `json:"bare_loops_per_s"`
	PollsVsBareLoop        float64 `json:"polls_vs_bare_loop"`
	// Accruals were credited during the measurement, all of them on verified books.
	Accruals int64   `json:"accruals"`
	Seconds  float64 `json:"seconds"`
}

// plan is how the measuring time is divided.
type plan struct {
	accrualRounds, pollRounds int
	accrualSlice, pollSlice   time.Duration
	// writers call at the same time for group commit; clients have a connection each.
	writers, clients int
	// loops are workflows that run at the same time.
	loops int
}

// Of 40 equal slices, 20 go to five rounds of four kinds of writing, and 20 to two rounds of
// two kinds of workflow, which take turns of five slices each: one loop takes seconds when
// many share two cores, and a short turn would count edges instead of loops.
func (o Options) plan() plan {
	if o.Quick {
		return plan{
			accrualRounds: 1, pollRounds: 1, accrualSlice: 300 * time.Millisecond, pollSlice: time.Second,
			writers: 64, clients: 4, loops: 8,
		}
	}
	slice := time.Duration(o.Seconds) * time.Second / 40
	return plan{
		accrualRounds: 5, pollRounds: 2, accrualSlice: slice, pollSlice: 5 * slice,
		writers: 1000, clients: 8, loops: 100,
	}
}

const stopTimeout = time.Minute

// Run measures on a throw-away database whose commits wait for the disk, and a throw-away
// Temporal server. It returns an error if the books are not in order afterwards.
func Run(ctx context.Context, options Options) (result Result, err error) {
	begin := time.Now()
	p := options.plan()
	dir, err := os.MkdirTemp("", "creditroll-bench-")
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	options.Progress("starting PostgreSQL with durable commits")
	server, err := postgres.Start(ctx, postgres.Options{Dir: dir, Durable: true})
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, stop(ctx, server.Stop)) }()

	if err := measureAccruals(ctx, server.URL(), p, options.Progress, &result); err != nil {
		return result, fmt.Errorf("measure accruals: %w", err)
	}
	if err := measurePolls(ctx, server.URL(), p, options.Progress, &result); err != nil {
		return result, fmt.Errorf("measure polls: %w", err)
	}
	result.Seconds = round(time.Since(begin).Seconds())
	return result, nil
}

func startTemporal(ctx context.Context, progress func(string)) (*temporalserver.Server, error) {
	progress("starting the Temporal server")
	return temporalserver.Start(ctx, temporalserver.Options{Progress: progress})
}

func stop(ctx context.Context, server func(context.Context) error) error {
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	return server(stopping)
}
