package main

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"github.com/creditroll/creditroll/db/audit"
	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/db/journal"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/ledger/seal"
	"github.com/creditroll/creditroll/domain/money"
)

func newLedger() *cobra.Command {
	return group("ledger", "Read, verify, export and close the books",
		newTrialBalance(), newVerify(), newBalance(), newExport(), newImport(), newPeriods(), newClosePeriod(), newDetachMonth())
}

// onBooks runs a command that reads the database and prints a table, or JSON.
func onBooks(use, short string, args cobra.PositionalArgs, run func(cmd *cobra.Command, store *books.Books, args []string, asJSON bool) error) *cobra.Command {
	var asJSON bool
	command := &cobra.Command{
		Use: use, Short: short, Args: args,
		RunE: func(cmd *cobra.Command, arguments []string) error {
			return withBooks(cmd, func(store *books.Books) error { return run(cmd, store, arguments, asJSON) })
		},
	}
	command.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return command
}

// withBooks opens the database for one command.
func withBooks(cmd *cobra.Command, run func(store *books.Books) error) error {
	s, err := booksSettings()
	if err != nil {
		return err
	}
	store, err := s.openBooks(cmd.Context())
	if err != nil {
		return err
	}
	defer store.DB.Close()
	return run(store)
}

func booksSettings() (settings, error) {
	s, err := readSettings(devFallback())
	if err != nil {
		return s, err
	}
	logTo(s.LogLevel)
	return s, s.require("DATABASE_URL")
}

func newTrialBalance() *cobra.Command {
	var moment asOfFlags
	return moment.addTo(onBooks("trial-balance", "Show debits and credits per currency, which must be equal", cobra.NoArgs, func(cmd *cobra.Command, store *books.Books, _ []string, asJSON bool) error {
		asOf, err := moment.read()
		if err != nil {
			return err
		}
		balances, err := store.Journal.ListTrialBalancesAsOf(cmd.Context(), asOf)
		if err != nil {
			return err
		}
		if asJSON {
			totals := map[money.Currency]int64{}
			for _, balance := range balances {
				totals[balance.Currency] = balance.TotalMinor
			}
			err = printJSON(cmd.OutOrStdout(), map[string]any{"trial_balance": totals})
		} else {
			printTrialBalance(cmd.OutOrStdout(), balances)
		}
		for _, balance := range balances {
			if balance.TotalMinor != 0 {
				return fault.New(fault.Conflict, "trial_balance_broken", "debits and credits in %s differ by %d: run `creditroll ledger verify`", balance.Currency, balance.TotalMinor)
			}
		}
		return err
	}))
}

func printTrialBalance(out io.Writer, balances []journal.TrialBalance) {
	t := newTable(out)
	t.AppendHeader(table.Row{"Currency", "Debit", "Credit", "Difference", "Postings"})
	for _, balance := range balances {
		t.AppendRow(table.Row{balance.Currency, amount(balance.DebitMinor, balance.Currency), amount(balance.CreditMinor, balance.Currency), balance.TotalMinor, balance.Postings})
	}
	t.Render()
}

func newVerify() *cobra.Command {
	var expected []string
	command := onBooks("verify", "Recompute and verify the whole ledger", cobra.NoArgs, func(cmd *cobra.Command, store *books.Books, _ []string, asJSON bool) error {
		kept := make([]seal.Seal, len(expected))
		for i, text := range expected {
			var err error
			if kept[i], err = seal.ParseKept(text); err != nil {
				return err
			}
		}
		verified, err := store.Audit.Verify(cmd.Context(), kept...)
		if err != nil {
			return err
		}
		cover, err := store.Reconciliation.ListCover(cmd.Context())
		if err != nil {
			return err
		}
		findings, size := verified.Findings, verified.Checked
		if asJSON {
			if findings == nil {
				findings = []audit.Finding{}
			}
			err = printJSON(cmd.OutOrStdout(), map[string]any{"findings": findings, "checked": size, "head": headOf(verified.Head), "unsealed": verified.Unsealed, "solvency": coverOf(cover)})
		} else {
			for _, finding := range findings {
				_, _ = fmt.Fprintln(cmd.OutOrStdout(), finding)
			}
			for _, each := range cover {
				_, _ = fmt.Fprintln(cmd.OutOrStdout(), describeCover(each))
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "checked %d entries, %d postings, %d campaigns, %d payouts: %d findings; %s%s\n", size.Entries, size.Postings, size.Campaigns, size.Payouts, len(findings), describeHead(verified.Head)+describeUnsealed(verified.Unsealed), describeArchived(size.Archived))
		}
		if len(findings) > 0 {
			return fault.New(fault.Conflict, "books_differ", "verification found %d errors in the books", len(findings))
		}
		return err
	})
	command.Flags().StringArrayVar(&expected, "expect", nil, "a seal from an earlier run, as NUMBER:HASH, which must be in the chain; can be repeated")
	return command
}

