package demo

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/payout"
)

// Outcome is the result of a demo.
type Outcome struct {
	Summary  Summary
	Verdicts []verdict
	Creators []creatorRow
	// Conversions are the payouts that creators have received in another currency.
	Conversions []conversionRow
	Parked      []parkedRow
	Memory      map[string]memoryUse
	Skipped     []string
	// Places are addresses and commands to explore the stack while it is running.
	Places []string
}

// Summary is the outcome for programs. The order of its fields is part of the contract. Add new
// fields at the end.
type Summary struct {
	Campaigns       int              `json:"campaigns"`
	Clips           int              `json:"clips"`
	Observations    int              `json:"observations"`
	Accruals        int64            `json:"accruals"`
	CreditedMinor   map[string]int64 `json:"credited_minor"`
	PaidMinor       map[string]int64 `json:"paid_minor"`
	Payouts         payoutCounts     `json:"payouts"`
	TrialBalance    map[string]int64 `json:"trial_balance"`
	BudgetExceeded  int              `json:"budget_exceeded"`
	DoublePayments  int              `json:"double_payments"`
	Unreconciled    int              `json:"unreconciled"`
	StuckWorkflows  int              `json:"stuck_workflows"`
	Seconds         float64          `json:"seconds"`
	PeakMemoryBytes int64            `json:"peak_memory_bytes"`
	Broken          []string         `json:"broken"`
	Skipped         []string         `json:"skipped"`
	Conversions     int              `json:"conversions"`
}

// payoutCounts counts payouts. A failed payout ended with the money in the creator's balance.
type payoutCounts struct {
	Paid           int `json:"paid"`
	NeedsAttention int `json:"needs_attention"`
	Failed         int `json:"failed"`
}

func summarize(e evidence, counted figures) Summary {
	s := Summary{
		Campaigns: len(e.books.terms), Clips: len(e.books.clips), Observations: len(e.books.observations), Accruals: e.books.accruals,
		CreditedMinor: e.books.credited, PaidMinor: e.books.paid, TrialBalance: e.books.trialBalance,
		BudgetExceeded: counted.budgetExceeded, DoublePayments: counted.doublePayments,
		Unreconciled: counted.unreconciled, StuckWorkflows: counted.stuckWorkflows,
	}
	for _, made := range e.books.conversions {
		if made.Held {
			s.Conversions++
		}
	}
	for _, row := range e.books.payouts {
		switch payout.Status(row.Status) {
		case payout.Paid:
			s.Payouts.Paid++
		case payout.NeedsAttention:
			s.Payouts.NeedsAttention++
		case payout.Cancelled, payout.Returned:
			s.Payouts.Failed++
		}
	}
	return s
}

func (s *Summary) addRest(memory map[string]memoryUse, verdicts []verdict, skipped []string) {
	for _, used := range memory {
		s.PeakMemoryBytes += used.peakBytes
	}
	s.Broken, s.Skipped = []string{}, append([]string{}, skipped...)
	for _, v := range verdicts {
		for _, how := range v.Broken {
			s.Broken = append(s.Broken, v.Promise+": "+how)
		}
	}
}

func roundTenths(d time.Duration) float64 { return math.Round(d.Seconds()*10) / 10 }

// Broken returns fault.Conflict "promises_broken" that names the promises, or nil.
func (o *Outcome) Broken() error {
	var names []string
	for _, v := range o.Verdicts {
		if len(v.Broken) > 0 {
			names = append(names, v.Promise+" ("+v.Claim+")")
		}
	}
	if len(names) == 0 {
		return nil
	}
	return fault.New(fault.Conflict, "promises_broken", "broken: %s", strings.Join(names, "; "))
}

// creatorRow has one creator's earnings and payments in one currency.
type creatorRow struct {
	handle string
	clips  int
	views  int64
	earned
	status string
}

func (p *demoRun) creatorRows(e evidence, earnings []earned) []creatorRow {
	currencies := map[string]string{}
	for _, campaign := range e.books.terms {
		currencies[campaign.ID] = campaign.Currency
	}
	var table []creatorRow
	for _, each := range earnings {
		row := creatorRow{handle: p.handle(each.CreatorID), earned: each, status: "no payout"}
		for _, clip := range e.books.clips {
			if clip.CreatorID == each.CreatorID && currencies[clip.CampaignID] == each.Currency {
				row.clips, row.views = row.clips+1, row.views+clip.CreditedViews
			}
		}
		for _, paid := range e.books.payouts {
			if paid.CreatorID == each.CreatorID && paid.Currency == each.Currency {
				row.status = strings.ReplaceAll(paid.Status, "_", " ")
			}
		}
		table = append(table, row)
	}
	slices.SortFunc(table, func(a, b creatorRow) int { return strings.Compare(a.handle+a.Currency, b.handle+b.Currency) })
	return table
}

