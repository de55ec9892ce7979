package api

import (
	"cmp"
	"context"

	"github.com/creditroll/creditroll/api/internal/openapi"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/command"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/money"
)

// CreateDeposit creates a payment into the brand's balance.
func (r *resources) CreateDeposit(ctx context.Context, request openapi.CreateDepositRequestObject) (openapi.CreateDepositResponseObject, error) {
	principal, err := r.permitOrganization(ctx, access.DepositCreate, request.OrganizationId)
	if err != nil {
		return nil, err
	}
	deposit, err := r.newDeposit(ctx, request, principal.UserID)
	if err != nil {
		return nil, err
	}
	started, err := r.engine.CreateDeposit(ctx, command.CreateDeposit{Deposit: deposit, PaymentMethod: request.Body.PaymentMethod})
	if err != nil {
		return nil, err
	}
	read, err := r.store.Funding.GetDeposit(ctx, deposit.ID)
	if err != nil {
		return nil, err
	}
	answer := depositOf(read)
	answer.PaymentStatus = text(started.PaymentStatus)
	if waitsForPayer(started.PaymentStatus) {
		secret, err := r.payments.ClientSecret(ctx, started.PaymentIntentID)
		if err != nil {
			return nil, err
		}
		answer.ClientSecret = text(secret)
	}
	return openapi.CreateDeposit201JSONResponse(answer), nil
}

// newDeposit returns the deposit of a request, with its surcharge. The payment is not larger than one
// payment can be.
func (r *resources) newDeposit(ctx context.Context, request openapi.CreateDepositRequestObject, actor string) (funding.NewDeposit, error) {
	deposit := funding.NewDeposit{
		ID: newID(ctx, request.Params.IdempotencyKey), OrganizationID: request.OrganizationId, Currency: money.Currency(request.Body.Currency),
		AmountMinor: request.Body.AmountMinor, RequestedBy: actor,
	}
	if err := deposit.Validate(); err != nil {
		return deposit, err
	}
	var err error
	if deposit.SurchargeMinor, err = r.campaignPolicy.Surcharge(deposit.AmountMinor, deposit.Currency); err != nil {
		return deposit, err
	}
	return deposit, r.paymentMax.Require("amount_minor", deposit.PaymentMinor(), deposit.Currency)
}

// ListDeposits lists the deposits of one organization.
func (r *resources) ListDeposits(ctx context.Context, request openapi.ListDepositsRequestObject) (openapi.ListDepositsResponseObject, error) {
	items, next, err := listMoves(ctx, r, movesPage{
		request.OrganizationId, given(request.Params.Status), request.Params.Limit, request.Params.Cursor,
	}, r.store.Funding.ListDeposits, func(row funding.Deposit) string { return row.ID }, depositOf)
	return openapi.ListDeposits200JSONResponse{Items: items, NextCursor: next}, err
}

// GetDeposit reads one deposit.
func (r *resources) GetDeposit(ctx context.Context, request openapi.GetDepositRequestObject) (openapi.GetDepositResponseObject, error) {
	_, read, err := r.permitDeposit(ctx, access.BalanceRead, request.OrganizationId, request.DepositId)
	return openapi.GetDeposit200JSONResponse(depositOf(read)), err
}

// CancelDeposit cancels a payment that has not succeeded.
func (r *resources) CancelDeposit(ctx context.Context, request openapi.CancelDepositRequestObject) (openapi.CancelDepositResponseObject, error) {
	principal, read, err := r.permitDeposit(ctx, access.DepositCancel, request.OrganizationId, request.DepositId)
	if err != nil {
		return nil, err
	}
	if read.Status.Ended() && read.Status != funding.DepositCancelled {
		return nil, fault.New(fault.Conflict, "deposit_ended", "the deposit has ended already: it is %s", read.Status)
	}
	if !read.Status.Ended() {
		_, err = r.engine.CancelDeposit(ctx, command.CancelDeposit{
			ID: commandID(ctx, request.Params.IdempotencyKey, "cancel", read.ID), DepositID: read.ID, Actor: principal.UserID, Reason: reasonOf(request.Body),
		})
		if err != nil {
			return nil, err
		}
	}
	read, err = r.store.Funding.GetDeposit(ctx, read.ID)
	return openapi.CancelDeposit200JSONResponse(depositOf(read)), err
}

// permitDeposit returns a deposit of an organization if the caller may take an action on it.
func (r *resources) permitDeposit(ctx context.Context, action access.Action, organizationID, id string) (access.Principal, funding.Deposit, error) {
	principal, err := r.permitOrganization(ctx, action, organizationID)
	if err != nil {
		return principal, funding.Deposit{}, err
	}
	read, err := r.store.Funding.GetDeposit(ctx, id)
	if err == nil && read.OrganizationID != organizationID {
		err = fault.New(fault.NotFound, "deposit_not_found", "no such deposit")
	}
	return principal, read, err
}

// reasonOf returns the reason of a command, which is recorded with the books.
func reasonOf(body *openapi.OptionalReason) string {
	return cmp.Or(given(body).Reason, "no reason given")
}

func depositOf(read funding.Deposit) openapi.Deposit {
	return openapi.Deposit{
		Id: read.ID, OrganizationId: read.OrganizationID, Currency: string(read.Currency), AmountMinor: read.AmountMinor, SurchargeMinor: read.SurchargeMinor,
		PaymentMinor: read.PaymentMinor(), RefundedMinor: read.RefundedMinor, Status: string(read.Status), PaymentIntentId: text(read.PaymentIntentID), CampaignId: text(read.CampaignID),
		FailureCode: text(read.FailureCode), CreatedAt: read.Now, EndedAt: read.EndedAt,
	}
}
