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
	principal, _, err := r.permitOrganization(ctx, access.DepositCreate, request.OrganizationId)
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
	if err := deposit.RequireSame(read.NewDeposit); err != nil {
		return nil, err // a running workflow keeps the request that started it
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

// newDeposit returns the deposit of a request, with its surcharge. The payment is as large as one payment
// can be.
func (r *resources) newDeposit(ctx context.Context, request openapi.CreateDepositRequestObject, actor string) (funding.NewDeposit, error) {
	key := request.Params.IdempotencyKey
	deposit := funding.NewDeposit{
		ID: newID(ctx, key), OrganizationID: request.OrganizationId, Currency: money.Currency(request.Body.Currency),
		AmountMinor: request.Body.AmountMinor, RequestedBy: actor,
	}
	if key == nil && request.Body.PaymentMethod != "" {
		return deposit, fault.New(fault.Invalid, "idempotency_key_missing", "send an Idempotency-Key with a payment_method: without one, a repeated request would charge it again")
	}
	if err := deposit.Validate(); err != nil {
		return deposit, err
	}
	if key != nil {
		stored, err := r.store.Funding.GetDeposit(ctx, deposit.ID)
		switch {
		case err == nil: // a repeated request keeps its surcharge, which the configuration may have changed
			deposit.SurchargeMinor = stored.SurchargeMinor
			return deposit, deposit.RequireSame(stored.NewDeposit)
		case !fault.Is(err, fault.NotFound):
			return deposit, err
		}
	}
	var err error
	if deposit.SurchargeMinor, err = r.campaignPolicy.Surcharge(deposit.AmountMinor, deposit.Currency); err != nil {
		return deposit, err
	}
	if err := funding.RequireChargeable("amount_minor", deposit.PaymentMinor(), deposit.Currency); err != nil {
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
	if read.Status == funding.DepositCancelled {
		return openapi.CancelDeposit200JSONResponse(depositOf(read)), nil
	}
	_, refused := r.engine.CancelDeposit(ctx, command.CancelDeposit{
		ID: commandID(ctx, request.Params.IdempotencyKey, "cancel", read.ID), DepositID: read.ID, Actor: principal.UserID, Reason: reasonOf(request.Body),
	})
	if refused != nil && fault.CodeOf(refused) != notRunning {
		return nil, refused
	}
	if read, err = r.store.Funding.GetDeposit(ctx, read.ID); err != nil {
		return nil, err
	}
	return openapi.CancelDeposit200JSONResponse(depositOf(read)), endedInstead(refused, read.Status.Ended(), read.RequireCancellable())
}

// notRunning is the code of a command for a workflow that has ended, or was never started.
const notRunning = "not_running"

// endedInstead replaces the refusal that a workflow is not running by the guard of what has ended.
func endedInstead(refused error, ended bool, guard error) error {
	if refused != nil && ended {
		return guard
	}
	return refused
}

// permitDeposit returns a deposit of an organization if the caller may take an action on it.
func (r *resources) permitDeposit(ctx context.Context, action access.Action, organizationID, id string) (access.Principal, funding.Deposit, error) {
	return permitOwned(ctx, r, ownedBy{action, "deposit", organizationID, id}, r.store.Funding.GetDeposit, func(read funding.Deposit) string { return read.OrganizationID })
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
