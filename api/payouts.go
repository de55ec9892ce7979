package api

import (
	"context"

	"github.com/creditroll/creditroll/api/internal/openapi"
	"github.com/creditroll/creditroll/db/payouts"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/command"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
)

// StartPayoutRun starts the run of a period, by default of the present week.
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

// ListPayoutRuns lists the runs, latest period first. Only who may start runs sees them: a
// run says how many creators are paid.
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

// ApprovePayoutRun releases a run that waits for finance.
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

// ListPayouts lists payouts; creators see only their own.
func (r *resources) ListPayouts(ctx context.Context, request openapi.ListPayoutsRequestObject) (openapi.ListPayoutsResponseObject, error) {
	sees, err := reachOf(ctx, access.PayoutRead)
	if err != nil {
		return nil, err
	}
	page, err := pageOf(request.Params.Limit, request.Params.Cursor, byID)
	if err != nil {
		return nil, err
	}
	narrow := payouts.Filter{RunID: given(request.Params.PayoutRunId), Status: payout.Status(given(request.Params.Status))}
	if narrow.CreatorID, err = ownOnly(sees, given(request.Params.CreatorId)); err != nil {
		return nil, err
	}
	rows, err := r.store.Payouts.List(ctx, narrow, page)
	if err != nil {
		return nil, err
	}
	items, next := present(rows, page, func(row payouts.Payout) string { return row.ID }, payoutOf)
	return openapi.ListPayouts200JSONResponse{Items: items, NextCursor: next}, nil
}

// GetPayout reads one payout with its lines and attempts. Who may retry it also learns what
// to type where the API does not answer.
func (r *resources) GetPayout(ctx context.Context, request openapi.GetPayoutRequestObject) (openapi.GetPayoutResponseObject, error) {
	read, principal, err := r.payoutFor(ctx, access.PayoutRead, request.PayoutId)
	if err != nil {
		return nil, err
	}
	answer := openapi.GetPayout200JSONResponse{
		Payout: payoutOf(read.Payout), Lines: []openapi.PayoutLine{}, Attempts: []openapi.PayoutAttempt{},
	}
	for _, line := range read.Lines {
		answer.Lines = append(answer.Lines, openapi.PayoutLine{CampaignId: line.CampaignID, AmountMinor: line.AmountMinor})
	}
	for _, attempt := range read.Attempts {
		answer.Attempts = append(answer.Attempts, attemptOf(attempt))
	}
	if access.Check(principal, access.PayoutRetry, access.Target{CreatorID: read.CreatorID}) == nil {
		answer.ShellLines = []string{names.UpdateLine(names.Payout(read.ID), string(command.Retry)), names.CancelLine(names.Payout(read.ID))}
	}
	return answer, nil
}

// RetryPayout tries the phase that failed again.
func (r *resources) RetryPayout(ctx context.Context, request openapi.RetryPayoutRequestObject) (openapi.RetryPayoutResponseObject, error) {
	state, err := r.commandPayout(ctx, access.PayoutRetry, command.PayoutCommand{
		ID:       commandID(ctx, request.Params.IdempotencyKey, string(command.Retry), request.PayoutId),
		PayoutID: request.PayoutId, Action: command.Retry, Reason: request.Body.Reason,
	})
	return openapi.RetryPayout200JSONResponse(state), err
}

// CancelPayout gives the money back to the creator's available balance.
func (r *resources) CancelPayout(ctx context.Context, request openapi.CancelPayoutRequestObject) (openapi.CancelPayoutResponseObject, error) {
	state, err := r.commandPayout(ctx, access.PayoutCancel, command.PayoutCommand{
		ID:       commandID(ctx, request.Params.IdempotencyKey, string(command.Cancel), request.PayoutId),
		PayoutID: request.PayoutId, Action: command.Cancel, Reason: request.Body.Reason,
	})
	return openapi.CancelPayout200JSONResponse(state), err
}

// ResolvePayout records what a person found out or did outside.
func (r *resources) ResolvePayout(ctx context.Context, request openapi.ResolvePayoutRequestObject) (openapi.ResolvePayoutResponseObject, error) {
	state, err := r.commandPayout(ctx, access.PayoutResolve, command.PayoutCommand{
		PayoutID: request.PayoutId, Action: command.Resolve, Reason: request.Body.Reason, Evidence: request.Body.Evidence,
	})
	return openapi.ResolvePayout200JSONResponse(state), err
}

func (r *resources) commandPayout(ctx context.Context, action access.Action, order command.PayoutCommand) (openapi.PayoutState, error) {
	_, principal, err := r.payoutFor(ctx, action, order.PayoutID)
	if err != nil {
		return openapi.PayoutState{}, err
	}
	order.Actor = principal.UserID
	status, err := r.engine.CommandPayout(ctx, order)
	return openapi.PayoutState{Id: order.PayoutID, Status: status}, err
}

// payoutFor returns a payout on which the caller may take an action.
func (r *resources) payoutFor(ctx context.Context, action access.Action, id string) (payouts.Detail, access.Principal, error) {
	principal, err := permit(ctx, action)
	if err != nil {
		return payouts.Detail{}, principal, err
	}
	read, err := r.store.Payouts.Get(ctx, id)
	if err != nil {
		return payouts.Detail{}, principal, err
	}
	return read, principal, permitOn(principal, action, access.Target{CreatorID: read.CreatorID}, "payout")
}

func payoutRunOf(read payouts.Run) openapi.PayoutRun {
	return openapi.PayoutRun{
		Id: read.ID, Period: read.Period, Status: read.Status, BlockedReason: text(read.BlockedReason),
		Payouts: int64(read.Payouts), StartedAt: read.StartedAt, FinishedAt: read.FinishedAt,
	}
}

func payoutOf(read payouts.Payout) openapi.Payout {
	return openapi.Payout{
		Id: read.ID, PayoutRunId: read.RunID, Period: read.Period, CreatorId: read.CreatorID, Currency: string(read.Currency),
		AmountMinor: read.AmountMinor, Status: string(read.Status),
		AttentionReason: text(read.AttentionReason), AttentionDetail: text(payout.Reason(read.AttentionReason).Explain()),
		FailureCode: text(read.FailureCode), TransferId: text(read.TransferID), BankPayoutId: text(read.BankPayoutID),
		CreatedAt: read.CreatedAt, UpdatedAt: read.UpdatedAt,
	}
}

func attemptOf(read payouts.Attempt) openapi.PayoutAttempt {
	return openapi.PayoutAttempt{
		Phase: string(read.Phase), Generation: int64(read.Generation), Outcome: read.Outcome,
		ExternalId: text(read.ExternalID), FailureCode: text(read.FailureCode),
		IntendedAt: read.IntendedAt, SettledAt: read.SettledAt,
	}
}
