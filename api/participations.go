package api

import (
	"context"

	"github.com/creditroll/creditroll/api/internal/openapi"
	"github.com/creditroll/creditroll/db/campaigns"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/fault"
)

// CreateParticipation records that a creator applies to a campaign.
func (r *resources) CreateParticipation(ctx context.Context, request openapi.CreateParticipationRequestObject) (openapi.CreateParticipationResponseObject, error) {
	if err := permitCreator(ctx, access.ParticipationApply, request.Body.CreatorId); err != nil {
		return nil, err
	}
	read, err := r.visibleCampaign(ctx, request.CampaignId)
	if err != nil {
		return nil, err
	}
	if !isOpen(read.Status) {
		return nil, fault.New(fault.Conflict, "campaign_not_open", "creators can apply to a campaign from its approval to its end; this one is %s", read.Status)
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

// ListParticipations lists who applied to a campaign; creators see only themselves. Who may
// read clips may see whose they can be.
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

// AcceptParticipation lets a creator submit clips.
func (r *resources) AcceptParticipation(ctx context.Context, request openapi.AcceptParticipationRequestObject) (openapi.AcceptParticipationResponseObject, error) {
	decided, err := r.decide(ctx, request.ParticipationId, campaign.ParticipationAccepted)
	return openapi.AcceptParticipation200JSONResponse(participationOf(decided)), err
}

// RejectParticipation turns a creator down.
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

// reachIn is reachOf within one campaign, which the caller must be able to see.
func (r *resources) reachIn(ctx context.Context, action access.Action, campaignID string) (reach, error) {
	sees, err := reachOf(ctx, action)
	if err != nil {
		return reach{}, err
	}
	read, err := r.visibleCampaign(ctx, campaignID)
	if err != nil {
		return reach{}, err
	}
	if sees.organizationID != "" && sees.organizationID != read.OrganizationID {
		return reach{}, fault.New(fault.NotFound, "campaign_not_found", "no such campaign")
	}
	return sees, nil
}

func participationOf(read campaigns.Participation) openapi.Participation {
	return openapi.Participation{
		Id: read.ID, CampaignId: read.CampaignID, CreatorId: read.CreatorID, AffiliateId: text(read.AffiliateID), Status: string(read.Status),
		CreatedAt: read.CreatedAt, DecidedAt: read.DecidedAt,
	}
}
