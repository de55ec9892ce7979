package api

import (
	"context"

	"github.com/creditroll/creditroll/api/internal/openapi"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/command"
	"github.com/creditroll/creditroll/domain/correction"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/names"
)

// ProposeCorrection records a proposal. Nothing is posted until another person approves it.
func (r *resources) ProposeCorrection(ctx context.Context, request openapi.ProposeCorrectionRequestObject) (openapi.ProposeCorrectionResponseObject, error) {
	principal, err := permit(ctx, access.CorrectionPropose)
	if err != nil {
		return nil, err
	}
	body := request.Body
	id := newID(ctx, request.Params.IdempotencyKey)
	err = r.engine.ProposeCorrection(ctx, correction.Proposal{
		ID: id, Kind: correction.Kind(body.Kind), Currency: money.Currency(body.Currency),
		ClipID: given(body.ClipId), CreatorID: given(body.CreatorId), CampaignID: given(body.CampaignId),
		PayoutID: given(body.PayoutId), WithdrawalID: given(body.WithdrawalId), PaymentIntentID: given(body.PaymentIntentId), How: correction.How(body.How), Reference: body.Reference,
		AmountMinor: body.AmountMinor, Postings: postingsOf(body.Postings), EffectiveAt: body.EffectiveAt,
		ProposedBy: principal.UserID, Reason: body.Reason, Evidence: body.Evidence,
	})
	if err != nil {
		return nil, err
	}
	read, err := r.store.Corrections.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	return openapi.ProposeCorrection201JSONResponse(correctionOf(read)), nil
}

// ListCorrections lists corrections with their decisions.
func (r *resources) ListCorrections(ctx context.Context, request openapi.ListCorrectionsRequestObject) (openapi.ListCorrectionsResponseObject, error) {
	if _, err := permit(ctx, access.LedgerRead); err != nil {
		return nil, err
	}
	page, err := pageOf(request.Params.Limit, request.Params.Cursor, byID)
	if err != nil {
		return nil, err
	}
	rows, err := r.store.Corrections.List(ctx, correction.Status(given(request.Params.Status)), page)
	if err != nil {
		return nil, err
	}
	items, next := present(rows, page, func(row correction.Correction) string { return row.ID }, correctionOf)
	return openapi.ListCorrections200JSONResponse{Items: items, NextCursor: next}, nil
}

// GetCorrection reads one correction with the entries that it posted.
func (r *resources) GetCorrection(ctx context.Context, request openapi.GetCorrectionRequestObject) (openapi.GetCorrectionResponseObject, error) {
	if _, err := permit(ctx, access.LedgerRead); err != nil {
		return nil, err
	}
	read, err := r.store.Corrections.Get(ctx, request.CorrectionId)
	if err != nil {
		return nil, err
	}
	answer := correctionOf(read)
	if read.Status == correction.Proposed {
		answer.ShellLines = []string{names.UpdateLine(names.Correction(read.ID), command.ApproveCorrection), names.UpdateLine(names.Correction(read.ID), command.RejectCorrection)}
	}
	return openapi.GetCorrection200JSONResponse(answer), nil
}

// ApproveCorrection posts a correction.
func (r *resources) ApproveCorrection(ctx context.Context, request openapi.ApproveCorrectionRequestObject) (openapi.ApproveCorrectionResponseObject, error) {
	decided, err := r.decideCorrection(ctx, command.DecideCorrection{
		ID:           commandID(ctx, request.Params.IdempotencyKey, command.ApproveCorrection, request.CorrectionId),
		CorrectionID: request.CorrectionId, Approve: true, Reason: request.Body.Reason,
	})
	return openapi.ApproveCorrection200JSONResponse(decided), err
}

// RejectCorrection rejects a correction permanently.
func (r *resources) RejectCorrection(ctx context.Context, request openapi.RejectCorrectionRequestObject) (openapi.RejectCorrectionResponseObject, error) {
	decided, err := r.decideCorrection(ctx, command.DecideCorrection{
		ID:           commandID(ctx, request.Params.IdempotencyKey, command.RejectCorrection, request.CorrectionId),
		CorrectionID: request.CorrectionId, Reason: request.Body.Reason,
	})
	return openapi.RejectCorrection200JSONResponse(decided), err
}

func (r *resources) decideCorrection(ctx context.Context, order command.DecideCorrection) (openapi.Correction, error) {
	principal, err := permit(ctx, access.CorrectionDecide)
	if err != nil {
		return openapi.Correction{}, err
	}
	if _, err := r.store.Corrections.Get(ctx, order.CorrectionID); err != nil {
		return openapi.Correction{}, err
	}
	order.Actor = principal.UserID
	engineErr := r.engine.DecideCorrection(ctx, order)
	if engineErr != nil && fault.CodeOf(engineErr) != codeNotRunning {
		return openapi.Correction{}, engineErr
	}
	read, err := r.store.Corrections.Get(ctx, order.CorrectionID)
	if err == nil && engineErr != nil {
		err = alreadyDecided(read, order, engineErr)
	}
	return correctionOf(read), err
}

// codeNotRunning is the engine's answer for a workflow that has ended. The workflow of a
// correction ends as soon as the correction is decided.
const codeNotRunning = "not_running"

// alreadyDecided returns the engine's error while the correction is open, and otherwise what to
// answer to another decision.
func alreadyDecided(read correction.Correction, order command.DecideCorrection, engineErr error) error {
	if read.Status == correction.Proposed {
		return engineErr
	}
	return read.DecideAgain(correction.Decision{Approve: order.Approve, Actor: order.Actor})
}

func postingsOf(given []openapi.Posting) []ledger.Posting {
	var postings []ledger.Posting
	for _, leg := range given {
		postings = append(postings, ledger.Posting{Account: ledger.Account(leg.Account), AmountMinor: leg.AmountMinor})
	}
	return postings
}

func correctionOf(read correction.Correction) openapi.Correction {
	correction := openapi.Correction{
		Id: read.ID, Kind: string(read.Kind), Status: string(read.Status), Currency: string(read.Currency),
		ClipId: text(read.ClipID), CreatorId: text(read.CreatorID), CampaignId: text(read.CampaignID),
		PayoutId: text(read.PayoutID), WithdrawalId: text(read.WithdrawalID), PaymentIntentId: text(read.PaymentIntentID), How: text(string(read.How)), Reference: text(read.Reference),
		AmountMinor: read.AmountMinor, EffectiveAt: read.EffectiveAt,
		ProposedBy: read.ProposedBy, ProposedAt: read.ProposedAt, Reason: read.Reason, Evidence: text(read.Evidence),
		DecidedBy: text(read.DecidedBy), DecidedAt: read.DecidedAt, DecisionReason: text(read.DecisionReason),
		CorrectedMinor: read.CorrectedMinor, EntryIds: read.EntryIDs,
	}
	for _, leg := range read.Postings {
		correction.Postings = append(correction.Postings, openapi.Posting{Account: string(leg.Account), AmountMinor: leg.AmountMinor})
	}
	return correction
}