// parkedRow is a payout that needs attention, with the information for an operator.
type parkedRow struct {
	handle, amount, reason, detail, line string
	// safe is the place of the money.
	safe string
}

func (p *demoRun) parkedRows(ctx context.Context, e evidence) []parkedRow {
	var parked []parkedRow
	for _, row := range e.books.payouts {
		if row.Status != string(payout.NeedsAttention) {
			continue
		}
		shown := parkedRow{
			handle: p.handle(row.CreatorID), amount: inMoney(row.AmountMinor, row.Currency),
			reason: row.Reason, detail: payout.Reason(row.Reason).Explain(), safe: "the money is reserved for the creator and was not sent",
		}
		if row.TransferID != "" {
			shown.safe = "the money is on the creator's connected account"
		}
		if detail, err := p.payout(ctx, row.ID); err == nil && len(detail.ShellLines) > 0 {
			shown.line = detail.ShellLines[0]
		}
		parked = append(parked, shown)
	}
	return parked
}

func inMoney(minor int64, currency string) string {
	return money.Amount{Minor: minor, Currency: money.Currency(currency)}.String()
}

// Print writes the outcome as text.
func (o *Outcome) Print(out io.Writer) {
	o.printCreators(out)
	o.printConversions(out)
	for _, parked := range o.Parked {
		fmt.Fprintf(out, "Needs attention: %s for %s (%s); %s.\n  %s\n  $ %s\n", parked.amount, parked.handle, parked.reason, parked.safe, parked.detail, parked.line)
	}
	fmt.Fprintln(out)
	o.printVerdicts(out)
	s := o.Summary
	fmt.Fprintf(out, "\n%d campaigns, %d clips, %d readings, %d accruals; credited %s, paid %s\n", s.Campaigns, s.Clips, s.Observations, s.Accruals, amounts(s.CreditedMinor), amounts(s.PaidMinor))
	fmt.Fprintf(out, "%.1f seconds; peak memory:%s\n", s.Seconds, o.memoryText())
	for _, what := range o.Skipped {
		fmt.Fprintln(out, "skipped:", what)
	}
	if len(o.Places) == 0 {
		fmt.Fprintln(out, "To explore the result in the Temporal UI, use `creditroll demo --keep`. `creditroll dev` starts an empty stack.")
		return
	}
	o.PrintPlaces(out)
}

// PrintPlaces writes the places if the stack keeps running.
func (o *Outcome) PrintPlaces(out io.Writer) {
	if len(o.Places) > 0 {
		fmt.Fprintln(out, "\nExplore the result:")
	}
	for _, place := range o.Places {
		fmt.Fprintln(out, " ", place)
	}
}

func (o *Outcome) printCreators(out io.Writer) {
	t := table.NewWriter()
	t.SetOutputMirror(out)
	t.SetStyle(table.StyleLight)
	t.AppendHeader(table.Row{"Creator", "Clips", "Credited views", "Earned gross", "Fee", "Net", "Paid", "Status"})
	for _, row := range o.Creators {
		t.AppendRow(table.Row{
			row.handle, row.clips, row.views, inMoney(row.GrossMinor, row.Currency), inMoney(row.FeeMinor, row.Currency),
			inMoney(row.NetMinor, row.Currency), inMoney(row.PaidMinor, row.Currency), row.status,
		})
	}
	t.Render()
}

func (o *Outcome) printVerdicts(out io.Writer) {
	for _, v := range o.Verdicts {
		switch {
		case len(v.Broken) > 0:
			fmt.Fprintf(out, "%-3s BROKEN  %s\n", v.Promise, v.Claim)
			for _, how := range v.Broken {
				fmt.Fprintln(out, "           -", how)
			}
		case v.Unchecked != "":
			fmt.Fprintf(out, "%-3s -       %s: not checked, %s\n", v.Promise, v.Claim, v.Unchecked)
		default:
			fmt.Fprintf(out, "%-3s OK      %s (%s)\n", v.Promise, v.Claim, v.Seen)
		}
	}
}

const mebibyte = 1 << 20

func (o *Outcome) memoryText() string {
	if len(o.Memory) == 0 {
		return " unknown on this system"
	}
	text, total := "", int64(0)
	for _, name := range []string{"api", "worker"} {
		total += o.Memory[name].peakBytes
		text += fmt.Sprintf(" %s %d MB,", name, o.Memory[name].peakBytes/mebibyte)
	}
	return fmt.Sprintf("%s together %d MB", text, total/mebibyte)
}
