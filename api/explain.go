package api

import (
	"context"
	"regexp"

	"github.com/creditroll/creditroll/api/internal/openapi"
	"github.com/creditroll/creditroll/db/audit"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/money"
)

// The cursors of the items in explanations.
var (
	byReleasedItem = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/[0-9]{1,18}/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	bySpending     = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/[0-9]{1,18}$`)
)

// ExplainPayout breaks a payout down to its readings; creators see only their own.
func (r *resources) ExplainPayout(ctx context.Context, request openapi.ExplainPayoutRequestObject) (openapi.ExplainPayoutResponseObject, error) {
	_, principal, err := r.payoutFor(ctx, access.PayoutRead, request.PayoutId)
	if err != nil {
		return nil, err
	}
	page, err := pageOf(request.Params.Limit, request.Params.Cursor, byReleasedItem)
	if err != nil {
		return nil, err
	}
	read, err := r.store.Audit.ExplainPayout(ctx, request.PayoutId, page)
	if err != nil {
		return nil, err
	}
	show := explainer{costs: seesCosts(principal)}
	answer := show.payout(read)
	answer.Items, answer.NextCursor = present(read.Items, page, audit.ReleasedItem.Place, show.item)
	return openapi.ExplainPayout200JSONResponse(answer), nil
}

// ExplainCampaign breaks a campaign's spending down; brands see only their own.
func (r *resources) ExplainCampaign(ctx context.Context, request openapi.ExplainCampaignRequestObject) (openapi.ExplainCampaignResponseObject, error) {
	principal, err := r.permitCampaign(ctx, access.CampaignExplain, request.CampaignId)
	if err != nil {
		return nil, err
	}
	page, err := pageOf(request.Params.Limit, request.Params.Cursor, bySpending)
	if err != nil {
		return nil, err
	}
	read, err := r.store.Audit.ExplainCampaign(ctx, request.CampaignId, page)
	if err != nil {
		return nil, err
	}
	tracking, err := r.readTracking(ctx)
	if err != nil {
		return nil, err
	}
	show := explainer{costs: seesCosts(principal), terms: read.Campaign.Terms, tracking: tracking}
	answer := show.campaign(read)
	answer.Accruals, answer.NextCursor = present(read.Accruals, page, audit.ExplainedAccrual.SpendingPlace, show.accrual)
	return openapi.ExplainCampaign200JSONResponse(answer), nil
}

// ExplainCreator breaks a creator's balances down; creators see only their own.
func (r *resources) ExplainCreator(ctx context.Context, request openapi.ExplainCreatorRequestObject) (openapi.ExplainCreatorResponseObject, error) {
	if err := permitCreator(ctx, access.CreatorExplain, request.CreatorId); err != nil {
		return nil, err
	}
	var currency money.Currency
	if request.Params.Currency != nil {
		var err error
		if currency, err = money.ParseCurrency(*request.Params.Currency); err != nil {
			return nil, withField(err, "currency")
		}
	}
	read, err := r.store.Audit.ExplainCreator(ctx, request.CreatorId, currency)
	if err != nil {
		return nil, err
	}
	return openapi.ExplainCreator200JSONResponse(creatorExplanationOf(read)), nil
}

// seesCosts reports whether the caller may see the costs of providers.
func seesCosts(principal access.Principal) bool {
	return access.Check(principal, access.LedgerRead, access.Target{}) == nil
}
