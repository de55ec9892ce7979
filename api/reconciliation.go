package api

import (
	"context"

	"github.com/creditroll/creditroll/api/internal/openapi"
	"github.com/creditroll/creditroll/db/reconciliation"
	"github.com/creditroll/creditroll/domain/access"
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

// AcknowledgeDifference proposes to close a difference. It moves no money, so it needs no workflow.
func (r *resources) AcknowledgeDifference(ctx context.Context, request openapi.AcknowledgeDifferenceRequestObject) (openapi.AcknowledgeDifferenceResponseObject, error) {
	principal, err := permit(ctx, access.DifferenceAcknowledge)
	if err != nil {
		return nil, err
	}
	proposed, err := r.store.Reconciliation.ProposeAcknowledgement(ctx, request.DifferenceId, request.Body.Booking, actionOf(principal, request.Body.Reason), r.now())
	if err != nil {
		return nil, err
	}
	return openapi.AcknowledgeDifference200JSONResponse(differenceOf(proposed)), nil
}

// ApproveAcknowledgement closes a difference as another person has proposed.
func (r *resources) ApproveAcknowledgement(ctx context.Context, request openapi.ApproveAcknowledgementRequestObject) (openapi.ApproveAcknowledgementResponseObject, error) {
	principal, err := permit(ctx, access.DifferenceAcknowledge)
	if err != nil {
		return nil, err
	}
	approved, err := r.store.Reconciliation.ApproveAcknowledgement(ctx, request.DifferenceId, actionOf(principal, request.Body.Reason), r.now())
	if err != nil {
		return nil, err
	}
	return openapi.ApproveAcknowledgement200JSONResponse(differenceOf(approved)), nil
}

// RejectAcknowledgement discards the proposal to close a difference.
func (r *resources) RejectAcknowledgement(ctx context.Context, request openapi.RejectAcknowledgementRequestObject) (openapi.RejectAcknowledgementResponseObject, error) {
	principal, err := permit(ctx, access.DifferenceAcknowledge)
	if err != nil {
		return nil, err
	}
	rejected, err := r.store.Reconciliation.RejectAcknowledgement(ctx, request.DifferenceId, actionOf(principal, request.Body.Reason))
	if err != nil {
		return nil, err
	}
	return openapi.RejectAcknowledgement200JSONResponse(differenceOf(rejected)), nil
}

func actionOf(principal access.Principal, reason string) access.OperatorAction {
	return access.OperatorAction{Actor: principal.UserID, Reason: reason}
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
		ProposedAt: read.Acknowledgement.ProposedAt, ProposedBy: text(read.Acknowledgement.ProposedBy), Reason: text(read.Acknowledgement.Reason), Booking: text(read.Acknowledgement.Booking),
		ShiftMinor: read.Shift.AmountMinor, ShiftCurrency: text(string(read.Shift.Currency)), NeedsBooking: read.Shift.Needed,
	}
}

func passOf(read reconcile.PassResult) openapi.ReconciliationPass {
	return openapi.ReconciliationPass{
		Id: read.ID, StartedAt: read.StartedAt, Since: read.Since, FinishedAt: read.FinishedAt, Objects: int64(read.Objects),
		Unreadable: int64(read.Unreadable), Found: int64(read.Found), Cleared: int64(read.Cleared), Open: int64(read.StillOpen), Blocking: int64(read.Blocking),
	}
}
