package api

import (
	"context"

	"github.com/creditroll/creditroll/api/internal/openapi"
	"github.com/creditroll/creditroll/db/clips"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/rail"
)

// CreateCreator registers a creator. A creator who signs up gets the id in the token; a
// request of an administrator gets a new id.
func (r *resources) CreateCreator(ctx context.Context, request openapi.CreateCreatorRequestObject) (openapi.CreateCreatorResponseObject, error) {
	sees, err := reachOf(ctx, access.CreatorCreate)
	if err != nil {
		return nil, err
	}
	id := sees.creatorID
	if sees.everything {
		id = newID(ctx, request.Params.IdempotencyKey)
	}
	account, state := request.Body.StripeAccountId, rail.AccountState{}
	if account != "" {
		// Only a person who is trusted with money may name an account that exists already.
		if _, err := permit(ctx, access.AccountConfirm); err != nil {
			return nil, err
		}
		read, err := r.readAccount(ctx, id, account)
		if err != nil {
			return nil, err
		}
		state = read.State()
	}
	created, err := r.store.Clips.CreateCreator(ctx, clips.NewCreator{ID: id, Handle: request.Body.Handle, PayoutAccount: account})
	if err == nil && account != "" {
		_, err = r.store.Payouts.RecordAccount(ctx, state)
	}
	if err != nil {
		return nil, err
	}
	return openapi.CreateCreator201JSONResponse(creatorOf(ctx, created)), nil
}

// ListCreators lists all creators, or only the caller.
func (r *resources) ListCreators(ctx context.Context, request openapi.ListCreatorsRequestObject) (openapi.ListCreatorsResponseObject, error) {
	sees, err := reachOf(ctx, access.CreatorRead)
	if err != nil {
		return nil, err
	}
	page, err := pageOf(request.Params.Limit, request.Params.Cursor, byID)
	if err != nil {
		return nil, err
	}
	rows, err := r.store.Clips.ListCreators(ctx, sees.creatorID, page)
	if err != nil {
		return nil, err
	}
	items, next := present(rows, page, func(row clips.Creator) string { return row.ID }, func(row clips.Creator) openapi.Creator { return creatorOf(ctx, row) })
	return openapi.ListCreators200JSONResponse{Items: items, NextCursor: next}, nil
}

// GetCreator reads one creator with their channels and their account.
func (r *resources) GetCreator(ctx context.Context, request openapi.GetCreatorRequestObject) (openapi.GetCreatorResponseObject, error) {
	if err := permitCreator(ctx, access.CreatorRead, request.CreatorId); err != nil {
		return nil, err
	}
	shown, err := r.showCreator(ctx, request.CreatorId)
	return openapi.GetCreator200JSONResponse(shown), err
}

// creatorOf shows who holds the payouts of a creator, and why, to those who can lift the hold.
func creatorOf(ctx context.Context, read clips.Creator) openapi.Creator {
	creator := openapi.Creator{
		Id: read.ID, Handle: read.Handle, StripeAccountId: read.PayoutAccount, Verification: string(read.Verification),
		PayoutsFrozenAt: read.PayoutsFrozenAt, CreatedAt: read.CreatedAt,
	}
	if access.Check(principalOf(ctx), access.CreatorFreeze, access.Target{CreatorID: read.ID}) == nil {
		creator.PayoutsFrozenBy, creator.PayoutsFrozenReason = text(read.PayoutsFrozenBy), text(read.PayoutsFrozenReason)
	}
	return creator
}
