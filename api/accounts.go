package api

import (
	"context"

	"github.com/creditroll/creditroll/api/internal/openapi"
	"github.com/creditroll/creditroll/db/clips"
	"github.com/creditroll/creditroll/db/payouts"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/payout"
)

// ReplaceCreatorAccount proposes another account of a creator. Nothing changes before another person
// approves it.
func (r *resources) ReplaceCreatorAccount(ctx context.Context, request openapi.ReplaceCreatorAccountRequestObject) (openapi.ReplaceCreatorAccountResponseObject, error) {
	read, principal, err := r.creatorFor(ctx, access.AccountReplace, request.CreatorId)
	if err != nil {
		return nil, err
	}
	account, err := r.readAccount(ctx, read.ID, request.Body.Account)
	if err != nil {
		return nil, err
	}
	_, err = r.store.Payouts.ProposeAccount(ctx, payout.AccountChange{
		ID: newID(ctx, request.Params.IdempotencyKey), CreatorID: read.ID, ToAccount: request.Body.Account, Country: account.Country,
		ProposedBy: principal.UserID, Reason: request.Body.Reason, ProposedAt: r.now(),
	})
	if err != nil {
		return nil, err
	}
	shown, err := r.showCreator(ctx, read.ID)
	return openapi.ReplaceCreatorAccount200JSONResponse(shown), err
}

// ApproveCreatorAccount approves the account that another person proposed.
func (r *resources) ApproveCreatorAccount(ctx context.Context, request openapi.ApproveCreatorAccountRequestObject) (openapi.ApproveCreatorAccountResponseObject, error) {
	read, principal, err := r.creatorFor(ctx, access.AccountApprove, request.CreatorId)
	if err != nil {
		return nil, err
	}
	_, err = r.store.Payouts.ApproveAccount(ctx, payout.AccountApproval{
		CreatorID: read.ID, Account: request.Body.Account, ApprovedBy: principal.UserID, Reason: request.Body.Reason,
		CoolingOff: r.coolingOff, Now: r.now(),
	})
	if err != nil {
		return nil, err
	}
	shown, err := r.showCreator(ctx, read.ID)
	return openapi.ApproveCreatorAccount200JSONResponse(shown), err
}

// FreezeCreator holds a creator's payouts before their transfer.
func (r *resources) FreezeCreator(ctx context.Context, request openapi.FreezeCreatorRequestObject) (openapi.FreezeCreatorResponseObject, error) {
	shown, err := r.setFrozen(ctx, request.CreatorId, request.Body.Reason, newID(ctx, request.Params.IdempotencyKey), r.store.Clips.Freeze)
	return openapi.FreezeCreator200JSONResponse(shown), err
}

// UnfreezeCreator lifts the hold on a creator's payouts.
func (r *resources) UnfreezeCreator(ctx context.Context, request openapi.UnfreezeCreatorRequestObject) (openapi.UnfreezeCreatorResponseObject, error) {
	shown, err := r.setFrozen(ctx, request.CreatorId, request.Body.Reason, newID(ctx, request.Params.IdempotencyKey), r.store.Clips.Unfreeze)
	return openapi.UnfreezeCreator200JSONResponse(shown), err
}

func (r *resources) setFrozen(
	ctx context.Context, creatorID, reason, actionID string,
	set func(context.Context, string, access.OperatorAction) (clips.Creator, error),
) (openapi.Creator, error) {
	_, principal, err := r.creatorFor(ctx, access.CreatorFreeze, creatorID)
	if err != nil {
		return openapi.Creator{}, err
	}
	if _, err := set(ctx, creatorID, access.OperatorAction{ID: names.CommandID(principal.UserID, actionID, "freeze", creatorID), Actor: principal.UserID, Reason: reason}); err != nil {
		return openapi.Creator{}, err
	}
	return r.showCreator(ctx, creatorID)
}

// showCreator returns a creator with channels and account, as the caller may see them.
func (r *resources) showCreator(ctx context.Context, id string) (openapi.Creator, error) {
	read, err := r.store.Clips.GetCreator(ctx, id)
	if err != nil {
		return openapi.Creator{}, err
	}
	channels, err := r.store.Clips.ListChannels(ctx, id)
	if err != nil {
		return openapi.Creator{}, err
	}
	creator, items := creatorOf(ctx, read), make([]openapi.Channel, len(channels))
	for i, channel := range channels {
		items[i] = channelOf(channel)
	}
	creator.Channels = &items
	account, err := r.store.Payouts.GetAccount(ctx, read.PayoutAccount)
	switch {
	case err == nil:
		creator.Account = accountOf(account, read)
	case !fault.Is(err, fault.NotFound):
		return openapi.Creator{}, err
	}
	change, found, err := r.store.Payouts.FindAccountChange(ctx, id)
	if found {
		creator.AccountChange = changeOf(ctx, change)
	}
	return creator, err
}

// accountOf shows an account with the reasons that stop payouts. A hold comes first: nothing that the
// creator supplies lifts it.
func accountOf(read payouts.Account, creator clips.Creator) *openapi.CreatorAccount {
	var reasons []payout.Reason
	if creator.PayoutsFrozenAt != nil {
		reasons = append(reasons, payout.CreatorFrozen)
	}
	if reason := payout.AccountObstacle(read.AccountState); reason != payout.NoReason {
		reasons = append(reasons, reason)
	}
	obstacles := make([]openapi.Obstacle, len(reasons))
	for i, reason := range reasons {
		obstacles[i] = openapi.Obstacle{Reason: string(reason), Detail: reason.Guidance().Creator}
	}
	return &openapi.CreatorAccount{
		Connected: read.Connected, TransfersActive: read.TransfersActive, PayoutsEnabled: read.PayoutsEnabled,
		DisabledReason: text(read.DisabledReason), PayoutInterval: read.PayoutInterval, CurrentlyDue: read.CurrentlyDue, PastDue: read.PastDue,
		PendingVerification: read.PendingVerification, Obstacles: obstacles, UpdatedAt: read.UpdatedAt,
	}
}

func changeOf(ctx context.Context, change payout.AccountChange) *openapi.AccountChange {
	shown := &openapi.AccountChange{StripeAccountId: change.ToAccount, ProposedAt: change.ProposedAt, ApprovedAt: change.ApprovedAt, EffectiveAt: change.EffectiveAt}
	if access.Check(principalOf(ctx), access.AccountApprove, access.Target{CreatorID: change.CreatorID}) == nil {
		shown.ProposedBy, shown.Reason, shown.ApprovedBy = text(change.ProposedBy), text(change.Reason), text(change.ApprovedBy)
	}
	return shown
}
