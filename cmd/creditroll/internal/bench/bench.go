// Package bench measures the main work of a large installation on this machine: crediting
// accruals, polling clips, paying creators, receiving webhooks, reading balances and verifying the
// books. Absolute numbers depend on the disk more than on the code. So each number has a baseline,
// which is measured in turns with it and compared round by round.
package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/devstack/postgres"
	"github.com/creditroll/creditroll/devstack/temporalserver"
)

// Options configure the measurements.
type Options struct {
	// Seconds is the total time for measuring rates. Starting, checking and the large journal take
	// additional time.
	Seconds int
	// Quick measures one short round with few clients, to check that it works.
	Quick bool
	// Only is the part to measure; empty means all parts.
	Only string
	// JournalPostings is the number of postings in the large journal.
	JournalPostings int
	// Creators is how many creators are paid in comparison with empty workflows.
	Creators int
	// RunCreators is how many creators are paid in one payout run; 0 skips it.
	RunCreators int
	// Executable and Environment start the product as another process.
	Executable  string
	Environment []string
	// Progress receives a sentence about each step.
	Progress func(string)
}

// Result has the measurements. Rates are medians over the rounds. Ratios are medians of our rate
// divided by the baseline of the same round. Spreads has the lowest and highest round.
type Result struct {
	AccrualsPerSecond float64 `json:"accruals_per_s"`
	// VsSingleTx compares with one accrual per transaction, through the same code.
	VsSingleTx        float64 `json:"vs_single_tx"`
	SingleTxPerSecond float64 `json:"single_tx_per_s"`
	// VsBareBatch compares with the same rows in tables with the same indexes and no checks.
	// VsBareHeap compares with tables without indexes.
	VsBareBatch           float64 `json:"vs_bare_batch"`
	BareBatchPerSecond    float64 `json:"bare_batch_per_s"`
	VsBareHeap            float64 `json:"vs_bare_heap"`
	BareHeapPerSecond     float64 `json:"bare_heap_per_s"`
	VsTwoRowInsert        float64 `json:"vs_two_row_insert"`
	TwoRowInsertPerSecond float64 `json:"two_row_inserts_per_s"`
	// One accrual at a time on an idle system, compared with the same rows in a plain transaction
	// with one statement per table, the same rows in one round trip, and two rows.
	IdleP99Ms               float64 `json:"idle_p99_ms"`
	PlainInsertP99Ms        float64 `json:"plain_insert_p99_ms"`
	IdleP99VsPlainInsert    float64 `json:"idle_p99_vs_plain_insert"`
	IdleMedianVsPlainInsert float64 `json:"idle_median_vs_plain_insert"`
	IdleP99VsOneTrip        float64 `json:"idle_p99_vs_one_round_trip"`
	IdleP99VsTwoRows        float64 `json:"idle_p99_vs_two_row_insert"`
	TableBytesPerAccrual    float64 `json:"table_bytes_per_accrual"`
	IndexBytesPerAccrual    float64 `json:"index_bytes_per_accrual"`
	// BalanceReadGrowth is the time to read a balance from the large journal, divided by the time
	// for a journal of 10,000 postings.
	BalanceReadGrowth       float64 `json:"balance_read_growth"`
	BalanceReadMs           float64 `json:"balance_read_ms"`
	VerifyPostingsPerSecond float64 `json:"verify_postings_per_s"`
	SealPostingsPerSecond   float64 `json:"seal_postings_per_s"`
	JournalPostings         int     `json:"journal_postings"`
	PollsPerSecond          float64 `json:"polls_per_s"`
	BareLoopsPerSecond      float64 `json:"bare_loops_per_s"`
	PollsVsBareLoop         float64 `json:"polls_vs_bare_loop"`
	// WebhooksPerSecond is received by our handler, which checks the signature, stores the event and
	// delivers it. The baseline is a handler that inserts the body. The p99 is at 500 a second.
	WebhooksPerSecond    float64 `json:"webhooks_per_s"`
	BareInsertsPerSecond float64 `json:"bare_webhook_inserts_per_s"`
	WebhooksVsBareInsert float64 `json:"webhooks_vs_bare_insert"`
	WebhookP99Ms         float64 `json:"webhook_p99_ms"`
	// From a webhook to the signal in the history of its workflow, at 200 a second, while the inbox
	// has many events that concern no workflow.
	WebhookSignalP50Ms float64 `json:"webhook_signal_p50_ms"`
	WebhookSignalP99Ms float64 `json:"webhook_signal_p99_ms"`
	// The sweep alone: events of as many payouts, and events that concern no workflow.
	SweepPerSecond          float64 `json:"sweep_per_s"`
	SweepUnrelatedPerSecond float64 `json:"sweep_unrelated_per_s"`
	// A payout goes through both phases until no bank can return it. The baseline has the same number
	// of empty activities and one signal, with a local activity for each of ours. PayoutTimeVsBare is
	// our time divided by that of the baseline. In PayoutTimeVsActivities each local activity of the
	// baseline is a full one. PayoutEvents is the median number of events in the history of a payout.
	PayoutsPerSecond         float64 `json:"payouts_per_s"`
	BarePayoutsPerSecond     float64 `json:"bare_payouts_per_s"`
	PayoutTimeVsBare         float64 `json:"payout_time_vs_bare"`
	ActivityPayoutsPerSecond float64 `json:"activity_payouts_per_s"`
	PayoutTimeVsActivities   float64 `json:"payout_time_vs_activities"`
	PayoutEvents             float64 `json:"payout_history_events"`
	PayoutEventsMax          float64 `json:"payout_history_events_max"`
	PayoutActivities         int     `json:"payout_activities"`
	PayoutLocalActivities    int     `json:"payout_local_activities"`
	// One payout run of many creators: the seconds until the books show all as paid, the number of
	// its histories, and the events of the longest one. RunMemoryGrowth is the memory of the worker
	// at the end, divided by that in the second quarter. All are left out without such a run.
	RunCreators     int     `json:"run_creators,omitempty"`
	RunSeconds      float64 `json:"run_seconds,omitempty"`
	RunHistories    int     `json:"run_histories,omitempty"`
	RunEventsMax    int     `json:"run_history_events_max,omitempty"`
	RunMemoryPeakMB float64 `json:"run_worker_memory_peak_mb,omitempty"`
	RunMemoryGrowth float64 `json:"run_worker_memory_growth,omitempty"`
	// Accruals is the number of credited accruals. The books were verified afterwards.
	Accruals int64             `json:"accruals"`
	Seconds  float64           `json:"seconds"`
	Spreads  map[string]Spread `json:"spreads"`
}

