package main

import (
	"encoding/csv"
	"io"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"

	"github.com/creditroll/creditroll/api"
	"github.com/creditroll/creditroll/db/books"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/statement"
)

func newStatements() *cobra.Command {
	return group("statements", "Print statements of creators, campaigns and brands, receipts, and the totals for tax reports",
		newCreatorStatement(), newCampaignStatement(), newReceipt(), newOrganizationStatement(), newDepositReceipt(), newMonthStatements(), newTaxTotals())
}

// statementFlags choose the format of a statement.
type statementFlags struct{ csv, html bool }

// onStatement is onBooks for a command that prints one statement, also as CSV or HTML.
func onStatement(use, short string, args cobra.PositionalArgs, read func(cmd *cobra.Command, store *books.Books, args []string) (api.Statement, error)) *cobra.Command {
	var flags statementFlags
	command := onBooks(use, short, args, func(cmd *cobra.Command, store *books.Books, args []string, asJSON bool) error {
		document, err := read(cmd, store, args)
		if err != nil {
			return err
		}
		out := cmd.OutOrStdout()
		switch {
		case asJSON:
			return printJSON(out, document.Document())
		case flags.csv:
			return document.Write(out, "csv")
		case flags.html:
			return document.Write(out, "html")
		}
		printStatement(out, document)
		return nil
	})
	command.Flags().BoolVar(&flags.csv, "csv", false, "print CSV")
	command.Flags().BoolVar(&flags.html, "html", false, "print a page of HTML, to print on paper")
	command.MarkFlagsMutuallyExclusive("json", "csv", "html")
	return command
}

func newCreatorStatement() *cobra.Command {
	var code string
	command := onStatement("creator ID MONTH", "Print a creator's statement of a month such as 2026-11", cobra.ExactArgs(2), func(cmd *cobra.Command, store *books.Books, args []string) (api.Statement, error) {
		id, err := parseID("creator", args[0])
		if err != nil {
			return api.Statement{}, err
		}
		currency, err := onlyCurrency(code)
		if err != nil {
			return api.Statement{}, err
		}
		read, err := store.Statements.GetCreator(cmd.Context(), id, args[1], currency, time.Now())
		return api.CreatorStatement(id, args[1], read), err
	})
	command.Flags().StringVar(&code, "currency", "", "print only this currency")
	return command
}

// onlyCurrency parses a flag that may be empty.
func onlyCurrency(code string) (money.Currency, error) {
	if code == "" {
		return "", nil
	}
	return money.ParseCurrency(code)
}

func newCampaignStatement() *cobra.Command {
	return onStatement("campaign ID", "Print a campaign's statement from its beginning until now", cobra.ExactArgs(1), func(cmd *cobra.Command, store *books.Books, args []string) (api.Statement, error) {
		id, err := parseID("campaign", args[0])
		if err != nil {
			return api.Statement{}, err
		}
		read, err := store.Statements.GetCampaign(cmd.Context(), id, time.Now())
		return api.CampaignStatement(read), err
	})
}

func newReceipt() *cobra.Command {
	return onStatement("receipt CAMPAIGN PAYMENT", "Print the receipt of a brand's payment", cobra.ExactArgs(2), func(cmd *cobra.Command, store *books.Books, args []string) (api.Statement, error) {
		id, err := parseID("campaign", args[0])
		if err != nil {
			return api.Statement{}, err
		}
		read, err := store.Statements.GetReceipt(cmd.Context(), id, args[1])
		return api.ReceiptStatement(read), err
	})
}

func newOrganizationStatement() *cobra.Command {
	var code string
	command := onStatement("organization ID MONTH", "Print the statement of a brand's balance for a month such as 2026-11", cobra.ExactArgs(2), func(cmd *cobra.Command, store *books.Books, args []string) (api.Statement, error) {
		id, err := parseID("organization", args[0])
		if err != nil {
			return api.Statement{}, err
		}
		currency, err := onlyCurrency(code)
		if err != nil {
			return api.Statement{}, err
		}
		organization, err := store.Campaigns.GetOrganization(cmd.Context(), id)
		if err != nil {
			return api.Statement{}, err
		}
		read, err := store.Statements.GetOrganization(cmd.Context(), id, args[1], currency, time.Now())
		return api.OrganizationStatement(id, organization.Name, args[1], read), err
	})
	command.Flags().StringVar(&code, "currency", "", "print only this currency")
	return command
}

