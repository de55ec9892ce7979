package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/guptarohit/asciigraph"
	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/creditroll/creditroll/cmd/creditroll/internal/plan"
	"github.com/creditroll/creditroll/devstack/simulators/curves"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/views"
)

func newPlan() *cobra.Command {
	var (
		file     string
		policies []string
		days     int
		options  plan.Options
		asJSON   bool
	)
	command := &cobra.Command{
		Use: "plan", Short: "Replay recorded view curves through polling schedules: calls, lag and cost of each", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			recordings, err := readCurves(file)
			if err != nil {
				return err
			}
			options.Curves, options.Window = recordings, time.Duration(days)*24*time.Hour
			for _, setting := range policies {
				schedule, err := views.ParseTiers(setting)
				if err != nil {
					return fault.Field("policy", fault.CodeOf(err), "--policy %q: %s", setting, err)
				}
				options.Policies = append(options.Policies, plan.Scheduled(setting, schedule))
			}
			report, err := plan.Run(options)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), report)
			}
			printPlan(cmd.OutOrStdout(), report)
			return nil
		},
	}
	command.Flags().StringVar(&file, "curves", "", "CSV file with video_id,day,views,likes,comments; without it, made-up curves that come with the program")
	command.Flags().StringArrayVar(&policies, "policy", nil, "a schedule to compare, as in CREDITROLL_POLL_TIERS; may be repeated")
	command.Flags().IntVar(&days, "days", 30, "the time in which a clip is read, in days since its publication")
	command.Flags().Int64Var(&options.CallMicros, "call-micros", 300, "the price of reading one clip once, in millionths of a US dollar")
	command.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return command
}

func readCurves(file string) (curves.Recordings, error) {
	if file == "" {
		return plan.Sample()
	}
	source, err := os.Open(file)
	if err != nil {
		return nil, fault.Field("curves", "file_unreadable", "--curves %s cannot be opened: check the path", file).Because(err)
	}
	defer func() { _ = source.Close() }()
	recordings, err := curves.ParseRecordings(source)
	if err != nil {
		return nil, fault.Field("curves", "file_malformed", "--curves %s: %s", file, err)
	}
	return recordings, nil
}

func printPlan(w io.Writer, report plan.Report) {
	_, _ = fmt.Fprintf(w, "%d clips, recorded for %.1f days on average and extrapolated to %.0f days.", report.Clips, report.RecordedDays, report.Window.Std().Hours()/24)
	if report.LeftOut > 0 {
		_, _ = fmt.Fprintf(w, " %d more have too few days.", report.LeftOut)
	}
	_, _ = fmt.Fprintf(w, "\nLag is the time from a view until a reading counts it.\n\n")
	whole := newTable(w)
	whole.AppendHeader(table.Row{"Policy", "Calls per clip", "Of hourly", "Credited", "Mean lag", "95 % within", "USD per 1000 clips"})
	recorded := newTable(w)
	recorded.AppendHeader(table.Row{"Within the recordings", "Calls per clip", "Mean lag", "95 % within"})
	for _, each := range report.Policies {
		whole.AppendRow(table.Row{
			each.Policy, fmt.Sprintf("%.1f", each.CallsPerClip), fmt.Sprintf("%.1f %%", 100*each.ComparedToHourly), fmt.Sprintf("%.2f %%", 100*each.CreditedShare),
			each.MeanLag, each.P95Lag, fmt.Sprintf("%.2f", float64(each.MicrosPerClip)/1000),
		})
		recorded.AppendRow(table.Row{each.Policy, fmt.Sprintf("%.1f", each.Measured.CallsPerClip), each.Measured.MeanLag, each.Measured.P95Lag})
	}
	render(whole, 2, 3, 4, 5, 6, 7)
	_, _ = fmt.Fprintln(w)
	render(recorded, 2, 3, 4)
	printLagChart(w, report)
}

// chartDays is how many days the chart shows. Few views come after them.
const chartDays = 14

// printLagChart draws the mean lag of views by the age of the clip: for the product's schedule, and for the fixed schedules at
// as many calls.
func printLagChart(w io.Writer, report plan.Report) {
	var (
		lines [][]float64
		names []string
	)
	for _, each := range report.Policies {
		if each.Policy == plan.Default || strings.HasSuffix(each.Policy, plan.Scaled) {
			lines = append(lines, each.HoursLagByDay[:min(chartDays, len(each.HoursLagByDay))])
			names = append(names, each.Policy)
		}
	}
	chart := asciigraph.PlotMany(lines, asciigraph.Height(10), asciigraph.Width(70), asciigraph.Precision(1), asciigraph.LowerBound(0), asciigraph.XAxisRange(1, float64(len(lines[0]))),
		asciigraph.XAxisValueFormatter(func(value float64) string { return fmt.Sprintf("%.0f", value) }), asciigraph.XAxisTickCount(2),
		asciigraph.SeriesChars(asciigraph.CreateCharSet("●"), asciigraph.CreateCharSet("+"), asciigraph.CreateCharSet("·")))
	_, _ = fmt.Fprintf(w, "\nHours of lag of the views of each day, 1 to %d\n\n%s\n\n", len(lines[0]), chart)
	for i, mark := range []string{"●", "+", "·"} {
		_, _ = fmt.Fprintf(w, "  %s %s\n", mark, names[i])
	}
}
