package api

import (
	"context"

	"github.com/creditroll/creditroll/api/internal/openapi"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/command"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/money"
)

// CreateWithdrawal takes an amount out of the brand's balance.
func (r *resources) CreateWithdrawal(ctx context.Context, request openapi.CreateWithdrawalRequestObject) (openapi.CreateWithdrawalResponseObject, error) {
	principal, _, err := r.permitOrganization(ctx, access.WithdrawalCreate, request.OrganizationId)
	if err != nil {
		return nil, err
	}
	create := funding.NewWithdrawal{
		ID: newID(ctx, request.Params.IdempotencyKey), OrganizationID: request.OrganizationId, Currency: money.Currency(request.Body.Currency),
		AmountMinor: request.Body.AmountMinor, RequestedBy: principal.UserID,
	}
	if err := create.Validate(); err != nil {
		return nil, err
	}
	if _, err := r.engine.CreateWithdrawal(ctx, command.CreateWithdrawal{Withdrawal: create}); err != nil {
		return nil, err
	}
	read, err := r.store.Funding.GetWithdrawal(ctx, create.ID)
	if err != nil {
		return nil, err
	}
	if err := create.RequireSame(read.NewWithdrawal); err != nil {
		return nil, err // a running workflow keeps the request that started it
	}
	answer, err := r.withRefunds(ctx, read)
	return openapi.CreateWithdrawal201JSONResponse(answer), err
}

// ListWithdrawals lists the withdrawals of one organization.
func (r *resources) ListWithdrawals(ctx context.Context, request openapi.ListWithdrawalsRequestObject) (openapi.ListWithdrawalsResponseObject, error) {
	items, next, err := listMoves(ctx, r, movesPage{
		request.OrganizationId, given(request.Params.Status), request.Params.Limit, request.Params.Cursor,
	}, r.store.Funding.ListWithdrawals, func(row funding.Withdrawal) string { return row.ID }, withdrawalOf)
	return openapi.ListWithdrawals200JSONResponse{Items: items, NextCursor: next}, err
}

// GetWithdrawal reads one withdrawal with its refunds.
func (r *resources) GetWithdrawal(ctx context.Context, request openapi.GetWithdrawalRequestObject) (openapi.GetWithdrawalResponseObject, error) {
	_, read, err := r.permitWithdrawal(ctx, access.BalanceRead, request.OrganizationId, request.WithdrawalId)
	if err != nil {
		return nil, err
	}
	answer, err := r.withRefunds(ctx, read)
	return openapi.GetWithdrawal200JSONResponse(answer), err
}

// CancelWithdrawal returns to the balance what is neither sent nor on its way.
func (r *resources) CancelWithdrawal(ctx context.Context, request openapi.CancelWithdrawalRequestObject) (openapi.CancelWithdrawalResponseObject, error) {
	principal, read, err := r.permitWithdrawal(ctx, access.WithdrawalCancel, request.OrganizationId, request.WithdrawalId)
	if err != nil {
		return nil, err
	}
	if read.Status != funding.WithdrawalCancelled {
		_, refused := r.engine.CancelWithdrawal(ctx, command.CancelWithdrawal{
			ID: commandID(ctx, request.Params.IdempotencyKey, "cancel", read.ID), WithdrawalID: read.ID, Actor: principal.UserID, Reason: reasonOf(request.Body),
		})
		if refused != nil && fault.CodeOf(refused) != notRunning {
			return nil, refused
		}
		if read, err = r.store.Funding.GetWithdrawal(ctx, read.ID); err != nil {
			return nil, err
		}
		if err := endedInstead(refused, read.Status.Ended(), read.RequireCancellable()); err != nil {
			return nil, err
		}
	}
	answer, err := r.withRefunds(ctx, read)
	return openapi.CancelWithdrawal200JSONResponse(answer), err
}

// permitWithdrawal returns a withdrawal of an organization if the caller may take an action on it.
func (r *resources) permitWithdrawal(ctx context.Context, action access.Action, organizationID, id string) (access.Principal, funding.Withdrawal, error) {
	return permitOwned(ctx, r, ownedBy{action, "withdrawal", organizationID, id}, r.store.Funding.GetWithdrawal, func(read funding.Withdrawal) string { return read.OrganizationID })
}

// withRefunds shows a withdrawal with its refunds.
func (r *resources) withRefunds(ctx context.Context, read funding.Withdrawal) (openapi.Withdrawal, error) {
	refunds, err := r.store.Funding.ListRefunds(ctx, read.ID)
	if err != nil {
		return openapi.Withdrawal{}, err
	}
	answer, listed := withdrawalOf(read), make([]openapi.DepositRefund, len(refunds))
	for i, refund := range refunds {
		listed[i] = openapi.DepositRefund{
			DepositId: refund.DepositID, AmountMinor: refund.AmountMinor, Status: string(refund.Status), RefundId: text(refund.RefundID),
			FailureCode: text(refund.FailureCode), RequestedAt: refund.RequestedAt, EndedAt: refund.EndedAt,
		}
	}
	answer.Refunds = &listed
	return answer, nil
}

func withdrawalOf(read funding.Withdrawal) openapi.Withdrawal {
	return openapi.Withdrawal{
		Id: read.ID, OrganizationId: read.OrganizationID, Currency: string(read.Currency), AmountMinor: read.AmountMinor,
		SentMinor: read.SentMinor, ReturnedMinor: read.ReturnedMinor, Status: string(read.Status), CreatedAt: read.Now, EndedAt: read.EndedAt,
	}
}