func newDepositReceipt() *cobra.Command {
	return onStatement("deposit ORGANIZATION PAYMENT", "Print the receipt of a brand's payment into its balance", cobra.ExactArgs(2), func(cmd *cobra.Command, store *books.Books, args []string) (api.Statement, error) {
		id, err := parseID("organization", args[0])
		if err != nil {
			return api.Statement{}, err
		}
		read, err := store.Statements.GetDepositReceipt(cmd.Context(), id, args[1])
		return api.DepositReceiptStatement(read), err
	})
}

func newMonthStatements() *cobra.Command {
	var asCSV bool
	command := onBooks("month MONTH", "Print the statements of all creators for a month such as 2026-11, as CSV or as one JSON document a line", cobra.ExactArgs(1), func(cmd *cobra.Command, store *books.Books, args []string, asJSON bool) error {
		if asJSON {
			_, err := store.Statements.ExportMonth(cmd.Context(), args[0], time.Now(), func(read statement.Creator) error {
				return printJSON(cmd.OutOrStdout(), api.MonthDocument(read))
			})
			return err
		}
		return api.WriteLines(cmd.OutOrStdout(), api.MonthColumns, func(file *csv.Writer) (int, error) {
			return store.Statements.ExportMonth(cmd.Context(), args[0], time.Now(), func(read statement.Creator) error { return file.Write(api.MonthLine(read)) })
		})
	})
	command.Flags().BoolVar(&asCSV, "csv", false, "print CSV, which is the default")
	command.MarkFlagsMutuallyExclusive("json", "csv")
	return command
}

func newTaxTotals() *cobra.Command {
	var asCSV bool
	var name string
	command := onBooks("tax YEAR", "Print what tax reports need of each creator, as CSV or as one JSON document a line; identities stay at Stripe", cobra.ExactArgs(1), func(cmd *cobra.Command, store *books.Books, args []string, asJSON bool) error {
		form, err := taxForm(name)
		if err != nil {
			return err
		}
		if asJSON {
			_, err := store.Statements.ExportTax(cmd.Context(), args[0], time.Now(), func(read statement.Tax) error {
				return printJSON(cmd.OutOrStdout(), api.TaxDocument(read))
			})
			return err
		}
		return api.WriteLines(cmd.OutOrStdout(), form.Columns, func(file *csv.Writer) (int, error) {
			count := 0
			_, err := store.Statements.ExportTax(cmd.Context(), args[0], time.Now(), func(read statement.Tax) error {
				lines := form.Lines(read)
				count += len(lines)
				return file.WriteAll(lines)
			})
			return count, err
		})
	})
	command.Flags().StringVar(&name, "form", api.US1099NEC.Name, "the form of the CSV: "+strings.Join(taxFormNames(), " or "))
	command.Flags().BoolVar(&asCSV, "csv", false, "print CSV, which is the default")
	command.MarkFlagsMutuallyExclusive("json", "csv")
	return command
}

func taxForm(name string) (api.TaxForm, error) {
	for _, form := range api.TaxForms() {
		if form.Name == name {
			return form, nil
		}
	}
	return api.TaxForm{}, fault.Field("form", "unknown_form", "unknown form %.40q: use %s", name, strings.Join(taxFormNames(), " or "))
}

func taxFormNames() []string {
	var names []string
	for _, form := range api.TaxForms() {
		names = append(names, form.Name)
	}
	return names
}

func printStatement(out io.Writer, document api.Statement) {
	printLine(out, "%s", document.Title)
	for _, fact := range document.Facts {
		printLine(out, "%s: %s", fact.Name, fact.Value)
	}
	tables := document.Tables()
	if len(tables) == 0 {
		printLine(out, "\nNothing happened and nothing is owed.")
	}
	for _, each := range tables {
		printLine(out, "\n%s", each.Title)
		t := newTable(out)
		var head table.Row
		var configs []table.ColumnConfig
		for i, column := range each.Columns {
			head = append(head, column.Name)
			if column.Right {
				configs = append(configs, table.ColumnConfig{Number: i + 1, Align: text.AlignRight, AlignHeader: text.AlignRight})
			}
		}
		t.SetColumnConfigs(configs)
		t.AppendHeader(head)
		for _, cells := range each.Rows {
			var row table.Row
			for _, cell := range cells {
				row = append(row, cell.Text)
			}
			t.AppendRow(row)
		}
		t.Render()
	}
}
