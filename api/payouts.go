package api

import (
	"context"

	"github.com/creditroll/creditroll/api/internal/openapi"
	"github.com/creditroll/creditroll/db/payouts"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/command"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
)

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
	filter := payouts.Filter{RunID: given(request.Params.PayoutRunId), Status: payout.Status(given(request.Params.Status))}
	if filter.CreatorID, err = ownOnly(sees, given(request.Params.CreatorId)); err != nil {
		return nil, err
	}
	rows, err := r.store.Payouts.List(ctx, filter, page)
	if err != nil {
		return nil, err
	}
	items, next := present(rows, page, func(row payouts.Payout) string { return row.ID }, payoutOf)
	return openapi.ListPayouts200JSONResponse{Items: items, NextCursor: next}, nil
}

// GetPayout reads one payout with its lines and attempts. Callers who may retry it also get the
// commands for an operator.
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
		answer.Attempts = append(answer.Attempts, attemptOf(read.Currency)(attempt))
	}
	answer.Conversions = conversionsOf(read.Conversions)
	if access.Check(principal, access.PayoutRetry, access.Target{CreatorID: read.CreatorID}) == nil {
		answer.ShellLines = shellLines(read.Payout)
	}
	return answer, nil
}

// shellLines returns what an operator can run. A terminated workflow takes no updates.
func shellLines(read payouts.Payout) []string {
	id := names.Payout(read.ID)
	if read.AttentionReason == string(payout.ProcessLost) {
		return []string{names.ResetLine(id)}
	}
	return []string{names.UpdateLine(id, string(command.Retry)), names.UpdateLine(id, string(command.Cancel))}
}

// RetryPayout retries the failed phase.
func (r *resources) RetryPayout(ctx context.Context, request openapi.RetryPayoutRequestObject) (openapi.RetryPayoutResponseObject, error) {
	state, err := r.commandPayout(ctx, access.PayoutRetry, command.PayoutCommand{
		ID:       commandID(ctx, request.Params.IdempotencyKey, string(command.Retry), request.PayoutId),
		PayoutID: request.PayoutId, Action: command.Retry, Reason: request.Body.Reason,
	})
	return openapi.RetryPayout200JSONResponse(state), err
}

// CancelPayout returns the money to the creator's available balance.
func (r *resources) CancelPayout(ctx context.Context, request openapi.CancelPayoutRequestObject) (openapi.CancelPayoutResponseObject, error) {
	state, err := r.commandPayout(ctx, access.PayoutCancel, command.PayoutCommand{
		ID:       commandID(ctx, request.Params.IdempotencyKey, string(command.Cancel), request.PayoutId),
		PayoutID: request.PayoutId, Action: command.Cancel, Reason: request.Body.Reason,
	})
	return openapi.CancelPayout200JSONResponse(state), err
}

// ResolvePayout names the Stripe object that an unclear step made.
func (r *resources) ResolvePayout(ctx context.Context, request openapi.ResolvePayoutRequestObject) (openapi.ResolvePayoutResponseObject, error) {
	state, err := r.commandPayout(ctx, access.PayoutResolve, command.PayoutCommand{
		ID:       commandID(ctx, request.Params.IdempotencyKey, string(command.Resolve), request.PayoutId),
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

func payoutOf(read payouts.Payout) openapi.Payout {
	guidance := payout.Reason(read.AttentionReason).Guidance()
	return openapi.Payout{
		Instant: instantOf(read),
		Id:      read.ID, PayoutRunId: read.RunID, Period: read.Period, CreatorId: read.CreatorID, Currency: string(read.Currency),
		AmountMinor: read.AmountMinor, Status: string(read.Status),
		AttentionReason: text(read.AttentionReason), AttentionDetail: text(payout.Reason(read.AttentionReason).Explain()),
		AttentionActor: text(string(guidance.Actor)), AttentionMoves: text(guidance.Moves), AttentionForCreator: text(guidance.Creator),
		FailureCode: text(read.FailureCode), TransferId: text(read.TransferID), BankPayoutId: text(read.BankPayoutID),
		CreatedAt: read.CreatedAt, UpdatedAt: read.UpdatedAt,
	}
}

// conversionsOf returns nil for a payout that was not converted, so that the answer leaves them out.
func conversionsOf(read []payouts.Conversion) []openapi.PayoutConversion {
	var shown []openapi.PayoutConversion
	for _, made := range read {
		shown = append(shown, openapi.PayoutConversion{
			TransferId: made.TransferID, SourceMinor: made.SourceMinor, SourceCurrency: string(made.SourceCurrency), Currency: string(made.Currency),
			AmountMinor: made.AmountMinor, FeeMinor: made.FeeMinor, ReceivedMinor: made.ReceivedMinor, CarriedMinor: made.CarriedMinor,
			LeftMinor: made.LeftMinor, BankMinor: made.PaidMinor(), ExchangeRate: made.Rate, TransactionId: made.TransactionID,
			AvailableOn: made.AvailableOn, Outcome: made.Outcome, TakenMinor: made.TakenMinor, BackMinor: made.BackMinor,
		})
	}
	return shown
}

// attemptOf presents the attempts of a payout in a currency.
func attemptOf(currency money.Currency) func(payouts.Attempt) openapi.PayoutAttempt {
	return func(read payouts.Attempt) openapi.PayoutAttempt {
		attempt := attemptInOwn(read)
		if read.Currency != currency {
			attempt.Currency = text(string(read.Currency))
		}
		return attempt
	}
}

func attemptInOwn(read payouts.Attempt) openapi.PayoutAttempt {
	attempt := openapi.PayoutAttempt{
		Phase: string(read.Phase), Generation: int64(read.Generation), AmountMinor: read.AmountMinor, Outcome: string(read.Outcome),
		ExternalId: text(read.ExternalID), FailureCode: text(read.FailureCode),
		IntendedAt: read.IntendedAt, SettledAt: read.SettledAt,
	}
	if read.Phase == payout.BankPayout {
		attempt.Method = text(string(read.Method))
	}
	if said := read.Remark; said != (fault.Remark{}) {
		attempt.Failure = &openapi.ProcessorRemark{
			Code: text(said.Code), Type: text(said.Type), Parameter: text(said.Param), MessageClass: text(said.Class), RequestId: text(said.RequestID),
		}
	}
	return attempt
}
