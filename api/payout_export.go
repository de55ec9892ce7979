package api

import (
	"context"
	"encoding/csv"
	"net/http"
	"strconv"

	"github.com/creditroll/creditroll/api/internal/openapi"
	"github.com/creditroll/creditroll/db/payouts"
	"github.com/creditroll/creditroll/domain/access"
)

// ExportPayoutRun writes the payouts of a run as CSV.
func (r *resources) ExportPayoutRun(ctx context.Context, request openapi.ExportPayoutRunRequestObject) (openapi.ExportPayoutRunResponseObject, error) {
	if _, err := permit(ctx, access.PayoutRunStart); err != nil {
		return nil, err
	}
	read, err := r.store.Payouts.GetRun(ctx, request.PayoutRunId)
	if err != nil {
		return nil, err
	}
	return payoutExport{ctx: ctx, store: r.store.Payouts, runID: read.ID}, nil
}

// payoutExport is an answer that is read and sent page by page.
type payoutExport struct {
	ctx   context.Context //nolint:containedctx // of the one request that this answers
	store *payouts.Store
	runID string
}

var payoutColumns = []string{"payout_id", "creator_id", "currency", "amount_minor", "status", "reason", "failure_code", "transfer_id", "bank_payout_id", "campaigns", "method", "fee_minor", "fallback_code"}

// VisitExportPayoutRunResponse writes the file. An error after the first page cannot change the
// status any more, so a whole file says so in its last line.
func (e payoutExport) VisitExportPayoutRunResponse(w http.ResponseWriter) error {
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.WriteHeader(http.StatusOK)
	file := csv.NewWriter(w)
	if err := file.Write(payoutColumns); err != nil {
		return err
	}
	count, err := e.store.Export(e.ctx, e.runID, func(row payouts.Exported) error {
		return file.Write([]string{
			row.ID, row.CreatorID, string(row.Currency), strconv.FormatInt(row.AmountMinor, 10), string(row.Status),
			row.AttentionReason, row.FailureCode, row.TransferID, row.BankPayoutID, row.Lines,
			string(row.Method), strconv.FormatInt(row.FeeMinor, 10), row.FallbackCode,
		})
	})
	if err == nil {
		last := make([]string, len(payoutColumns))
		last[0], last[1] = "end", strconv.Itoa(count)
		err = file.Write(last)
	}
	file.Flush()
	if err == nil {
		err = file.Error()
	}
	return err
}
