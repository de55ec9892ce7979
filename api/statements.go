package api

import (
	"bytes"
	"context"
	"encoding/csv"
	"net/http"
	"strconv"

	"github.com/creditroll/creditroll/api/internal/openapi"
	"github.com/creditroll/creditroll/db/statements"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/statement"
)

// GetCreatorStatement answers with the statements of a creator for a month; creators see only their
// own.
func (r *resources) GetCreatorStatement(ctx context.Context, request openapi.GetCreatorStatementRequestObject) (openapi.GetCreatorStatementResponseObject, error) {
	if err := permitCreator(ctx, access.CreatorExplain, request.CreatorId); err != nil {
		return nil, err
	}
	var currency money.Currency
	if request.Params.Currency != nil {
		var err error
		if currency, err = money.ParseCurrency(*request.Params.Currency); err != nil {
			return nil, withField(err, "currency")
		}
	}
	read, err := r.store.Statements.GetCreator(ctx, request.CreatorId, request.Period, currency, r.now())
	if err != nil {
		return nil, err
	}
	return statementAnswer{CreatorStatement(request.CreatorId, request.Period, read), given(request.Params.Format)}, nil
}

// GetCampaignStatement answers with the statement of a campaign; brands see only their own.
func (r *resources) GetCampaignStatement(ctx context.Context, request openapi.GetCampaignStatementRequestObject) (openapi.GetCampaignStatementResponseObject, error) {
	if _, err := r.permitCampaign(ctx, access.CampaignExplain, request.CampaignId); err != nil {
		return nil, err
	}
	read, err := r.store.Statements.GetCampaign(ctx, request.CampaignId, r.now())
	if err != nil {
		return nil, err
	}
	return statementAnswer{CampaignStatement(read), given(request.Params.Format)}, nil
}

// GetReceipt answers with the receipt of one payment; brands see only their own.
func (r *resources) GetReceipt(ctx context.Context, request openapi.GetReceiptRequestObject) (openapi.GetReceiptResponseObject, error) {
	if _, err := r.permitCampaign(ctx, access.CampaignExplain, request.CampaignId); err != nil {
		return nil, err
	}
	read, err := r.store.Statements.GetReceipt(ctx, request.CampaignId, request.PaymentId)
	if err != nil {
		return nil, err
	}
	return statementAnswer{ReceiptStatement(read), given(request.Params.Format)}, nil
}

// ListStatements lists the statements of all creators for a month, page by page.
func (r *resources) ListStatements(ctx context.Context, request openapi.ListStatementsRequestObject) (openapi.ListStatementsResponseObject, error) {
	if _, err := permit(ctx, access.LedgerRead); err != nil {
		return nil, err
	}
	page, err := pageOf(request.Params.Limit, request.Params.Cursor, byID)
	if err != nil {
		return nil, err
	}
	creators, err := r.store.Statements.ListMonth(ctx, request.Period, page, r.now())
	if err != nil {
		return nil, err
	}
	perCreator, next := present(creators, page, func(of statements.OfCreator) string { return of.CreatorID }, func(of statements.OfCreator) []openapi.CreatorStatement {
		return each(of.Statements, creatorStatementOf)
	})
	answer := openapi.ListStatements200JSONResponse{Items: []openapi.CreatorStatement{}, NextCursor: next}
	for _, items := range perCreator {
		answer.Items = append(answer.Items, items...)
	}
	return answer, nil
}

// ListTaxTotals lists what tax reports need of all creators, page by page.
func (r *resources) ListTaxTotals(ctx context.Context, request openapi.ListTaxTotalsRequestObject) (openapi.ListTaxTotalsResponseObject, error) {
	if _, err := permit(ctx, access.LedgerRead); err != nil {
		return nil, err
	}
	page, err := pageOf(request.Params.Limit, request.Params.Cursor, byID)
	if err != nil {
		return nil, err
	}
	creators, err := r.store.Statements.ListTax(ctx, request.Year, page, r.now())
	if err != nil {
		return nil, err
	}
	perCreator, next := present(creators, page, func(of statements.TaxOfCreator) string { return of.CreatorID }, func(of statements.TaxOfCreator) []openapi.TaxTotals {
		return each(of.Totals, taxTotalsOf)
	})
	answer := openapi.ListTaxTotals200JSONResponse{Items: []openapi.TaxTotals{}, NextCursor: next}
	for _, items := range perCreator {
		answer.Items = append(answer.Items, items...)
	}
	return answer, nil
}

