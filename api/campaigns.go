package api

import (
	"context"
	"slices"

	"github.com/creditroll/creditroll/api/internal/openapi"
	"github.com/creditroll/creditroll/db/campaigns"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/command"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/killswitch"
)

// CreateCampaign creates a draft.
func (r *resources) CreateCampaign(ctx context.Context, request openapi.CreateCampaignRequestObject) (openapi.CreateCampaignResponseObject, error) {
	principal, err := permit(ctx, access.CampaignCreate)
	if err != nil {
		return nil, err
	}
	body := request.Body
	if err := permitOn(principal, access.CampaignCreate, access.Target{OrganizationID: body.OrganizationId}, "organization"); err != nil {
		return nil, err
	}
	terms, err := termsOf(body.Terms, r.campaignPolicy, slices.Contains(principal.Roles, access.Admin), r.now())
	if err != nil {
		return nil, err
	}
	if _, err := r.store.Campaigns.GetOrganization(ctx, body.OrganizationId); err != nil {
		return nil, err
	}
	id := newID(ctx, request.Params.IdempotencyKey)
	create := command.CreateCampaign{CampaignID: id, OrganizationID: body.OrganizationId, Name: body.Name, Terms: terms}
	if err := r.engine.CreateCampaign(ctx, create); err != nil {
		return nil, err
	}
	return openapi.CreateCampaign201JSONResponse{Id: id, Status: string(campaign.Draft)}, nil
}

// ListCampaigns lists all campaigns, those of the caller's organization, or those that the
// creator may see.
func (r *resources) ListCampaigns(ctx context.Context, request openapi.ListCampaignsRequestObject) (openapi.ListCampaignsResponseObject, error) {
	sees, err := reachOf(ctx, access.CampaignRead)
	if err != nil {
		return nil, err
	}
	page, err := pageOf(request.Params.Limit, request.Params.Cursor, byID)
	if err != nil {
		return nil, err
	}
	filter := campaigns.Filter{
		OrganizationID: given(request.Params.OrganizationId), Status: campaign.Status(given(request.Params.Status)),
		VisibleToCreator: sees.creatorID, OpenStatuses: openStatuses,
	}
	if sees.organizationID != "" {
		if filter.OrganizationID != "" && filter.OrganizationID != sees.organizationID {
			return nil, fault.New(fault.NotFound, "organization_not_found", "no such organization")
		}
		filter.OrganizationID = sees.organizationID
	}
	rows, err := r.store.Campaigns.List(ctx, filter, page)
	if err != nil {
		return nil, err
	}
	tracking, err := r.readTracking(ctx)
	if err != nil {
		return nil, err
	}
	items, next := present(rows, page, func(row campaigns.Campaign) string { return row.ID }, func(row campaigns.Campaign) openapi.Campaign { return campaignOf(row, tracking) })
	return openapi.ListCampaigns200JSONResponse{Items: items, NextCursor: next}, nil
}

// GetCampaign reads one campaign with the number of its clips per status.
func (r *resources) GetCampaign(ctx context.Context, request openapi.GetCampaignRequestObject) (openapi.GetCampaignResponseObject, error) {
	if _, err := r.visibleCampaign(ctx, request.CampaignId); err != nil {
		return nil, err
	}
	detail, err := r.store.Campaigns.GetDetail(ctx, request.CampaignId)
	if err != nil {
		return nil, err
	}
	tracking, err := r.readTracking(ctx)
	if err != nil {
		return nil, err
	}
	answer := campaignOf(detail.Campaign, tracking)
	counts := make(map[string]int64, len(detail.ClipsByStatus))
	for status, count := range detail.ClipsByStatus {
		counts[string(status)] = count
	}
	answer.HeldMinor, answer.ClipsByStatus = &detail.HeldMinor, &counts
	return openapi.GetCampaign200JSONResponse(answer), nil
}

// SubmitCampaign submits a draft for review.
func (r *resources) SubmitCampaign(ctx context.Context, request openapi.SubmitCampaignRequestObject) (openapi.SubmitCampaignResponseObject, error) {
	state, err := r.command(ctx, access.CampaignSubmit, campaign.Submit, request.CampaignId, request.Params.IdempotencyKey, request.Body)
	return openapi.SubmitCampaign200JSONResponse{CampaignStateJSONResponse: state}, err
}

// ApproveCampaign approves a campaign, so that it can be funded.
func (r *resources) ApproveCampaign(ctx context.Context, request openapi.ApproveCampaignRequestObject) (openapi.ApproveCampaignResponseObject, error) {
	state, err := r.command(ctx, access.CampaignApprove, campaign.Approve, request.CampaignId, request.Params.IdempotencyKey, request.Body)
	return openapi.ApproveCampaign200JSONResponse{CampaignStateJSONResponse: state}, err
}

