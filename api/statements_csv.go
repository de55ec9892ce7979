package api

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"

	"github.com/creditroll/creditroll/domain/statement"
)

// WriteLines writes a CSV file: its columns, what lines writes, and a last line with their number. It
// writes nothing if lines fails before its first line.
func WriteLines(w io.Writer, columns []string, lines func(*csv.Writer) (int, error)) error {
	file := csv.NewWriter(w)
	if err := file.Write(columns); err != nil {
		return err
	}
	count, err := lines(file)
	if err == nil {
		last := make([]string, len(columns))
		last[0], last[1] = "end", strconv.Itoa(count)
		err = file.Write(last)
	}
	if err != nil && count == 0 {
		return err
	}
	file.Flush()
	if err == nil {
		err = file.Error()
	}
	return err
}

// MonthColumns are those of the file with all statements of a month.
var MonthColumns = []string{
	"creator_id", "identity", "period", "currency", "preliminary", "opening_minor", "earned_minor", "commissions_minor", "clawed_back_minor", "adjustments_minor",
	"written_off_minor", "instant_fees_minor", "paid_minor", "settled_outside_minor", "other_minor", "closing_minor", "recovered_minor", "platform_fees_minor",
	"affiliate_shares_minor", "clips", "views_credited",
}

// MonthLine returns the line of a statement in the file of a month.
func MonthLine(read statement.Creator) []string {
	clips, views := int64(0), int64(0)
	for _, campaign := range read.Campaigns {
		clips += campaign.Clips
		views += campaign.ViewsCredited
	}
	return append(
		[]string{read.CreatorID, heldByStripe, read.Period.Name, string(read.Currency), strconv.FormatBool(read.Preliminary)},
		numbers(read.OpeningMinor, read.EarnedMinor, read.CommissionsMinor, read.ClawedBackMinor, read.AdjustmentsMinor, read.WrittenOffMinor, read.InstantFeesMinor,
			read.PaidMinor, read.SettledOutsideMinor, read.OtherMinor, read.ClosingMinor, read.RecoveredMinor, read.PlatformFeesMinor, read.AffiliateSharesMinor, clips, views)...,
	)
}

// TaxForm is a file for a tax report.
type TaxForm struct {
	Name    string
	Columns []string
	// Lines returns the lines of one creator and currency.
	Lines func(statement.Tax) [][]string
}

// taxColumns are those that every form begins with. The identity is at the payment processor, under
// the account.
var taxColumns = []string{"creator_id", "stripe_account_id", "identity", "country", "currency", "period", "preliminary"}

func taxCells(read statement.Tax, period string) []string {
	return []string{read.CreatorID, read.Account, heldByStripe, read.Country, string(read.Currency), period, strconv.FormatBool(read.Preliminary)}
}

// US1099NEC is what form 1099-NEC needs: what was paid in the calendar year, whenever it was earned.
// A report to the IRS is in USD, so amounts in other currencies are on lines of their own.
var US1099NEC = TaxForm{
	Name:    "us-1099-nec",
	Columns: append(taxColumns[:len(taxColumns):len(taxColumns)], "paid_minor", "settled_outside_minor", "consideration_minor", "payouts"),
	Lines: func(read statement.Tax) [][]string {
		total := read.Total()
		if total.PaidMinor == 0 && total.SettledOutsideMinor == 0 && total.Payouts == 0 {
			return nil
		}
		return [][]string{append(taxCells(read, read.Year), numbers(total.PaidMinor, total.SettledOutsideMinor, total.ConsiderationMinor(), total.Payouts)...)}
	},
}

// EUDAC7 is what a report under Council Directive (EU) 2021/514 needs, by quarter.
var EUDAC7 = TaxForm{
	Name: "eu-dac7",
	Columns: append(taxColumns[:len(taxColumns):len(taxColumns)],
		"consideration_minor", "activities", "withheld_minor", "platform_fees_minor", "affiliate_shares_minor", "instant_fees_minor", "payouts"),
	Lines: func(read statement.Tax) [][]string {
		var lines [][]string
		for _, quarter := range read.Quarters {
			lines = append(lines, append(taxCells(read, quarter.Period.Name), numbers(quarter.ConsiderationMinor(), quarter.Activities, quarter.WithheldMinor(),
				quarter.PlatformFeesMinor, quarter.AffiliateSharesMinor, quarter.InstantFeesMinor, quarter.Payouts)...))
		}
		return lines
	},
}

// TaxForms returns every form.
func TaxForms() []TaxForm { return []TaxForm{US1099NEC, EUDAC7} }

func numbers(values ...int64) []string {
	cells := make([]string, len(values))
	for i, value := range values {
		cells[i] = strconv.FormatInt(value, 10)
	}
	return cells
}

// plain keeps a spreadsheet from reading a text that people wrote as a formula.
func plain(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}