// ExportStatements writes the statements of a month as CSV.
func (r *resources) ExportStatements(ctx context.Context, request openapi.ExportStatementsRequestObject) (openapi.ExportStatementsResponseObject, error) {
	if _, err := permit(ctx, access.LedgerRead); err != nil {
		return nil, err
	}
	// An error after the first line cannot change the status any more, so the period is checked first.
	if _, err := r.store.Statements.ListMonth(ctx, request.Period, nothing, r.now()); err != nil {
		return nil, err
	}
	return linesAnswer{MonthColumns, func(file *csv.Writer) (int, error) {
		return r.store.Statements.ExportMonth(ctx, request.Period, r.now(), func(read statement.Creator) error { return file.Write(MonthLine(read)) })
	}}, nil
}

// ExportTax1099 writes the totals for form 1099-NEC as CSV.
func (r *resources) ExportTax1099(ctx context.Context, request openapi.ExportTax1099RequestObject) (openapi.ExportTax1099ResponseObject, error) {
	return r.exportTax(ctx, request.Year, US1099NEC)
}

// ExportTaxDac7 writes the totals for DAC7 as CSV.
func (r *resources) ExportTaxDac7(ctx context.Context, request openapi.ExportTaxDac7RequestObject) (openapi.ExportTaxDac7ResponseObject, error) {
	return r.exportTax(ctx, request.Year, EUDAC7)
}

func (r *resources) exportTax(ctx context.Context, year string, form TaxForm) (linesAnswer, error) {
	if _, err := permit(ctx, access.LedgerRead); err != nil {
		return linesAnswer{}, err
	}
	if _, err := r.store.Statements.ListTax(ctx, year, nothing, r.now()); err != nil {
		return linesAnswer{}, err
	}
	return linesAnswer{form.Columns, func(file *csv.Writer) (int, error) {
		count := 0
		_, err := r.store.Statements.ExportTax(ctx, year, r.now(), func(read statement.Tax) error {
			lines := form.Lines(read)
			count += len(lines)
			return file.WriteAll(lines)
		})
		return count, err
	}}, nil
}

// statementAnswer is a statement in the requested format.
type statementAnswer struct {
	document Statement
	format   string
}

func (a statementAnswer) write(w http.ResponseWriter) error {
	var body bytes.Buffer
	if err := a.document.Write(&body, a.format); err != nil {
		return err
	}
	header := w.Header()
	header.Set("Content-Type", contentTypes[a.format])
	if a.format == "html" {
		header.Set("Content-Security-Policy", printPolicy)
	}
	header.Set("Content-Length", strconv.Itoa(body.Len()))
	w.WriteHeader(http.StatusOK)
	_, err := w.Write(body.Bytes())
	return err
}

var contentTypes = map[string]string{"": "application/json", "json": "application/json", "csv": "text/csv; charset=utf-8", "html": "text/html; charset=utf-8"}

// VisitGetCreatorStatementResponse writes the answer.
func (a statementAnswer) VisitGetCreatorStatementResponse(w http.ResponseWriter) error {
	return a.write(w)
}

// VisitGetCampaignStatementResponse writes the answer.
func (a statementAnswer) VisitGetCampaignStatementResponse(w http.ResponseWriter) error {
	return a.write(w)
}

// VisitGetReceiptResponse writes the answer.
func (a statementAnswer) VisitGetReceiptResponse(w http.ResponseWriter) error { return a.write(w) }

// linesAnswer is an answer that is read and sent line by line. A whole file says so in its last
// line.
type linesAnswer struct {
	columns []string
	lines   func(*csv.Writer) (int, error)
}

func (a linesAnswer) write(w http.ResponseWriter) error {
	w.Header().Set("Content-Type", contentTypes["csv"])
	w.WriteHeader(http.StatusOK)
	return WriteLines(w, a.columns, a.lines)
}

// VisitExportStatementsResponse writes the file.
func (a linesAnswer) VisitExportStatementsResponse(w http.ResponseWriter) error { return a.write(w) }

// VisitExportTax1099Response writes the file.
func (a linesAnswer) VisitExportTax1099Response(w http.ResponseWriter) error { return a.write(w) }

// VisitExportTaxDac7Response writes the file.
func (a linesAnswer) VisitExportTaxDac7Response(w http.ResponseWriter) error { return a.write(w) }
