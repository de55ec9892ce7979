package api

import (
	"context"

	"github.com/creditroll/creditroll/api/internal/openapi"
	"github.com/creditroll/creditroll/db/payouts"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/payout"
)

// StartPayoutRun starts the run of a period. The default is the current week.
func (r *resources) StartPayoutRun(ctx context.Context, request openapi.StartPayoutRunRequestObject) (openapi.StartPayoutRunResponseObject, error) {
	if _, err := permit(ctx, access.PayoutRunStart); err != nil {
		return nil, err
	}
	period := given(request.Body).Period
	if period == "" {
		period = payout.Period(r.now())
	}
	if err := payout.RequireBegun(period, r.now()); err != nil {
		return nil, err
	}
	id, err := r.engine.StartPayoutRun(ctx, period)
	if err != nil {
		return nil, err
	}
	return openapi.StartPayoutRun202JSONResponse{Id: id, Period: period}, nil
}

// ListPayoutRuns lists the runs, latest period first. Only callers who may start runs can see
// them, because a run shows how many creators are paid.
func (r *resources) ListPayoutRuns(ctx context.Context, request openapi.ListPayoutRunsRequestObject) (openapi.ListPayoutRunsResponseObject, error) {
	if _, err := permit(ctx, access.PayoutRunStart); err != nil {
		return nil, err
	}
	page, err := pageOf(request.Params.Limit, request.Params.Cursor, byPeriod)
	if err != nil {
		return nil, err
	}
	rows, err := r.store.Payouts.ListRuns(ctx, page)
	if err != nil {
		return nil, err
	}
	items, next := present(rows, page, func(row payouts.Run) string { return row.Period }, payoutRunOf)
	return openapi.ListPayoutRuns200JSONResponse{Items: items, NextCursor: next}, nil
}

// GetPayoutRun reads one run.
func (r *resources) GetPayoutRun(ctx context.Context, request openapi.GetPayoutRunRequestObject) (openapi.GetPayoutRunResponseObject, error) {
	if _, err := permit(ctx, access.PayoutRunStart); err != nil {
		return nil, err
	}
	read, err := r.store.Payouts.GetRun(ctx, request.PayoutRunId)
	if err != nil {
		return nil, err
	}
	return openapi.GetPayoutRun200JSONResponse(payoutRunOf(read)), nil
}

// ApprovePayoutRun approves a run that waits for finance.
func (r *resources) ApprovePayoutRun(ctx context.Context, request openapi.ApprovePayoutRunRequestObject) (openapi.ApprovePayoutRunResponseObject, error) {
	principal, err := permit(ctx, access.PayoutRunApprove)
	if err != nil {
		return nil, err
	}
	read, err := r.store.Payouts.GetRun(ctx, request.PayoutRunId)
	if err != nil {
		return nil, err
	}
	if err := r.engine.ApprovePayoutRun(ctx, read.Period, principal.UserID); err != nil {
		return nil, err
	}
	if read, err = r.store.Payouts.GetRun(ctx, request.PayoutRunId); err != nil {
		return nil, err
	}
	return openapi.ApprovePayoutRun200JSONResponse(payoutRunOf(read)), nil
}

func payoutRunOf(read payouts.Run) openapi.PayoutRun {
	return openapi.PayoutRun{
		Id: read.ID, Period: read.Period, Status: read.Status, BlockedReason: text(read.BlockedReason),
		Payouts: int64(read.Payouts), StartedAt: read.StartedAt, FinishedAt: read.FinishedAt,
	}
}
