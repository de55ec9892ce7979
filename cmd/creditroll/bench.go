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
		Use: "bench", Short: "Measure this machine: accruals and polls per second, each against a baseline", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if options.Seconds < 1 {
				return fault.Field("seconds", "seconds_not_positive", "--seconds must be at least 1")
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
	command.Flags().IntVar(&options.Seconds, "seconds", 60, "how long to measure, in all; starting and checking come on top")
	command.Flags().BoolVar(&options.Quick, "quick", false, "one short round with few clients, to see that it works")
	return command
}

func printBench(out io.Writer, result bench.Result) {
	t := newTable(out)
	t.AppendHeader(table.Row{"Per second", "Median", "Lowest", "Highest", "Group commit is"})
	row := func(name string, rate bench.Spread, compared string) {
		t.AppendRow(table.Row{name, fmt.Sprintf("%.0f", rate.Median), fmt.Sprintf("%.0f", rate.Min), fmt.Sprintf("%.0f", rate.Max), compared})
	}
	times := func(ratio float64) string { return fmt.Sprintf("%.2f times this", ratio) }
	row("Accruals, group commit", result.AccrualsPerSecond, "")
	row("Accruals, a transaction each", result.SingleTxPerSecond, times(result.VsSingleTx))
	row("The same rows, bare batch insert", result.BareBatchPerSecond, times(result.VsBareBatch))
	row("Two rows in a transaction", result.TwoRowInsertsPerSecond, times(result.VsTwoRowInsert))
	t.AppendSeparator()
	t.AppendRow(table.Row{"", "", "", "", "Tracking is"})
	row("Polls of tracked clips", result.PollsPerSecond, "")
	row("Loops of an empty workflow", result.BareLoopsPerSecond, times(result.PollsVsBareLoop))
	t.Render()
	_, _ = fmt.Fprintf(out, "%d accruals, all on verified books; %.0f seconds\n", result.Accruals, result.Seconds)
}
