package api

import (
	"context"

	"github.com/creditroll/creditroll/api/internal/openapi"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/adoption"
	"github.com/creditroll/creditroll/domain/command"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/names"
)

// PreviewAdoption lists what an adoption would book.
func (r *resources) PreviewAdoption(ctx context.Context, _ openapi.PreviewAdoptionRequestObject) (openapi.PreviewAdoptionResponseObject, error) {
	if _, err := permit(ctx, access.ReconciliationRead); err != nil {
		return nil, err
	}
	plans, err := r.store.Payouts.ListAdoptable(ctx)
	if err != nil {
		return nil, err
	}
	preview := openapi.PreviewAdoption200JSONResponse{Items: make([]openapi.AdoptablePayout, len(plans))}
	for i, plan := range plans {
		preview.Items[i] = openapi.AdoptablePayout{
			PayoutId: plan.Transfer.PayoutID, TransferId: plan.Transfer.ID, Account: plan.Transfer.Account, CreatorId: text(plan.CreatorID),
			Currency: string(plan.Transfer.Currency), AmountMinor: plan.Transfer.AmountMinor, TransferredAt: plan.Transfer.CreatedAt,
			Period: plan.Period, PeriodKnown: plan.PeriodKnown, BankPayouts: int64(len(plan.BankPayouts)),
			CoveredMinor: plan.CoveredMinor, AdvancedMinor: plan.AdvancedMinor,
			Obstacle: text(string(plan.Obstacle)), ObstacleDetail: text(plan.Obstacle.Sentence()),
		}
	}
	return preview, nil
}

// ProposeAdoption records a proposal to adopt what is adoptable. Nothing is booked until another
// person approves it.
func (r *resources) ProposeAdoption(ctx context.Context, request openapi.ProposeAdoptionRequestObject) (openapi.ProposeAdoptionResponseObject, error) {
	principal, err := permit(ctx, access.AdoptionPropose)
	if err != nil {
		return nil, err
	}
	id := newID(ctx, request.Params.IdempotencyKey)
	if err := r.engine.ProposeAdoption(ctx, adoption.Proposal{ID: id, ProposedBy: principal.UserID, Reason: request.Body.Reason}); err != nil {
		return nil, err
	}
	read, err := r.store.Payouts.GetAdoption(ctx, id)
	if err != nil {
		return nil, err
	}
	return openapi.ProposeAdoption201JSONResponse(adoptionOf(read)), nil
}

// GetAdoption reads one adoption.
func (r *resources) GetAdoption(ctx context.Context, request openapi.GetAdoptionRequestObject) (openapi.GetAdoptionResponseObject, error) {
	if _, err := permit(ctx, access.ReconciliationRead); err != nil {
		return nil, err
	}
	read, err := r.store.Payouts.GetAdoption(ctx, request.AdoptionId)
	if err != nil {
		return nil, err
	}
	return openapi.GetAdoption200JSONResponse(adoptionOf(read)), nil
}

// ListAdoptionPayouts lists the payouts of an adoption.
func (r *resources) ListAdoptionPayouts(ctx context.Context, request openapi.ListAdoptionPayoutsRequestObject) (openapi.ListAdoptionPayoutsResponseObject, error) {
	if _, err := permit(ctx, access.ReconciliationRead); err != nil {
		return nil, err
	}
	page, err := pageOf(request.Params.Limit, request.Params.Cursor, byID)
	if err != nil {
		return nil, err
	}
	if _, err := r.store.Payouts.GetAdoption(ctx, request.AdoptionId); err != nil {
		return nil, err
	}
	rows, err := r.store.Payouts.ListAdoptionItems(ctx, request.AdoptionId, page)
	if err != nil {
		return nil, err
	}
	items, next := present(rows, page, func(row adoption.Item) string { return row.PayoutID }, func(row adoption.Item) openapi.AdoptionPayout {
		return openapi.AdoptionPayout{
			PayoutId: row.PayoutID, TransferId: row.TransferID, Account: row.Account, CreatorId: row.CreatorID, Period: row.Period,
			Currency: string(row.Currency), AmountMinor: row.AmountMinor, TransferredAt: row.TransferredAt, Outcome: string(row.Outcome),
			Refusal: text(string(row.Refusal)), Failure: text(row.Failure.Code), FailureDetail: text(row.Failure.Detail), AdvancedMinor: row.AdvancedMinor,
		}
	})
	return openapi.ListAdoptionPayouts200JSONResponse{Items: items, NextCursor: next}, nil
}

