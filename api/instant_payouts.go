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
	"github.com/creditroll/creditroll/domain/rail"
)

// PreviewInstantPayout shows what a creator would be paid at once, or why not.
func (r *resources) PreviewInstantPayout(ctx context.Context, request openapi.PreviewInstantPayoutRequestObject) (openapi.PreviewInstantPayoutResponseObject, error) {
	if err := permitCreator(ctx, access.PayoutRead, request.CreatorId); err != nil {
		return nil, err
	}
	seen, err := r.lookAtInstant(ctx, request.CreatorId, request.Params.Currency, nil)
	if err != nil {
		return nil, err
	}
	return openapi.PreviewInstantPayout200JSONResponse{
		Currency: string(seen.currency), Possible: seen.refusal == payout.NotRefused,
		Reason: text(string(seen.refusal)), ReasonForCreator: text(seen.sentence),
		AvailableMinor: seen.quote.AvailableMinor, AmountMinor: seen.quote.AmountMinor, FeeMinor: seen.quote.FeeMinor,
		MinimumMinor: seen.offer.MinimumMinor, MaximumMinor: seen.offer.MaximumMinor,
	}, nil
}

// RequestInstantPayout pays a creator at once. The books are checked here for a quick answer, and
// again by the reservation, which decides. A repeated request finds the payout of the first one.
func (r *resources) RequestInstantPayout(ctx context.Context, request openapi.RequestInstantPayoutRequestObject) (openapi.RequestInstantPayoutResponseObject, error) {
	principal, err := permit(ctx, access.PayoutRequest)
	if err != nil {
		return nil, err
	}
	if err := permitOn(principal, access.PayoutRequest, access.Target{CreatorID: request.CreatorId}, "creator"); err != nil {
		return nil, err
	}
	currency := money.Currency(request.Body.Currency)
	order := command.RequestInstantPayout{
		RunID: names.InstantRunID(newID(ctx, request.Params.IdempotencyKey)), CreatorID: request.CreatorId, Currency: currency,
		Request: payout.InstantRequest{Offer: r.instantTerms.Of(currency), Actor: principal.UserID, At: r.now(), FeeMaxMinor: request.Body.FeeMaxMinor},
	}
	order.PayoutID = names.PayoutID(order.RunID, order.CreatorID, string(currency))
	made, err := r.store.Payouts.Get(ctx, order.PayoutID)
	if fault.Is(err, fault.NotFound) {
		made, err = r.reserveInstant(ctx, order)
	}
	if err != nil {
		return nil, err
	}
	return openapi.RequestInstantPayout202JSONResponse(payoutOf(made.Payout)), nil
}

func (r *resources) reserveInstant(ctx context.Context, order command.RequestInstantPayout) (payouts.Detail, error) {
	seen, err := r.lookAtInstant(ctx, order.CreatorID, string(order.Currency), order.Request.FeeMaxMinor)
	if err != nil {
		return payouts.Detail{}, err
	}
	if seen.refusal != payout.NotRefused {
		return payouts.Detail{}, fault.New(fault.Conflict, string(seen.refusal), "%s", seen.sentence)
	}
	if err := r.engine.RequestInstantPayout(ctx, order); err != nil {
		return payouts.Detail{}, err
	}
	return r.store.Payouts.Get(ctx, order.PayoutID)
}

// instantLook is what an instant payout would be now.
type instantLook struct {
	currency money.Currency
	offer    payout.InstantOffer
	quote    payout.InstantQuote
	refusal  payout.InstantRefusal
	sentence string
}

// lookAtInstant decides by the books, and then by the account at the rail, which is read only if nothing
// else stands against it.
func (r *resources) lookAtInstant(ctx context.Context, creatorID, code string, feeMaxMinor *int64) (instantLook, error) {
	currency, err := money.ParseCurrency(code)
	if err != nil {
		return instantLook{}, err
	}
	facts, err := r.store.Payouts.GetInstantFacts(ctx, creatorID, currency)
	if err != nil {
		return instantLook{}, err
	}
	offer := r.instantTerms.Of(currency)
	seen := instantLook{currency: currency, offer: offer, quote: offer.Quote(currency, facts.AvailableMinor)}
	seen.refusal = offer.Refusal(currency, facts, feeMaxMinor)
	if seen.sentence = seen.refusal.Sentence(); seen.refusal != payout.NotRefused {
		return seen, nil
	}
	account, err := r.onboarding.GetAccount(ctx, facts.Account)
	if meaning := rail.MeaningOf(err); meaning == rail.AccountGone || meaning == rail.ObjectMissing {
		seen.refusal, seen.sentence = payout.InstantAccountNotReady, payout.AccountDisconnected.Guidance().Creator
		return seen, nil
	}
	if err != nil {
		return instantLook{}, err
	}
	seen.refusal, seen.sentence = payout.InstantAccountRefusal(account, currency, seen.quote.AmountMinor)
	return seen, nil
}

// instantOf describes what is special about a payout that a creator asked for.
func instantOf(read payouts.Payout) *openapi.InstantPayout {
	if read.Method != payout.Instant {
		return nil
	}
	return &openapi.InstantPayout{
		FeeMinor: read.FeeMinor, FallbackCode: text(read.FallbackCode),
		FeeReturned: read.FeeMinor > 0 && (read.FallbackCode != "" || read.Status.Ended()),
	}
}