// describeCover says in one line whether the balance at the processor covers what is owed.
func describeCover(c ledger.Cover) string {
	line := fmt.Sprintf("%s owed, %s held", amount(c.OwedMinor(), c.Currency), amount(c.HeldMinor(), c.Currency))
	if c.Processor.ReadAt.IsZero() {
		line += " by the books"
	} else {
		line += " at " + c.Processor.ReadAt.UTC().Format(time.RFC3339)
	}
	if c.RefundingMinor > 0 {
		line += ", without " + amount(c.RefundingMinor, c.Currency) + " of refunds under way"
	}
	if c.GapMinor() == 0 {
		return line + ": covered"
	}
	return line + ": " + amount(c.GapMinor(), c.Currency) + " short, so no campaign in " + string(c.Currency) + " goes live, and no brand is refunded, before a top-up"
}

func coverOf(all []ledger.Cover) []map[string]any {
	lines := make([]map[string]any, len(all))
	for i, each := range all {
		lines[i] = map[string]any{"currency": each.Currency, "owed_minor": each.OwedMinor(), "held_minor": each.HeldMinor(), "gap_minor": each.GapMinor(), "refunding_minor": each.RefundingMinor}
		if !each.Processor.ReadAt.IsZero() {
			lines[i]["read_at"] = each.Processor.ReadAt
		}
	}
	return lines
}

func describeUnsealed(unsealed audit.Unsealed) string {
	if unsealed.OldestRecordedAt == nil {
		return "; every entry is sealed"
	}
	return fmt.Sprintf("; %d entries are not sealed yet, the oldest for %s", unsealed.Entries, time.Since(*unsealed.OldestRecordedAt).Round(time.Second))
}

// headOf is the last seal, for JSON. An auditor stores it outside and passes it to --expect.
func headOf(head seal.Seal) any {
	if head.Number == 0 {
		return nil
	}
	return map[string]any{"number": head.Number, "last_seq": head.LastSeq, "hash": head.Hash.String()}
}

func describeHead(head seal.Seal) string {
	if head.Number == 0 {
		return "no entry is sealed yet"
	}
	return fmt.Sprintf("sealed up to entry %d by seal %d with the hash %s", head.LastSeq, head.Number, head.Hash)
}

func describeArchived(entries int64) string {
	if entries == 0 {
		return ""
	}
	return fmt.Sprintf("; %d of the entries are archived: their existence was checked, but not their postings", entries)
}

func newBalance() *cobra.Command {
	var moment asOfFlags
	return moment.addTo(onBooks("balance ACCOUNT CURRENCY", "Show the balance of one account, computed from its postings", cobra.ExactArgs(2), func(cmd *cobra.Command, store *books.Books, args []string, asJSON bool) error {
		currency, err := money.ParseCurrency(args[1])
		if err != nil {
			return err
		}
		asOf, err := moment.read()
		if err != nil {
			return err
		}
		balanceMinor, err := store.Journal.GetBalanceAsOf(cmd.Context(), ledger.Account(args[0]), currency, asOf)
		if err != nil {
			return err
		}
		if asJSON {
			return printJSON(cmd.OutOrStdout(), map[string]any{"account": args[0], "currency": currency, "balance_minor": balanceMinor})
		}
		_, err = fmt.Fprintln(cmd.OutOrStdout(), amount(balanceMinor, currency))
		return err
	}))
}

func amount(minor int64, currency money.Currency) string {
	return money.Amount{Minor: minor, Currency: currency}.String()
}

func newTable(out io.Writer) table.Writer {
	t := table.NewWriter()
	t.SetOutputMirror(out)
	t.SetStyle(table.StyleLight)
	return t
}

func printJSON(out io.Writer, value any) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(value)
}
