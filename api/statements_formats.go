package api

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"html/template"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/creditroll/creditroll/api/internal/openapi"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/statement"
)

// Write writes the statement as "json", which is the default, "csv" or "html". It returns
// fault.Invalid "unknown_format".
func (s Statement) Write(w io.Writer, format string) error {
	switch format {
	case "", "json":
		return json.NewEncoder(w).Encode(s.document)
	case "csv":
		return s.writeCSV(w)
	case "html":
		return printTemplate.Execute(w, printed{Statement: s, Style: template.CSS(printStyle), Tables: s.Tables()}) //nolint:gosec // the style is a file of ours
	}
	return fault.Field("format", "unknown_format", "unknown format %.20q: use json, csv or html", format)
}

func creatorStatementsDocument(creatorID, period string, read []statement.Creator) openapi.CreatorStatements {
	return openapi.CreatorStatements{CreatorId: creatorID, Period: period, Identity: heldByStripe, Items: each(read, creatorStatementOf)}
}

// writeCSV writes the facts and then the rows, each line with the same columns.
func (s Statement) writeCSV(w io.Writer) error {
	file := csv.NewWriter(w)
	lines := [][]string{{"section", "item", "id", "detail", "at", "clips", "views", "currency", "amount_minor"}}
	for _, fact := range s.Facts {
		lines = append(lines, []string{"head", fact.Name, "", plain(fact.Value), "", "", "", "", ""})
	}
	for _, row := range s.Rows {
		at := ""
		if row.At != nil {
			at = row.At.UTC().Format(time.RFC3339)
		}
		lines = append(lines, []string{
			row.Section, row.Item, row.ID, plain(row.Detail), at, count(row.Clips), count(row.Views), string(row.Currency), count(row.AmountMinor),
		})
	}
	return file.WriteAll(lines)
}

func count(number *int64) string {
	if number == nil {
		return ""
	}
	return strconv.FormatInt(*number, 10)
}

var (
	//go:embed templates/statement.html
	printPage string
	//go:embed templates/print.css
	printStyle string

	printTemplate = template.Must(template.New("statement").Parse(printPage))
	// printPolicy allows only that style, and nothing else: no script, image, form or frame.
	printPolicy = "default-src 'none'; style-src 'sha256-" + styleDigest() + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

func styleDigest() string {
	digest := sha256.Sum256([]byte(printStyle))
	return base64.StdEncoding.EncodeToString(digest[:])
}

type printed struct {
	Statement
	Style  template.CSS
	Tables []Table
}

// Table is the rows of one section and currency, with the columns that any of them uses.
type Table struct {
	Title   string
	Columns []Column
	Rows    [][]TableCell
}

// Column is a column of a table.
type Column struct {
	Name  string
	Right bool
}

// TableCell is a cell. Right is that of its column.
type TableCell struct {
	Text  string
	Right bool
}

var columns = []struct {
	Column
	text func(StatementRow) string
}{
	{Column{"Item", false}, func(row StatementRow) string { return words(row.Item) }},
	{Column{"Id", false}, func(row StatementRow) string { return row.ID }},
	{Column{"Detail", false}, func(row StatementRow) string { return row.Detail }},
	{Column{"Date", false}, func(row StatementRow) string {
		if row.At == nil {
			return ""
		}
		return moment(*row.At)
	}},
	{Column{"Clips", true}, func(row StatementRow) string { return count(row.Clips) }},
	{Column{"Views", true}, func(row StatementRow) string { return count(row.Views) }},
	{Column{"Amount", true}, func(row StatementRow) string {
		if row.AmountMinor == nil {
			return ""
		}
		return amountText(*row.AmountMinor, row.Currency)
	}},
}

// Tables returns the tables to print.
func (s Statement) Tables() []Table {
	var tables []Table
	for begin := 0; begin < len(s.Rows); {
		end := begin + 1
		for end < len(s.Rows) && s.Rows[end].Section == s.Rows[begin].Section && s.Rows[end].Currency == s.Rows[begin].Currency {
			end++
		}
		tables = append(tables, tableOf(s.Rows[begin:end]))
		begin = end
	}
	return tables
}

func tableOf(rows []StatementRow) Table {
	table := Table{Title: words(rows[0].Section) + " in " + string(rows[0].Currency), Rows: make([][]TableCell, len(rows))}
	for _, column := range columns {
		used := false
		for _, row := range rows {
			used = used || column.text(row) != ""
		}
		if !used {
			continue
		}
		table.Columns = append(table.Columns, column.Column)
		for i, row := range rows {
			table.Rows[i] = append(table.Rows[i], TableCell{column.text(row), column.Right})
		}
	}
	return table
}

// words turns a name such as "clawed_back" into "Clawed back".
func words(name string) string {
	text := strings.ReplaceAll(name, "_", " ")
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
