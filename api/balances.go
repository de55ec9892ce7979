package api

import (
	"context"

	"github.com/creditroll/creditroll/api/internal/openapi"
	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/funding"
	"github.com/creditroll/creditroll/domain/access"
)

// GetOrganizationBalance reads the brand's money that no campaign has.
func (r *resources) GetOrganizationBalance(ctx context.Context, request openapi.GetOrganizationBalanceRequestObject) (openapi.GetOrganizationBalanceResponseObject, error) {
	if _, _, err := r.permitOrganization(ctx, access.BalanceRead, request.OrganizationId); err != nil {
		return nil, err
	}
	balances, err := r.store.Funding.ListBalances(ctx, request.OrganizationId)
	if err != nil {
		return nil, err
	}
	answer := openapi.GetOrganizationBalance200JSONResponse{OrganizationId: request.OrganizationId, Currencies: make([]openapi.BalanceInCurrency, len(balances))}
	for i, balance := range balances {
		answer.Currencies[i] = openapi.BalanceInCurrency{
			Currency: string(balance.Currency), BalanceMinor: balance.BalanceMinor, WithdrawingMinor: balance.WithdrawingMinor,
			AtRiskMinor: balance.AtRiskMinor, AvailableMinor: balance.AvailableMinor(),
		}
	}
	return answer, nil
}

// movesPage selects a page of the deposits or withdrawals of one organization.
type movesPage struct {
	organizationID string
	status         string
	limit          *openapi.Limit
	cursor         *openapi.Cursor
}

// listMoves returns a page of deposits or withdrawals, if the caller may read the balance.
func listMoves[Row, Item any](
	ctx context.Context, r *resources, asked movesPage, list func(context.Context, funding.Filter, db.Page) ([]Row, error), id func(Row) string, item func(Row) Item,
) ([]Item, *openapi.NextCursor, error) {
	if _, _, err := r.permitOrganization(ctx, access.BalanceRead, asked.organizationID); err != nil {
		return nil, nil, err
	}
	page, err := pageOf(asked.limit, asked.cursor, byID)
	if err != nil {
		return nil, nil, err
	}
	rows, err := list(ctx, funding.Filter{OrganizationID: asked.organizationID, Status: asked.status}, page)
	if err != nil {
		return nil, nil, err
	}
	items, next := present(rows, page, id, item)
	return items, next, nil
}
