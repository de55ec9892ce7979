package api

import (
	"context"

	"github.com/creditroll/creditroll/api/internal/openapi"
	"github.com/creditroll/creditroll/db/clips"
	"github.com/creditroll/creditroll/domain/access"
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
	created, err := r.store.Clips.CreateCreator(ctx, clips.NewCreator{ID: id, Handle: request.Body.Handle, PayoutAccount: request.Body.StripeAccountId})
	if err != nil {
		return nil, err
	}
	return openapi.CreateCreator201JSONResponse(creatorOf(created)), nil
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
	items, next := present(rows, page, func(row clips.Creator) string { return row.ID }, creatorOf)
	return openapi.ListCreators200JSONResponse{Items: items, NextCursor: next}, nil
}

// GetCreator reads one creator with their channels.
func (r *resources) GetCreator(ctx context.Context, request openapi.GetCreatorRequestObject) (openapi.GetCreatorResponseObject, error) {
	if err := permitCreator(ctx, access.CreatorRead, request.CreatorId); err != nil {
		return nil, err
	}
	read, err := r.store.Clips.GetCreator(ctx, request.CreatorId)
	if err != nil {
		return nil, err
	}
	channels, err := r.store.Clips.ListChannels(ctx, request.CreatorId)
	if err != nil {
		return nil, err
	}
	creator, items := creatorOf(read), make([]openapi.Channel, len(channels))
	for i, channel := range channels {
		items[i] = channelOf(channel)
	}
	creator.Channels = &items
	return openapi.GetCreator200JSONResponse(creator), nil
}

func creatorOf(read clips.Creator) openapi.Creator {
	return openapi.Creator{Id: read.ID, Handle: read.Handle, StripeAccountId: read.PayoutAccount, CreatedAt: read.CreatedAt}
}
