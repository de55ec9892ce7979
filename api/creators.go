package api

import (
	"context"
	"errors"

	"github.com/creditroll/creditroll/api/internal/openapi"
	"github.com/creditroll/creditroll/db/clips"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
)

// CreateCreator registers a creator. A creator who signs up gets the id that the token
// names; an administrator's request makes a new one.
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

// ListCreators lists every creator, or the caller's own entry.
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

// GetCreator reads one creator with all channels.
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

// AddChannel registers a creator's account on a platform.
func (r *resources) AddChannel(ctx context.Context, request openapi.AddChannelRequestObject) (openapi.AddChannelResponseObject, error) {
	if err := permitCreator(ctx, access.ChannelAdd, request.CreatorId); err != nil {
		return nil, err
	}
	platform, err := clip.ParsePlatform(request.Body.Platform)
	if err != nil {
		return nil, err
	}
	authorID, err := clip.ParseChannelID(platform, request.Body.HandleOrId)
	if err != nil {
		return nil, blame(err, "handle_or_id")
	}
	added, err := r.store.Clips.CreateChannel(ctx, clips.Channel{
		ID: newID(ctx, request.Params.IdempotencyKey), CreatorID: request.CreatorId, Platform: platform, AuthorID: authorID,
	})
	if err != nil {
		return nil, err
	}
	return openapi.AddChannel201JSONResponse(channelOf(added)), nil
}

func permitCreator(ctx context.Context, action access.Action, creatorID string) error {
	principal, err := permit(ctx, action)
	if err != nil {
		return err
	}
	return permitOn(principal, action, access.Target{CreatorID: creatorID}, "creator")
}

// blame names the field of the request that a rule found wrong under a name of its own.
func blame(err error, field string) error {
	var found *fault.Error
	if !errors.As(err, &found) {
		return err
	}
	blamed := *found
	blamed.Field = field
	return &blamed
}

func creatorOf(read clips.Creator) openapi.Creator {
	return openapi.Creator{Id: read.ID, Handle: read.Handle, StripeAccountId: read.PayoutAccount, CreatedAt: read.CreatedAt}
}

func channelOf(read clips.Channel) openapi.Channel {
	return openapi.Channel{Id: read.ID, CreatorId: read.CreatorID, Platform: string(read.Platform), AuthorId: read.AuthorID, CreatedAt: read.CreatedAt}
}