// ApproveAdoption starts to adopt the payouts.
func (r *resources) ApproveAdoption(ctx context.Context, request openapi.ApproveAdoptionRequestObject) (openapi.ApproveAdoptionResponseObject, error) {
	decided, err := r.decideAdoption(ctx, command.DecideAdoption{
		ID:         commandID(ctx, request.Params.IdempotencyKey, command.ApproveAdoption, request.AdoptionId),
		AdoptionID: request.AdoptionId, Approve: true, Reason: request.Body.Reason,
	})
	return openapi.ApproveAdoption200JSONResponse(decided), err
}

// RejectAdoption rejects an adoption permanently.
func (r *resources) RejectAdoption(ctx context.Context, request openapi.RejectAdoptionRequestObject) (openapi.RejectAdoptionResponseObject, error) {
	decided, err := r.decideAdoption(ctx, command.DecideAdoption{
		ID:         commandID(ctx, request.Params.IdempotencyKey, command.RejectAdoption, request.AdoptionId),
		AdoptionID: request.AdoptionId, Reason: request.Body.Reason,
	})
	return openapi.RejectAdoption200JSONResponse(decided), err
}

func (r *resources) decideAdoption(ctx context.Context, order command.DecideAdoption) (openapi.Adoption, error) {
	principal, err := permit(ctx, access.AdoptionDecide)
	if err != nil {
		return openapi.Adoption{}, err
	}
	if _, err := r.store.Payouts.GetAdoption(ctx, order.AdoptionID); err != nil {
		return openapi.Adoption{}, err
	}
	order.Actor = principal.UserID
	engineErr := r.engine.DecideAdoption(ctx, order)
	if code := fault.CodeOf(engineErr); engineErr != nil && code != codeNotRunning && code != codeAdoptionDecided {
		return openapi.Adoption{}, engineErr
	}
	read, err := r.store.Payouts.GetAdoption(ctx, order.AdoptionID)
	if err == nil && engineErr != nil {
		err = adoptionAlreadyDecided(read, order, engineErr)
	}
	return adoptionOf(read), err
}

// codeAdoptionDecided is the engine's answer while it adopts the payouts. Afterwards the workflow
// has ended, and the answer is codeNotRunning.
const codeAdoptionDecided = "adoption_decided"

// adoptionAlreadyDecided returns nil if the caller repeats their own decision, for example because
// its answer was lost.
func adoptionAlreadyDecided(read adoption.Adoption, order command.DecideAdoption, engineErr error) error {
	switch {
	case read.Status == adoption.Proposed:
		return engineErr
	case access.SamePerson(read.DecidedBy, order.Actor) && (read.Status == adoption.Approved) == order.Approve:
		return nil
	case access.SamePerson(read.ProposedBy, order.Actor):
		return fault.New(fault.Denied, "same_person", "you proposed this adoption, so you cannot decide it: ask another person")
	}
	return fault.New(fault.Conflict, codeAdoptionDecided, "the adoption was already %s, and a decision is final", read.Status)
}

func adoptionOf(read adoption.Adoption) openapi.Adoption {
	answer := openapi.Adoption{
		Id: read.ID, Status: string(read.Status), ProposedBy: read.ProposedBy, ProposedAt: read.ProposedAt, Reason: read.Reason,
		DecidedBy: text(read.DecidedBy), DecidedAt: read.DecidedAt, DecisionReason: text(read.DecisionReason),
		Payouts: read.Payouts, Waiting: read.Waiting, Booked: read.Booked, Adopted: read.Adopted, Refused: read.Refused, Left: read.Left, Failed: read.Failed,
		Sums: make([]openapi.CurrencyAmount, len(read.Sums)),
	}
	for i, sum := range read.Sums {
		answer.Sums[i] = openapi.CurrencyAmount{Currency: string(sum.Currency), AmountMinor: sum.Minor}
	}
	for _, action := range command.AdoptionActions(read) {
		answer.ShellLines = append(answer.ShellLines, names.UpdateLine(names.Adoption(read.ID), action))
	}
	return answer
}
