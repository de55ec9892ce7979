package api

import (
	"context"

	"github.com/creditroll/creditroll/api/internal/openapi"
	"github.com/creditroll/creditroll/db/reconciliation"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/reconcile"
)

// ListDifferences lists the differences between Stripe and the ledger.
func (r *resources) ListDifferences(ctx context.Context, request openapi.ListDifferencesRequestObject) (openapi.ListDifferencesResponseObject, error) {
	if _, err := permit(ctx, access.ReconciliationRead); err != nil {
		return nil, err
	}
	page, err := pageOf(request.Params.Limit, request.Params.Cursor, byID)
	if err != nil {
		return nil, err
	}
	rows, err := r.store.Reconciliation.ListDifferences(ctx, reconciliation.DifferenceFilter{Class: reconcile.Class(given(request.Params.Class)), Open: request.Params.Open}, page)
	if err != nil {
		return nil, err
	}
	items, next := present(rows, page, func(row reconciliation.Difference) string { return row.ID }, differenceOf)
	return openapi.ListDifferences200JSONResponse{Items: items, NextCursor: next}, nil
}

// AcknowledgeDifference records that a difference is accounted for elsewhere. It moves no money,
// so it needs no workflow.
func (r *resources) AcknowledgeDifference(ctx context.Context, request openapi.AcknowledgeDifferenceRequestObject) (openapi.AcknowledgeDifferenceResponseObject, error) {
	principal, err := permit(ctx, access.DifferenceAcknowledge)
	if err != nil {
		return nil, err
	}
	acknowledged, err := r.store.Reconciliation.Acknowledge(ctx, request.DifferenceId, access.OperatorAction{
		ID: names.AcknowledgementID(request.DifferenceId), Actor: principal.UserID, Reason: request.Body.Reason,
	}, r.now())
	if err != nil {
		return nil, err
	}
	return openapi.AcknowledgeDifference200JSONResponse(differenceOf(acknowledged)), nil
}

// ListReconciliationPasses lists the reconciliation passes, latest first.
func (r *resources) ListReconciliationPasses(ctx context.Context, request openapi.ListReconciliationPassesRequestObject) (openapi.ListReconciliationPassesResponseObject, error) {
	if _, err := permit(ctx, access.ReconciliationRead); err != nil {
		return nil, err
	}
	page, err := pageOf(request.Params.Limit, request.Params.Cursor, byID)
	if err != nil {
		return nil, err
	}
	rows, err := r.store.Reconciliation.ListPasses(ctx, page)
	if err != nil {
		return nil, err
	}
	items, next := present(rows, page, func(row reconcile.PassResult) string { return row.ID }, passOf)
	return openapi.ListReconciliationPasses200JSONResponse{Items: items, NextCursor: next}, nil
}

func differenceOf(read reconciliation.Difference) openapi.Difference {
	return openapi.Difference{
		Id: read.ID, Class: string(read.Class), ObjectType: string(read.ObjectType), ObjectId: read.ObjectID, Account: text(read.Account),
		Subject: text(read.Subject), Ours: text(read.Ours), Theirs: text(read.Theirs), Currency: text(string(read.Currency)),
		Detail: read.Detail, Blocking: read.Blocking, Open: read.IsOpen(), FoundAt: read.FoundAt, LastSeenAt: read.LastSeenAt,
		ClearedAt: read.ClearedAt, AcknowledgedAt: read.AcknowledgedAt, AcknowledgedBy: text(read.AcknowledgedBy),
	}
}

func passOf(read reconcile.PassResult) openapi.ReconciliationPass {
	return openapi.ReconciliationPass{
		Id: read.ID, StartedAt: read.StartedAt, Since: read.Since, FinishedAt: read.FinishedAt, Objects: int64(read.Objects),
		Unreadable: int64(read.Unreadable), Found: int64(read.Found), Cleared: int64(read.Cleared), Open: int64(read.StillOpen), Blocking: int64(read.Blocking),
	}
}
