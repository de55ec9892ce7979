package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/creditroll/creditroll/db/audit"
	"github.com/creditroll/creditroll/db/payouts"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/views"
)

func printPayout(out io.Writer, x audit.PayoutExplanation) {
	currency := x.Payout.Currency
	printLine(out, "payout   %s", x.Payout.ID)
	printLine(out, "creator  %s", x.Payout.CreatorID)
	printLine(out, "%s in %s, %s", amount(x.Payout.AmountMinor, currency), x.Payout.Period, x.Payout.Status)
	printConversions(out, x.Conversions)
	for _, line := range x.Lines {
		printLine(out, "\n%s from campaign %s", amount(line.AmountMinor, currency), line.CampaignID)
		printLine(out, "%s", rules(line.Terms))
		printClips(out, line, currency)
	}
	printEntries(out, x.Entries)
	if len(x.Items) > 0 {
		printLine(out, "\nAccruals, in the order in which they became available")
	}
	terms := map[string]campaign.Terms{}
	for _, line := range x.Lines {
		terms[line.CampaignID] = line.Terms
	}
	for _, item := range x.Items {
		printLine(out, "\n%s  %s  %s", clock(item.At), amount(item.AmountMinor, currency), item.Kind)
		printLine(out, "  entry %s", item.EntryID)
		if item.Accrual != nil {
			printAccrual(out, *item.Accrual, terms[item.Accrual.CampaignID])
		}
	}
	printChecks(out, x.DifferenceMinor, currency, x.Checks)
}

// printConversions shows what the transfers became on the connected account.
func printConversions(out io.Writer, conversions []payouts.Conversion) {
	for _, made := range conversions {
		printLine(out, "transfer %s of %s became %s at %s, less a fee of %s: %s", made.TransferID, amount(made.SourceMinor, made.SourceCurrency),
			amount(made.AmountMinor, made.Currency), made.Rate, amount(made.FeeMinor, made.Currency), made.Outcome)
		if made.CarriedMinor != 0 || made.LeftMinor != 0 {
			printLine(out, "  %s was left on the account before, and %s stays for the next payout", amount(made.CarriedMinor, made.Currency), amount(made.LeftMinor, made.Currency))
		}
		if made.TakenMinor != nil && made.BackMinor != nil {
			printLine(out, "  the reversal took %s and brought back %s", amount(*made.TakenMinor, made.Currency), amount(*made.BackMinor, made.SourceCurrency))
			continue
		}
		printLine(out, "  the bank payout is %s", amount(made.PaidMinor(), made.Currency))
	}
}

// rules summarizes the terms in one line.
func rules(terms campaign.Terms) string {
	parts := []string{amount(terms.RateMinorPerThousand, terms.Currency) + " per 1000 views", "fee " + percent(terms.FeeBasisPoints)}
	if terms.AffiliateBasisPoints > 0 {
		parts = append(parts, "affiliate "+percent(terms.AffiliateBasisPoints))
	}
	if terms.MinimumViews > 0 {
		parts = append(parts, fmt.Sprintf("from %d views", terms.MinimumViews))
	}
	if terms.MaxPerClipMinor > 0 {
		parts = append(parts, "at most "+amount(terms.MaxPerClipMinor, terms.Currency)+" a clip")
	}
	if terms.MaxPerCreatorMinor > 0 {
		parts = append(parts, "at most "+amount(terms.MaxPerCreatorMinor, terms.Currency)+" a creator")
	}
	return strings.Join(append(parts, "on hold for "+terms.Hold.String()), ", ")
}

func percent(basisPoints int) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%d.%02d", basisPoints/100, basisPoints%100), "0"), ".") + " %"
}

func printClips(out io.Writer, line audit.ExplainedLine, currency money.Currency) {
	t := newTable(out)
	header, footer := table.Row{"Clip", "On", "Views", "Accruals", "Earned"}, table.Row{"", "", "", line.Accruals, amount(line.EarnedMinor, currency)}
	if line.Deductions > 0 {
		header, footer = append(header, "Taken back"), append(footer, amount(-line.DeductedMinor, currency))
	}
	t.AppendHeader(header)
	for _, clip := range line.Clips {
		row := table.Row{orElse(clip.ClipID, "without a clip"), clip.Platform, clip.CreditedViews, clip.Accruals, amount(clip.EarnedMinor, currency)}
		if line.Deductions > 0 {
			row = append(row, amount(-clip.DeductedMinor, currency))
		}
		t.AppendRow(row)
	}
	if line.OtherClips > 0 {
		t.AppendRow(table.Row{fmt.Sprintf("%d more", line.OtherClips), "", "", "", amount(line.OtherMinor, currency)})
	}
	t.AppendFooter(footer)
	render(t, 3, 4, 5, 6)
}

