package api

import (
	"context"

	"github.com/creditroll/creditroll/api/internal/openapi"
	"github.com/creditroll/creditroll/db/campaigns"
	"github.com/creditroll/creditroll/domain/access"
)

// CreateOrganization creates a brand's account.
func (r *resources) CreateOrganization(ctx context.Context, request openapi.CreateOrganizationRequestObject) (openapi.CreateOrganizationResponseObject, error) {
	if _, err := permit(ctx, access.OrganizationCreate); err != nil {
		return nil, err
	}
	created, err := r.store.Campaigns.CreateOrganization(ctx, campaigns.NewOrganization{ID: newID(ctx, request.Params.IdempotencyKey), Name: request.Body.Name})
	if err != nil {
		return nil, err
	}
	return openapi.CreateOrganization201JSONResponse(organizationOf(created)), nil
}

// ListOrganizations lists all organizations, or the caller's own. A caller who may create
// campaigns for an organization may see it.
func (r *resources) ListOrganizations(ctx context.Context, request openapi.ListOrganizationsRequestObject) (openapi.ListOrganizationsResponseObject, error) {
	sees, err := reachOf(ctx, access.CampaignCreate)
	if err != nil {
		return nil, err
	}
	page, err := pageOf(request.Params.Limit, request.Params.Cursor, byID)
	if err != nil {
		return nil, err
	}
	rows, err := r.store.Campaigns.ListOrganizations(ctx, sees.organizationID, page)
	if err != nil {
		return nil, err
	}
	items, next := present(rows, page, func(row campaigns.Organization) string { return row.ID }, organizationOf)
	return openapi.ListOrganizations200JSONResponse{Items: items, NextCursor: next}, nil
}

// GetOrganization reads one organization.
func (r *resources) GetOrganization(ctx context.Context, request openapi.GetOrganizationRequestObject) (openapi.GetOrganizationResponseObject, error) {
	_, read, err := r.permitOrganization(ctx, access.CampaignCreate, request.OrganizationId)
	if err != nil {
		return nil, err
	}
	return openapi.GetOrganization200JSONResponse(organizationOf(read)), nil
}

func organizationOf(read campaigns.Organization) openapi.Organization {
	return openapi.Organization{
		Id: read.ID, Name: read.Name, CreatedAt: read.CreatedAt, Verification: string(read.Verification), VerificationError: text(read.VerificationError),
	}
}