// PauseCampaign stops the crediting of views.
func (r *resources) PauseCampaign(ctx context.Context, request openapi.PauseCampaignRequestObject) (openapi.PauseCampaignResponseObject, error) {
	state, err := r.command(ctx, access.CampaignPause, campaign.Pause, request.CampaignId, request.Params.IdempotencyKey, request.Body)
	return openapi.PauseCampaign200JSONResponse{CampaignStateJSONResponse: state}, err
}

// ResumeCampaign starts the crediting of views again.
func (r *resources) ResumeCampaign(ctx context.Context, request openapi.ResumeCampaignRequestObject) (openapi.ResumeCampaignResponseObject, error) {
	state, err := r.command(ctx, access.CampaignResume, campaign.Resume, request.CampaignId, request.Params.IdempotencyKey, request.Body)
	return openapi.ResumeCampaign200JSONResponse{CampaignStateJSONResponse: state}, err
}

// CompleteCampaign ends a campaign early.
func (r *resources) CompleteCampaign(ctx context.Context, request openapi.CompleteCampaignRequestObject) (openapi.CompleteCampaignResponseObject, error) {
	state, err := r.command(ctx, access.CampaignComplete, campaign.Complete, request.CampaignId, request.Params.IdempotencyKey, request.Body)
	return openapi.CompleteCampaign200JSONResponse{CampaignStateJSONResponse: state}, err
}

// CancelCampaign ends a campaign and refunds the unspent budget.
func (r *resources) CancelCampaign(ctx context.Context, request openapi.CancelCampaignRequestObject) (openapi.CancelCampaignResponseObject, error) {
	state, err := r.command(ctx, access.CampaignCancel, campaign.Cancel, request.CampaignId, request.Params.IdempotencyKey, request.Body)
	return openapi.CancelCampaign200JSONResponse{CampaignStateJSONResponse: state}, err
}

func (r *resources) command(ctx context.Context, action access.Action, order campaign.Command, campaignID string, key *openapi.IdempotencyKey, body *openapi.OptionalReason) (openapi.CampaignStateJSONResponse, error) {
	principal, err := r.permitCampaign(ctx, action, campaignID)
	if err != nil {
		return openapi.CampaignStateJSONResponse{}, err
	}
	status, err := r.engine.CommandCampaign(ctx, command.CampaignCommand{
		ID: commandID(ctx, key, string(order), campaignID), CampaignID: campaignID, Command: order,
		Actor: principal.UserID, Reason: given(body).Reason,
	})
	return openapi.CampaignStateJSONResponse{Id: campaignID, Status: string(status)}, err
}

// FundCampaign creates the payment of the budget.
func (r *resources) FundCampaign(ctx context.Context, request openapi.FundCampaignRequestObject) (openapi.FundCampaignResponseObject, error) {
	principal, read, err := r.permittedCampaign(ctx, access.CampaignFund, request.CampaignId)
	if err != nil {
		return nil, err
	}
	source := campaign.Source(given(request.Body).Source)
	if source != campaign.FromBalance { // several deposits can have filled the balance
		if err := r.paymentMax.Require("", read.Terms.PaymentMinor(), read.Terms.Currency); err != nil {
			return nil, err
		}
	}
	funding, err := r.engine.FundCampaign(ctx, command.FundCampaign{
		CampaignID: request.CampaignId, Source: source, PaymentMethod: given(request.Body).PaymentMethod, Actor: principal.UserID,
	})
	if err != nil {
		return nil, err
	}
	answer := openapi.FundCampaign200JSONResponse{PaymentIntentId: text(funding.PaymentIntentID), Status: funding.Status}
	if waitsForPayer(funding.Status) {
		secret, err := r.payments.ClientSecret(ctx, funding.PaymentIntentID)
		if err != nil {
			return nil, err
		}
		answer.ClientSecret = text(secret)
	}
	return answer, nil
}

// waitsForPayer reports whether the payment needs a step in the payer's browser.
func waitsForPayer(status string) bool {
	switch status {
	case "requires_payment_method", "requires_confirmation", "requires_action":
		return true
	}
	return false
}

func campaignOf(read campaigns.Campaign, tracking killswitch.Switch) openapi.Campaign {
	return openapi.Campaign{
		Id: read.ID, OrganizationId: read.OrganizationID, Name: read.Name, Status: string(read.Status),
		FundedMinor: read.FundedMinor, SpentMinor: read.SpentMinor, RefundedMinor: read.RefundedMinor, AllocatedMinor: read.AllocatedMinor,
		PaymentIntentId: text(read.PaymentIntentID), CreatedAt: read.CreatedAt, Terms: presentTerms(read.Terms),
		TrackingPaused: tracking.Off && (read.Status == campaign.Live || read.Status == campaign.Paused),
	}
}