func printEntries(out io.Writer, entries []audit.ExplainedEntry) {
	printLine(out, "\nJournal entries")
	t := newTable(out)
	t.AppendHeader(table.Row{"Seq", "Seal", "When", "Event", "Amount", "At Stripe"})
	for _, entry := range entries {
		var objects []string
		for _, object := range entry.Objects {
			objects = append(objects, object.ID)
		}
		seal := ""
		if entry.Seal > 0 {
			seal = strconv.FormatInt(entry.Seal, 10)
		}
		t.AppendRow(table.Row{entry.Seq, seal, clock(entry.EffectiveAt), entry.Kind, amount(moved(entry.Postings), entry.Currency), strings.Join(objects, "\n")})
	}
	render(t, 1, 2, 5)
}

// moved is the amount that an entry moves between accounts.
func moved(postings []ledger.Posting) int64 {
	largestMinor := int64(0)
	for _, posting := range postings {
		largestMinor = max(largestMinor, posting.AmountMinor)
	}
	return largestMinor
}

// printAccrual shows an accrual from the reading to the end of its hold.
func printAccrual(out io.Writer, a audit.ExplainedAccrual, terms campaign.Terms) {
	printLine(out, "  %s clip %s, reading %d: %d views", a.Platform, a.ClipID, a.Poll, a.Views)
	if a.HighWaterViews != a.Views || a.ExcludedViews > 0 {
		printLine(out, "  highest count %d, of which %d views never earn", a.HighWaterViews, a.ExcludedViews)
	}
	if a.Decision != views.Plausible {
		printLine(out, "  %s: %d views count, %d wait for confirmation", a.Decision, a.AcceptedViews, max(0, a.ClaimedViews-a.AcceptedViews))
	}
	for _, signal := range a.Signals {
		printLine(out, "  signal %s: %d (limit %d)", signal.Code, signal.Value, signal.Limit)
	}
	printLine(out, "  read by %s at %s: %s in %d ms", a.Attempt.Provider, clock(a.Attempt.StartedAt), a.Attempt.Outcome, a.Attempt.LatencyMS)
	printLine(out, "  attempt %s, for %d.%06d USD, clips: %d", a.Attempt.ID, a.Attempt.CostMicros/1_000_000, a.Attempt.CostMicros%1_000_000, a.Attempt.Clips)
	limited := ""
	if a.LimitedBy != "none" {
		limited = ", limited by " + string(a.LimitedBy) + ": " + a.LimitedBy.Text()
	}
	printLine(out, "  credited %d -> %d views at %s per 1000%s", a.CreditedViewsBefore, a.CreditedViewsAfter, amount(terms.RateMinorPerThousand, terms.Currency), limited)
	split := fmt.Sprintf("  gross %s = creator %s + fee %s", amount(a.GrossMinor, terms.Currency), amount(a.CreatorMinor, terms.Currency), amount(a.FeeMinor, terms.Currency))
	if a.AffiliateMinor > 0 {
		split += " + affiliate " + amount(a.AffiliateMinor, terms.Currency)
	}
	printLine(out, "%s", split)
	printLine(out, "  the clip's total is %s", amount(a.ClipGrossAfterMinor, terms.Currency))
	switch {
	case a.ReleasedAt != nil:
		printLine(out, "  released %s by entry %d", clock(*a.ReleasedAt), a.ReleaseSeq)
	case a.ByCard:
		printLine(out, "  on hold until %s, because the campaign was paid by card", clock(*a.AvailableAt))
	case a.AvailableAt != nil:
		printLine(out, "  on hold until %s", clock(*a.AvailableAt))
	}
	if a.ReversalEntryID != "" {
		printLine(out, "  taken back by entry %s", a.ReversalEntryID)
	}
}

func printCampaign(out io.Writer, x audit.CampaignExplanation) {
	currency := x.Campaign.Terms.Currency
	printLine(out, "campaign  %s, %s", x.Campaign.ID, x.Campaign.Status)
	printLine(out, "%s\n", rules(x.Campaign.Terms))
	t := newTable(out)
	t.AppendHeader(table.Row{"Escrow", "Entries", "Amount"})
	for _, events := range x.EscrowEvents {
		t.AppendRow(table.Row{events.Kind, events.Entries, amount(events.AmountMinor, currency)})
	}
	t.AppendFooter(table.Row{"left", "", amount(x.EscrowMinor, currency)})
	render(t, 2, 3)
	if x.DisputedMinor > 0 {
		printLine(out, "a dispute over the payment has frozen %s of the escrow", amount(x.DisputedMinor, currency))
	}
	printLine(out, "\nspent %s = %s earned - %s taken back", amount(x.Campaign.SpentMinor, currency), amount(x.Spent.GrossMinor, currency), amount(x.Spent.ClawedBackMinor, currency))
	printLine(out, "earned %s = creators %s + fees %s + affiliates %s", amount(x.Spent.GrossMinor, currency), amount(x.Spent.CreatorMinor, currency), amount(x.Spent.FeeMinor, currency), amount(x.Spent.AffiliateMinor, currency))
	printSpending(out, x, currency)
	if len(x.Accruals) > 0 {
		printLine(out, "\nAccruals, by creator and in the order in which they were earned")
	}
	for _, accrual := range x.Accruals {
		printLine(out, "\n%s  %s", clock(accrual.AccruedAt), amount(accrual.GrossMinor, currency))
		printLine(out, "  entry %s", accrual.EntryID)
		printAccrual(out, accrual, x.Campaign.Terms)
	}
	differenceMinor := x.SpentDifferenceMinor
	if differenceMinor == 0 {
		differenceMinor = x.EscrowDifferenceMinor
	}
	printChecks(out, differenceMinor, currency, x.Checks)
}

