package api

import (
	"context"

	"github.com/creditroll/creditroll/db/campaigns"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/fault"
)

// permit refuses a wrong role before anything is read. Otherwise the difference between
// "not allowed" and "not found" would reveal which ids exist.
func permit(ctx context.Context, action access.Action) (access.Principal, error) {
	principal := principalOf(ctx)
	err := access.Check(principal, action, access.Target{})
	if fault.Is(err, fault.Denied) {
		return principal, err
	}
	return principal, nil
}

// permitOn checks access to an object. An object of another owner is answered exactly like
// an object that does not exist.
func permitOn(principal access.Principal, action access.Action, target access.Target, what string) error {
	err := access.Check(principal, action, target)
	if fault.Is(err, fault.NotFound) {
		return fault.New(fault.NotFound, what+"_not_found", "no such %s", what)
	}
	return err
}

// reach limits what a principal sees in a list: everything, the objects of one organization,
// or the objects of one creator.
type reach struct {
	everything     bool
	organizationID string
	creatorID      string
}

// reachOf returns the widest reach that any role of the caller gives. A user who is both a
// brand and a creator lists as a brand.
func reachOf(ctx context.Context, action access.Action) (reach, error) {
	principal, err := permit(ctx, action)
	if err != nil {
		return reach{}, err
	}
	var widest reach
	for _, role := range principal.Roles {
		switch access.ScopeOf(role, action) {
		case access.All:
			widest.everything = true
		case access.OwnOrganization:
			widest.organizationID = principal.OrganizationID
		case access.OwnCreator, access.LiveOrOwnCreator:
			widest.creatorID = principal.CreatorID
		}
	}
	switch {
	case widest.everything:
		return reach{everything: true}, nil
	case widest.organizationID != "":
		return reach{organizationID: widest.organizationID}, nil
	case widest.creatorID != "":
		return reach{creatorID: widest.creatorID}, nil
	}
	return reach{}, fault.New(fault.Denied, "belongs_to_nobody", "your account belongs to no organization and to no creator: ask for a token that names one")
}

// openStatuses are the statuses in which creators may see a campaign and apply to it.
var openStatuses = []campaign.Status{campaign.Approved, campaign.Funded, campaign.Live, campaign.Paused}

func isOpen(status campaign.Status) bool {
	for _, open := range openStatuses {
		if status == open {
			return true
		}
	}
	return false
}

// visibleCampaign returns a campaign, or not found if the caller may not see it.
func (r *resources) visibleCampaign(ctx context.Context, id string) (campaigns.Campaign, error) {
	principal, err := permit(ctx, access.CampaignRead)
	if err != nil {
		return campaigns.Campaign{}, err
	}
	read, err := r.store.Campaigns.Get(ctx, id)
	if err != nil {
		return campaigns.Campaign{}, err
	}
	target := access.Target{OrganizationID: read.OrganizationID, Live: isOpen(read.Status)}
	if !target.Live && principal.CreatorID != "" {
		_, err := r.store.Campaigns.GetParticipationOf(ctx, id, principal.CreatorID)
		switch {
		case err == nil:
			target.CreatorID = principal.CreatorID
		case !fault.Is(err, fault.NotFound):
			return campaigns.Campaign{}, err
		}
	}
	return read, permitOn(principal, access.CampaignRead, target, "campaign")
}

// permitCampaign returns the caller if they may take an action on a campaign.
func (r *resources) permitCampaign(ctx context.Context, action access.Action, id string) (access.Principal, error) {
	principal, _, err := r.permittedCampaign(ctx, action, id)
	return principal, err
}

// permittedCampaign is permitCampaign with the campaign.
func (r *resources) permittedCampaign(ctx context.Context, action access.Action, id string) (access.Principal, campaigns.Campaign, error) {
	principal, err := permit(ctx, action)
	if err != nil {
		return principal, campaigns.Campaign{}, err
	}
	read, err := r.store.Campaigns.Get(ctx, id)
	if err != nil {
		return principal, read, err
	}
	return principal, read, permitOn(principal, action, access.Target{OrganizationID: read.OrganizationID}, "campaign")
}

// permitOrganization returns the caller and the organization if they may take an action on it.
func (r *resources) permitOrganization(ctx context.Context, action access.Action, id string) (access.Principal, campaigns.Organization, error) {
	principal, err := permit(ctx, action)
	if err != nil {
		return principal, campaigns.Organization{}, err
	}
	if err := permitOn(principal, action, access.Target{OrganizationID: id}, "organization"); err != nil {
		return principal, campaigns.Organization{}, err
	}
	read, err := r.store.Campaigns.GetOrganization(ctx, id)
	return principal, read, err
}

// permitOwned returns the caller and an object of an organization if they may take an action on it. An
// object of another organization is answered like one that does not exist.
func permitOwned[T any](ctx context.Context, r *resources, on ownedBy, get func(context.Context, string) (T, error), owner func(T) string) (access.Principal, T, error) {
	var read T
	principal, _, err := r.permitOrganization(ctx, on.action, on.organizationID)
	if err != nil {
		return principal, read, err
	}
	read, err = get(ctx, on.id)
	if err == nil && owner(read) != on.organizationID {
		err = fault.New(fault.NotFound, on.what+"_not_found", "no such %s", on.what)
	}
	return principal, read, err
}

// ownedBy is an action on an object of an organization.
type ownedBy struct {
	action                   access.Action
	what, organizationID, id string
}

// reachIn is reachOf within one campaign. It returns not found if the caller may not see it.
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

// permitCreator refuses a caller who may not take an action on a creator.
func permitCreator(ctx context.Context, action access.Action, creatorID string) error {
	principal, err := permit(ctx, action)
	if err != nil {
		return err
	}
	return permitOn(principal, action, access.Target{CreatorID: creatorID}, "creator")
}
