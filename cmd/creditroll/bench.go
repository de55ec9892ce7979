package main

import (
	"fmt"
	"io"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/creditroll/creditroll/cmd/creditroll/internal/bench"
	"github.com/creditroll/creditroll/domain/fault"
)

func newBench() *cobra.Command {
	var asJSON bool
	var options bench.Options
	command := &cobra.Command{
		Use: "bench", Short: "Measure accruals, polls, webhooks, balances and verification on this machine, each against a baseline", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if options.Seconds < 1 {
				return fault.Field("seconds", "seconds_not_positive", "--seconds must be at least 1")
			}
			if options.JournalPostings < 30_000 {
				return fault.Field("postings", "postings_too_few", "--postings must be at least 30000: the small journal has 10000")
			}
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
	command.Flags().IntVar(&options.JournalPostings, "postings", 10_000_000, "number of postings in the journal for reading balances and for verification")
	command.Flags().BoolVar(&options.Quick, "quick", false, "one short round with few clients, to check that it works")
	return command
}

func printBench(out io.Writer, result bench.Result) {
	t := newTable(out)
	t.AppendHeader(table.Row{"Per second", "Median", "Lowest", "Highest", "Compared"})
	rate := func(name, key, compared string) {
		spread := result.Spreads[key]
		t.AppendRow(table.Row{name, whole(spread.Median), whole(spread.Min), whole(spread.Max), compared})
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
	rate("Webhooks received", "webhooks_per_s", "")
	rate("Their bodies inserted, no checks", "bare_webhook_inserts_per_s", fmt.Sprintf("receiving is %.2f times this", result.WebhooksVsBareInsert))
	t.AppendRow(table.Row{"Webhooks swept, of one payout each", whole(result.SweepPerSecond), "", "", ""})
	t.AppendRow(table.Row{"Webhooks swept, of no workflow", whole(result.SweepUnrelatedPerSecond), "", "", ""})
	t.AppendSeparator()
	journal := fmt.Sprintf("of %d", result.JournalPostings)
	t.AppendRow(table.Row{"Postings sealed", whole(result.SealPostingsPerSecond), "", "", journal})
	t.AppendRow(table.Row{"Postings verified", whole(result.VerifyPostingsPerSecond), "", "", journal})
	t.Render()
	_, _ = fmt.Fprintf(out, "p99 of one accrual on an idle system: %.2f ms; %.2f times the same rows in a plain transaction,\n%.2f times the same rows in one round trip, %.2f times two rows\n",
		result.IdleP99Ms, result.IdleP99VsPlainInsert, result.IdleP99VsOneTrip, result.IdleP99VsTwoRows)
	_, _ = fmt.Fprintf(out, "a webhook, at 500 a second: p99 %.2f ms until it is answered\n", result.WebhookP99Ms)
	_, _ = fmt.Fprintf(out, "a webhook, at 200 a second in a full inbox: p50 %.2f ms and p99 %.2f ms until its workflow has the signal\n", result.WebhookSignalP50Ms, result.WebhookSignalP99Ms)
	_, _ = fmt.Fprintf(out, "reading a balance from %d postings: %.2f ms, %.2f times a balance from 10000\n", result.JournalPostings, result.BalanceReadMs, result.BalanceReadGrowth)
	_, _ = fmt.Fprintf(out, "an accrual takes %.0f bytes in tables and %.0f in their indexes\n", result.TableBytesPerAccrual, result.IndexBytesPerAccrual)
	_, _ = fmt.Fprintf(out, "%d accruals, all verified; %.0f seconds\n", result.Accruals, result.Seconds)
}

func whole(value float64) string { return fmt.Sprintf("%.0f", value) }
