package api

import (
	"context"

	"github.com/creditroll/creditroll/api/internal/openapi"
	"github.com/creditroll/creditroll/db/campaigns"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/fault"
)

// CreateParticipation records the application of a creator to a campaign.
func (r *resources) CreateParticipation(ctx context.Context, request openapi.CreateParticipationRequestObject) (openapi.CreateParticipationResponseObject, error) {
	if err := permitCreator(ctx, access.ParticipationApply, request.Body.CreatorId); err != nil {
		return nil, err
	}
	read, err := r.visibleCampaign(ctx, request.CampaignId)
	if err != nil {
		return nil, err
	}
	if !isOpen(read.Status) {
		return nil, fault.New(fault.Conflict, "campaign_not_open", "the campaign is %s, so it accepts no applications: creators can apply from its approval to its end", read.Status)
	}
	status := campaign.ParticipationApplied
	if read.Terms.AutoAcceptCreators {
		status = campaign.ParticipationAccepted
	}
	created, err := r.store.Campaigns.CreateParticipation(ctx, campaigns.NewParticipation{
		ID: newID(ctx, request.Params.IdempotencyKey), CampaignID: request.CampaignId, CreatorID: request.Body.CreatorId,
		AffiliateID: given(request.Body.AffiliateId), Status: status,
	})
	if err != nil {
		return nil, err
	}
	return openapi.CreateParticipation201JSONResponse(participationOf(created)), nil
}

// ListParticipations lists the applications to a campaign; creators see only their own. A
// caller who may read clips may also read participations.
func (r *resources) ListParticipations(ctx context.Context, request openapi.ListParticipationsRequestObject) (openapi.ListParticipationsResponseObject, error) {
	sees, err := r.reachIn(ctx, access.ClipRead, request.CampaignId)
	if err != nil {
		return nil, err
	}
	page, err := pageOf(request.Params.Limit, request.Params.Cursor, byID)
	if err != nil {
		return nil, err
	}
	status := campaign.ParticipationStatus(given(request.Params.Status))
	rows, err := r.store.Campaigns.ListParticipations(ctx, request.CampaignId, sees.creatorID, status, page)
	if err != nil {
		return nil, err
	}
	items, next := present(rows, page, func(row campaigns.Participation) string { return row.ID }, participationOf)
	return openapi.ListParticipations200JSONResponse{Items: items, NextCursor: next}, nil
}

// AcceptParticipation accepts an application, so that the creator can submit clips.
func (r *resources) AcceptParticipation(ctx context.Context, request openapi.AcceptParticipationRequestObject) (openapi.AcceptParticipationResponseObject, error) {
	decided, err := r.decide(ctx, request.ParticipationId, campaign.ParticipationAccepted)
	return openapi.AcceptParticipation200JSONResponse(participationOf(decided)), err
}

// RejectParticipation rejects an application.
func (r *resources) RejectParticipation(ctx context.Context, request openapi.RejectParticipationRequestObject) (openapi.RejectParticipationResponseObject, error) {
	decided, err := r.decide(ctx, request.ParticipationId, campaign.ParticipationRejected)
	return openapi.RejectParticipation200JSONResponse(participationOf(decided)), err
}

func (r *resources) decide(ctx context.Context, id string, decision campaign.ParticipationStatus) (campaigns.Participation, error) {
	principal, err := permit(ctx, access.ParticipationDecide)
	if err != nil {
		return campaigns.Participation{}, err
	}
	applied, err := r.store.Campaigns.GetParticipation(ctx, id)
	if err != nil {
		return campaigns.Participation{}, err
	}
	read, err := r.store.Campaigns.Get(ctx, applied.CampaignID)
	if err != nil {
		return campaigns.Participation{}, err
	}
	if err := permitOn(principal, access.ParticipationDecide, access.Target{OrganizationID: read.OrganizationID}, "participation"); err != nil {
		return campaigns.Participation{}, err
	}
	return r.store.Campaigns.DecideParticipation(ctx, id, decision)
}

func participationOf(read campaigns.Participation) openapi.Participation {
	return openapi.Participation{
		Id: read.ID, CampaignId: read.CampaignID, CreatorId: read.CreatorID, AffiliateId: text(read.AffiliateID), Status: string(read.Status),
		CreatedAt: read.CreatedAt, DecidedAt: read.DecidedAt,
	}
}
