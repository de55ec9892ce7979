package api

import (
	"context"

	"github.com/creditroll/creditroll/api/internal/openapi"
	"github.com/creditroll/creditroll/db/clips"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/clip"
)

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
		return nil, withField(err, "handle_or_id")
	}
	added, err := r.store.Clips.CreateChannel(ctx, clips.Channel{
		ID: newID(ctx, request.Params.IdempotencyKey), CreatorID: request.CreatorId, Platform: platform, AuthorID: authorID,
	})
	if err != nil {
		return nil, err
	}
	return openapi.AddChannel201JSONResponse(channelOf(added)), nil
}

func channelOf(read clips.Channel) openapi.Channel {
	return openapi.Channel{Id: read.ID, CreatorId: read.CreatorID, Platform: string(read.Platform), AuthorId: read.AuthorID, CreatedAt: read.CreatedAt}
}