func printSpending(out io.Writer, x audit.CampaignExplanation, currency money.Currency) {
	t := newTable(out)
	t.AppendHeader(table.Row{"Creator", "Clips", "Accruals", "Earned", "Taken back"})
	for _, creator := range x.Creators {
		t.AppendRow(table.Row{creator.CreatorID, creator.Clips, creator.Accruals, amount(creator.GrossMinor, currency), amount(-creator.ClawedBackMinor, currency)})
	}
	if x.OtherCreators > 0 {
		t.AppendRow(table.Row{fmt.Sprintf("%d more", x.OtherCreators)})
	}
	t.AppendFooter(table.Row{"", x.Spent.Clips, x.Spent.Accruals, amount(x.Spent.GrossMinor, currency), amount(-x.Spent.ClawedBackMinor, currency)})
	render(t, 2, 3, 4, 5)
	t = newTable(out)
	t.AppendHeader(table.Row{"Clip", "On", "Views", "Accruals", "Earned", "Taken back"})
	for _, clip := range x.Clips {
		t.AppendRow(table.Row{clip.ClipID, clip.Platform, clip.CreditedViews, clip.Accruals, amount(clip.GrossMinor, currency), amount(-clip.ClawedBackMinor, currency)})
	}
	if x.OtherClips > 0 {
		t.AppendRow(table.Row{fmt.Sprintf("%d more", x.OtherClips)})
	}
	render(t, 3, 4, 5, 6)
}

func printCreator(out io.Writer, x audit.CreatorExplanation) {
	printLine(out, "creator  %s", x.CreatorID)
	if len(x.Currencies) == 0 {
		printLine(out, "this creator has no postings")
	}
	for _, in := range x.Currencies {
		for _, account := range in.Accounts {
			if len(account.Events) == 0 {
				continue
			}
			_, part, _ := account.Account.OfCreator()
			printLine(out, "\n%s %s", amount(account.BalanceMinor, in.Currency), strings.ReplaceAll(part, "_", " "))
			t := newTable(out)
			t.AppendHeader(table.Row{"Event", "Entries", "Amount"})
			for _, events := range account.Events {
				t.AppendRow(table.Row{events.Kind, events.Entries, amount(events.AmountMinor, in.Currency)})
			}
			t.AppendFooter(table.Row{"", "", amount(account.BalanceMinor, in.Currency)})
			render(t, 2, 3)
			for _, payout := range account.Payouts {
				printLine(out, "  %s of payout %s", amount(payout.AmountMinor, in.Currency), payout.PayoutID)
			}
			for _, campaign := range account.Campaigns {
				printLine(out, "  %s from campaign %s", amount(campaign.AmountMinor, in.Currency), campaign.CampaignID)
			}
			for _, kept := range account.Kept {
				printLine(out, "  campaign %s was paid by card: on hold until %s", kept.CampaignID, clock(kept.Until))
			}
		}
		printChecks(out, in.DifferenceMinor, in.Currency, in.Checks)
	}
}

func printChecks(out io.Writer, differenceMinor int64, currency money.Currency, checks audit.Checks) {
	printLine(out, "\nChecks, in minor units")
	for _, check := range checks {
		mark := "ok  "
		if !check.Holds {
			mark = "FAIL"
		}
		printLine(out, "%s  %-28s  %s", mark, strings.ReplaceAll(check.Name, "_", " "), check.Says)
	}
	printLine(out, "\ndifference %s", amount(differenceMinor, currency))
}

// render aligns the columns of numbers to the right.
func render(t table.Writer, numbers ...int) {
	var columns []table.ColumnConfig
	for _, number := range numbers {
		columns = append(columns, table.ColumnConfig{Number: number, Align: text.AlignRight, AlignFooter: text.AlignRight})
	}
	t.SetColumnConfigs(columns)
	t.Style().Format.Footer = text.FormatDefault
	t.Render()
}

func clock(at time.Time) string { return at.UTC().Format("2006-01-02 15:04:05") }

func orElse(text, fallback string) string {
	if text == "" {
		return fallback
	}
	return text
}

func printLine(out io.Writer, format string, args ...any) {
	_, _ = fmt.Fprintf(out, format+"\n", args...)
}
