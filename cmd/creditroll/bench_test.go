package main

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBench(t *testing.T) { //nolint:paralleltest // it measures, and would take the processors from the others
	t.Run("prints every figure as JSON, measured on verified books", func(t *testing.T) {
		t.Setenv(asCommand, "1") // the worker of a payout run is this binary
		command := newBench()
		var out, progress bytes.Buffer
		command.SetOut(&out)
		command.SetErr(&progress)
		command.SetArgs([]string{"--quick", "--json", "--run-creators", "8"})

		err := command.ExecuteContext(t.Context())

		require.NoError(t, err, progress.String())
		var figures map[string]any
		require.NoError(t, json.Unmarshal(out.Bytes(), &figures), out.String())
		for _, name := range []string{
			"accruals_per_s", "vs_single_tx", "single_tx_per_s", "vs_bare_batch", "bare_batch_per_s", "vs_bare_heap", "vs_two_row_insert",
			"idle_p99_ms", "idle_p99_vs_plain_insert", "idle_p99_vs_one_round_trip", "table_bytes_per_accrual", "index_bytes_per_accrual", "idle_p99_vs_two_row_insert", "balance_read_growth", "verify_postings_per_s",
			"seal_postings_per_s", "journal_postings", "polls_per_s", "polls_vs_bare_loop", "accruals", "seconds",
			"webhooks_per_s", "bare_webhook_inserts_per_s", "webhooks_vs_bare_insert", "webhook_p99_ms", "webhook_signal_p50_ms", "webhook_signal_p99_ms",
			"sweep_per_s", "sweep_unrelated_per_s",
			"payouts_per_s", "bare_payouts_per_s", "payout_time_vs_bare", "activity_payouts_per_s", "payout_time_vs_activities", "payout_history_events", "payout_history_events_max", "payout_activities",
			"run_creators", "run_seconds", "run_histories", "run_history_events_max", "run_worker_memory_peak_mb", "run_worker_memory_growth",
		} {
			require.Positive(t, figures[name], name)
		}
	})

	t.Run("refuses a duration of zero", func(t *testing.T) {
		command := newBench()
		command.SilenceErrors, command.SilenceUsage = true, true
		command.SetArgs([]string{"--seconds", "0"})

		err := command.ExecuteContext(t.Context())

		require.ErrorContains(t, err, "--seconds")
	})

	t.Run("refuses to pay no creators, or to measure what it does not know", func(t *testing.T) {
		for _, arguments := range [][]string{{"--creators", "0"}, {"--run-creators", "-1"}, {"--only", "lunch"}} {
			command := newBench()
			command.SilenceErrors, command.SilenceUsage = true, true
			command.SetArgs(arguments)

			err := command.ExecuteContext(t.Context())

			require.ErrorContains(t, err, arguments[0])
		}
	})
}