// plan divides the measuring time.
type plan struct {
	accrualRounds, pollRounds int
	accrualSlice, pollSlice   time.Duration
	// writers call group commit at the same time. clients have one connection each.
	writers, clients int
	// loops is the number of workflows that run at the same time.
	loops int
	// idleCalls is the number of calls that are timed one by one.
	idleCalls       int
	journalPostings int

	intakeRounds                      int
	intakeSlice, pacedFor, signalsFor time.Duration
	unrelatedEvents, sweptEvents      int

	// payees are paid in payRounds turns, runCreators in one payout run.
	payRounds, payees, runCreators int
	command                        command
}

// There are 60 equal slices. Five rounds of five kinds of writing take 25, and two rounds of two
// kinds of workflow take 20, five slices per turn. A loop takes seconds when many share two
// cores, so short turns would be inaccurate. Webhooks take 15: three rounds of two handlers, and
// two fixed rates. Payouts are counted and not timed, so they take additional time.
func (o Options) plan() plan {
	start := command{executable: o.Executable, environment: o.Environment}
	if o.Quick {
		return plan{
			accrualRounds: 1, pollRounds: 1, accrualSlice: 300 * time.Millisecond, pollSlice: time.Second,
			writers: 64, clients: 4, loops: 8, idleCalls: 50, journalPostings: 30_000,
			intakeRounds: 1, intakeSlice: 300 * time.Millisecond, pacedFor: 300 * time.Millisecond, signalsFor: time.Second, unrelatedEvents: 500, sweptEvents: 50,
			payRounds: 1, payees: 8, runCreators: o.RunCreators, command: start,
		}
	}
	slice := time.Duration(o.Seconds) * time.Second / 60
	return plan{
		accrualRounds: 5, pollRounds: 2, accrualSlice: slice, pollSlice: 5 * slice,
		writers: 1000, clients: 8, loops: 100, idleCalls: 3000, journalPostings: o.JournalPostings,
		intakeRounds: 15, intakeSlice: slice / 5, pacedFor: 3 * slice, signalsFor: 6 * slice, unrelatedEvents: 10_000, sweptEvents: 1000,
		payRounds: 4, payees: o.Creators, runCreators: o.RunCreators, command: start,
	}
}

const stopTimeout = time.Minute

// parts are measured one after the other. None depends on another one.
var parts = []struct {
	name    string
	measure func(ctx context.Context, server string, p plan, progress func(string), result *Result) error
}{
	{"accruals", measureAccruals}, {"journal", measureJournal}, {"polls", measurePolls}, {"payouts", measurePayouts}, {"webhooks", measureWebhooks},
}

// Parts returns the names of what can be measured alone.
func Parts() []string {
	names := make([]string, len(parts))
	for i, each := range parts {
		names[i] = each.name
	}
	return names
}

// Run measures on a temporary database whose commits wait for the disk and on a temporary
// Temporal server. It returns an error if the verification of the books fails afterwards.
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

	if err := db.Migrate(ctx, server.URL()); err != nil {
		return Result{}, err
	}
	result.Spreads = map[string]Spread{}
	for _, each := range parts {
		if options.Only != "" && options.Only != each.name {
			continue
		}
		if err := each.measure(ctx, server.URL(), p, options.Progress, &result); err != nil {
			return result, fmt.Errorf("measure %s: %w", each.name, err)
		}
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
