package api

import (
	"context"
	"strconv"

	"github.com/creditroll/creditroll/api/internal/openapi"
	"github.com/creditroll/creditroll/db/campaigns"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/command"
)

// AmendCampaign changes budget and end of a campaign.
func (r *resources) AmendCampaign(ctx context.Context, request openapi.AmendCampaignRequestObject) (openapi.AmendCampaignResponseObject, error) {
	principal, err := r.permitCampaign(ctx, access.CampaignAmend, request.CampaignId)
	if err != nil {
		return nil, err
	}
	amended, err := r.engine.AmendCampaign(ctx, command.AmendCampaign{
		ID: commandID(ctx, request.Params.IdempotencyKey, "amend", request.CampaignId), CampaignID: request.CampaignId,
		Change: campaign.Change{BudgetMinor: request.Body.BudgetMinor, EndsAt: given(request.Body.EndsAt).UTC()},
		Actor:  principal.UserID, Reason: request.Body.Reason,
	})
	if err != nil {
		return nil, err
	}
	return openapi.AmendCampaign200JSONResponse{Number: amended.Number, BudgetMinor: amended.BudgetMinor, EndsAt: amended.EndsAt}, nil
}

// ListAmendments lists the amendments of a campaign.
func (r *resources) ListAmendments(ctx context.Context, request openapi.ListAmendmentsRequestObject) (openapi.ListAmendmentsResponseObject, error) {
	if _, err := r.permitCampaign(ctx, access.CampaignExplain, request.CampaignId); err != nil {
		return nil, err
	}
	page, err := pageOf(request.Params.Limit, request.Params.Cursor, byPoll)
	if err != nil {
		return nil, err
	}
	rows, err := r.store.Campaigns.ListAmendments(ctx, request.CampaignId, page)
	if err != nil {
		return nil, err
	}
	items, next := present(rows, page, func(row campaigns.Amendment) string { return strconv.Itoa(row.Number) }, amendmentOf)
	return openapi.ListAmendments200JSONResponse{Items: items, NextCursor: next}, nil
}

func amendmentOf(read campaigns.Amendment) openapi.Amendment {
	return openapi.Amendment{
		Number: read.Number, BudgetBeforeMinor: read.BudgetBeforeMinor, BudgetAfterMinor: read.BudgetMinor, EndsBefore: read.EndsBefore,
		EndsAfter: read.EndsAt, Actor: read.Actor, Reason: text(read.Reason), AmendedAt: read.Now,
	}
}
