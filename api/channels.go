package api

import (
	"context"

	"github.com/creditroll/creditroll/api/internal/openapi"
	"github.com/creditroll/creditroll/db/clips"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/command"
	"github.com/creditroll/creditroll/domain/fault"
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

// GetChannel reads a channel with its latest proof.
func (r *resources) GetChannel(ctx context.Context, request openapi.GetChannelRequestObject) (openapi.GetChannelResponseObject, error) {
	if _, _, err := r.channelFor(ctx, access.ChannelRead, request.ChannelId); err != nil {
		return nil, err
	}
	shown, err := r.showChannel(ctx, request.ChannelId)
	return openapi.GetChannel200JSONResponse(shown), err
}

// StartChannelProof issues a code, and has it looked for.
func (r *resources) StartChannelProof(ctx context.Context, request openapi.StartChannelProofRequestObject) (openapi.StartChannelProofResponseObject, error) {
	read, _, err := r.channelFor(ctx, access.ChannelProve, request.ChannelId)
	if err != nil {
		return nil, err
	}
	postID, err := r.postOfProof(ctx, read.Platform, given(request.Body).PostUrl)
	if err != nil {
		return nil, err
	}
	_, err = r.engine.StartChannelProof(ctx, command.StartChannelProof{
		ProofID: proofID(ctx, request.Params.IdempotencyKey, read.ID), ChannelID: read.ID, CreatorID: read.CreatorID, Platform: read.Platform, PostID: postID,
	})
	if err != nil {
		return nil, err
	}
	shown, err := r.showChannel(ctx, read.ID)
	return openapi.StartChannelProof200JSONResponse(shown), err
}

// proofID names a proof. A key that is used for two channels names two proofs.
func proofID(ctx context.Context, key *openapi.IdempotencyKey, channelID string) string {
	if key == nil {
		return newID(ctx, key)
	}
	return commandID(ctx, key, "prove", channelID)
}

// postOfProof returns the id of the post in whose text a code is looked for, or "" for the profile.
func (r *resources) postOfProof(ctx context.Context, platform clip.Platform, address string) (string, error) {
	if address == "" {
		return "", nil
	}
	ref, err := clip.FindPost(address)
	if err == nil && ref.ShortLink {
		ref, err = r.links.Resolve(ctx, ref.URL)
	}
	if err != nil {
		return "", withField(err, "post_url")
	}
	if ref.Platform != platform {
		return "", fault.Field("post_url", "post_of_another_platform", "the channel is on %s: give a post on %s", platform, platform)
	}
	return ref.ExternalID, nil
}

// CancelChannelProof ends the proof that is under way.
func (r *resources) CancelChannelProof(ctx context.Context, request openapi.CancelChannelProofRequestObject) (openapi.CancelChannelProofResponseObject, error) {
	read, principal, err := r.channelFor(ctx, access.ChannelProve, request.ChannelId)
	if err != nil {
		return nil, err
	}
	err = r.engine.CancelChannelProof(ctx, command.CancelChannelProof{
		ID: commandID(ctx, request.Params.IdempotencyKey, "cancel", read.ID), ChannelID: read.ID, Actor: principal.UserID,
	})
	if err != nil {
		return nil, err
	}
	shown, err := r.showChannel(ctx, read.ID)
	return openapi.CancelChannelProof200JSONResponse(shown), err
}

// ProveChannelByHand proves a channel by the evidence that an administrator has seen.
func (r *resources) ProveChannelByHand(ctx context.Context, request openapi.ProveChannelByHandRequestObject) (openapi.ProveChannelByHandResponseObject, error) {
	read, principal, err := r.channelFor(ctx, access.ChannelDecide, request.ChannelId)
	if err != nil {
		return nil, err
	}
	action := access.OperatorAction{
		ID: newID(ctx, request.Params.IdempotencyKey), Actor: principal.UserID, Reason: request.Body.Reason, Evidence: request.Body.Evidence,
	}
	if _, err := r.store.Clips.ProveByHand(ctx, read.ID, action, r.now()); err != nil {
		return nil, err
	}
	r.tellClips(ctx, read.ID)
	shown, err := r.showChannel(ctx, read.ID)
	return openapi.ProveChannelByHand200JSONResponse(shown), err
}

// RevokeChannel takes the proof of a channel back.
func (r *resources) RevokeChannel(ctx context.Context, request openapi.RevokeChannelRequestObject) (openapi.RevokeChannelResponseObject, error) {
	read, principal, err := r.channelFor(ctx, access.ChannelDecide, request.ChannelId)
	if err != nil {
		return nil, err
	}
	action := access.OperatorAction{ID: newID(ctx, request.Params.IdempotencyKey), Actor: principal.UserID, Reason: request.Body.Reason}
	if _, err := r.store.Clips.Revoke(ctx, read.ID, action); err != nil {
		return nil, err
	}
	r.tellClips(ctx, read.ID)
	shown, err := r.showChannel(ctx, read.ID)
	return openapi.RevokeChannel200JSONResponse(shown), err
}

// toldMax is how many clips are told that their channel has changed. The others find out at their next reading.
const toldMax = 200

func (r *resources) tellClips(ctx context.Context, channelID string) {
	if open, err := r.store.Clips.ListOpenOfChannel(ctx, channelID, "", toldMax); err == nil {
		r.engine.NotifyChannel(ctx, open)
	}
}

// channelFor returns a channel on which the caller may take an action.
func (r *resources) channelFor(ctx context.Context, action access.Action, id string) (clips.Channel, access.Principal, error) {
	principal, err := permit(ctx, action)
	if err != nil {
		return clips.Channel{}, principal, err
	}
	read, err := r.store.Clips.GetChannel(ctx, id)
	if err != nil {
		return clips.Channel{}, principal, err
	}
	return read, principal, permitOn(principal, action, access.Target{CreatorID: read.CreatorID}, "channel")
}

// showChannel shows a channel with its latest proof. Only those who may prove it see the code.
func (r *resources) showChannel(ctx context.Context, id string) (openapi.Channel, error) {
	read, err := r.store.Clips.GetChannel(ctx, id)
	if err != nil {
		return openapi.Channel{}, err
	}
	shown := channelOf(read)
	proof, err := r.store.Clips.GetProof(ctx, id)
	if fault.Is(err, fault.NotFound) {
		return shown, nil
	}
	if err != nil {
		return openapi.Channel{}, err
	}
	latest := proofOf(proof)
	if access.Check(principalOf(ctx), access.ChannelProve, access.Target{CreatorID: read.CreatorID}) != nil {
		latest.Code = nil
	}
	shown.Proof = &latest
	return shown, nil
}

func channelOf(read clips.Channel) openapi.Channel {
	return openapi.Channel{
		Id: read.ID, CreatorId: read.CreatorID, Platform: string(read.Platform), AuthorId: read.AuthorID,
		Status: openapi.ChannelStatus(read.Status), ProvenAt: read.ProvenAt, RevokedReason: text(read.RevokedReason), CreatedAt: read.CreatedAt,
	}
}

func proofOf(read clips.Proof) openapi.ChannelProof {
	shown := openapi.ChannelProof{
		Place: openapi.ChannelProofPlace("profile"), PostId: text(read.PostID), IssuedAt: read.IssuedAt, ExpiresAt: read.ExpiresAt,
		Looks: int64(read.Looks), LookedAt: read.LookedAt, Seen: text(read.Seen), SeenText: text(clip.ExplainLook(read.Seen)),
	}
	if read.PostID != "" {
		shown.Place = openapi.ChannelProofPlace("post")
	}
	if read.Outcome == clip.ProofUnderWay {
		shown.Code = &read.Code
		return shown
	}
	outcome := openapi.ChannelProofOutcome(read.Outcome)
	shown.Outcome = &outcome
	return shown
}
