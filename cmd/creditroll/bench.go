package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/creditroll/creditroll/cmd/creditroll/internal/bench"
	"github.com/creditroll/creditroll/domain/fault"
)

func newBench() *cobra.Command {
	var asJSON bool
	var options bench.Options
	command := &cobra.Command{
		Use: "bench", Short: "Measure accruals, polls, payouts, webhooks, balances and verification on this machine, each against a baseline", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if options.Seconds < 1 {
				return fault.Field("seconds", "seconds_not_positive", "--seconds must be at least 1")
			}
			if options.JournalPostings < 30_000 {
				return fault.Field("postings", "postings_too_few", "--postings must be at least 30000: the small journal has 10000")
			}
			if options.Creators < 1 || options.RunCreators < 0 {
				return fault.Field("creators", "creators_not_positive", "--creators must be at least 1, and --run-creators must not be negative")
			}
			if options.Only != "" && !slices.Contains(bench.Parts(), options.Only) {
				return fault.Field("only", "unknown_part", "--only must be one of %s", strings.Join(bench.Parts(), ", "))
			}
			executable, err := os.Executable()
			if err != nil {
				return err
			}
			options.Executable, options.Environment = executable, os.Environ()
			options.Progress = func(what string) { _, _ = fmt.Fprintln(cmd.ErrOrStderr(), "·", what) }
			result, err := bench.Run(cmd.Context(), options)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), result)
			}
			printBench(cmd.OutOrStdout(), result)
			return nil
		},
	}
	command.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	command.Flags().IntVar(&options.Seconds, "seconds", 80, "total time to measure rates; starting, checking and the large journal take additional time")
	command.Flags().StringVar(&options.Only, "only", "", "measure only one of "+strings.Join(bench.Parts(), ", "))
	command.Flags().IntVar(&options.JournalPostings, "postings", 10_000_000, "number of postings in the journal for reading balances and for verification")
	command.Flags().IntVar(&options.Creators, "creators", 1000, "number of creators to pay, in comparison with empty workflows")
	command.Flags().IntVar(&options.RunCreators, "run-creators", 0, "number of creators to pay in one payout run, such as 20000; 0 skips it")
	command.Flags().BoolVar(&options.Quick, "quick", false, "one short round with few clients, to check that it works")
	return command
}

// printBench prints what was measured.
func printBench(out io.Writer, result bench.Result) {
	t := newTable(out)
	t.AppendHeader(table.Row{"Per second", "Median", "Lowest", "Highest", "Compared"})
	rate := func(name, key, compared string) {
		if spread, measured := result.Spreads[key]; measured {
			t.AppendRow(table.Row{name, whole(spread.Median), whole(spread.Min), whole(spread.Max), compared})
		}
	}
	single := func(name string, value float64, compared string) {
		if value > 0 {
			t.AppendRow(table.Row{name, whole(value), "", "", compared})
		}
	}
	group := func(ratio float64) string { return fmt.Sprintf("group commit is %.2f times this", ratio) }
	rate("Accruals, group commit", "accruals_per_s", "")
	rate("Accruals, a transaction each", "single_tx_per_s", group(result.VsSingleTx))
	rate("The same rows and indexes, no checks", "bare_batch_per_s", group(result.VsBareBatch))
	rate("The same rows, not even indexes", "bare_heap_per_s", group(result.VsBareHeap))
	rate("Two rows in a transaction", "two_row_inserts_per_s", group(result.VsTwoRowInsert))
	t.AppendSeparator()
	rate("Polls of tracked clips", "polls_per_s", "")
	rate("Loops of an empty workflow", "bare_loops_per_s", fmt.Sprintf("tracking is %.2f times this", result.PollsVsBareLoop))
	t.AppendSeparator()
	rate("Payouts, both phases", "payouts_per_s", "")
	rate("Empty workflows with as many steps", "bare_payouts_per_s", fmt.Sprintf("a payout takes %.2f times as long", result.PayoutTimeVsBare))
	rate("The same without local activities", "activity_payouts_per_s", fmt.Sprintf("a payout takes %.2f times as long", result.PayoutTimeVsActivities))
	t.AppendSeparator()
	rate("Webhooks received", "webhooks_per_s", "")
	rate("Their bodies inserted, no checks", "bare_webhook_inserts_per_s", fmt.Sprintf("receiving is %.2f times this", result.WebhooksVsBareInsert))
	single("Webhooks swept, of one payout each", result.SweepPerSecond, "")
	single("Webhooks swept, of no workflow", result.SweepUnrelatedPerSecond, "")
	t.AppendSeparator()
	journal := fmt.Sprintf("of %d", result.JournalPostings)
	single("Postings sealed", result.SealPostingsPerSecond, journal)
	single("Postings verified", result.VerifyPostingsPerSecond, journal)
	t.Render()
	printDetails(out, result)
}

// printDetails prints times, sizes and histories, one line for each part that was measured.
func printDetails(out io.Writer, result bench.Result) {
	line := func(measured bool, format string, values ...any) {
		if measured {
			_, _ = fmt.Fprintf(out, format+"\n", values...)
		}
	}
	line(result.IdleP99Ms > 0, "p99 of one accrual on an idle system: %.2f ms; %.2f times the same rows in a plain transaction,\n%.2f times the same rows in one round trip, %.2f times two rows",
		result.IdleP99Ms, result.IdleP99VsPlainInsert, result.IdleP99VsOneTrip, result.IdleP99VsTwoRows)
	line(result.PayoutEvents > 0, "a payout has %.0f events in its history, at most %.0f, with %d activities and %d local ones",
		result.PayoutEvents, result.PayoutEventsMax, result.PayoutActivities, result.PayoutLocalActivities)
	line(result.RunCreators > 0, "a payout run of %d creators, paid in %.0f seconds: %d histories of at most %d events;\nits worker used at most %.0f MB, and at the end %.2f times as much as in the second quarter",
		result.RunCreators, result.RunSeconds, result.RunHistories, result.RunEventsMax, result.RunMemoryPeakMB, result.RunMemoryGrowth)
	line(result.WebhookP99Ms > 0, "a webhook, at 500 a second: p99 %.2f ms until it is answered", result.WebhookP99Ms)
	line(result.WebhookSignalP99Ms > 0, "a webhook, at 200 a second in a full inbox: p50 %.2f ms and p99 %.2f ms until its workflow has the signal", result.WebhookSignalP50Ms, result.WebhookSignalP99Ms)
	line(result.BalanceReadMs > 0, "reading a balance from %d postings: %.2f ms, %.2f times a balance from 10000", result.JournalPostings, result.BalanceReadMs, result.BalanceReadGrowth)
	line(result.TableBytesPerAccrual > 0, "an accrual takes %.0f bytes in tables and %.0f in their indexes", result.TableBytesPerAccrual, result.IndexBytesPerAccrual)
	line(result.Accruals > 0, "%d accruals, all verified", result.Accruals)
	line(true, "%.0f seconds", result.Seconds)
}

// whole leaves the decimals out where they would be noise.
func whole(value float64) string {
	if value < 100 {
		return fmt.Sprintf("%.1f", value)
	}
	return fmt.Sprintf("%.0f", value)
}
