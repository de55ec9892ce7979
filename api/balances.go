package api

import (
	"context"

	"github.com/creditroll/creditroll/api/internal/openapi"
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
