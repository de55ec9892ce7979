package funding

import (
	"context"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
)

// LockBalance locks the guard of an organization's balance until the transaction of q ends, and returns
// the balance. What of it is available, no one else spends in that time. It returns fault.NotFound
// "organization_not_found".
func LockBalance(ctx context.Context, q *sqlc.Queries, organizationID string, currency money.Currency) (funding.Balance, error) {
	if err := lockGuard(ctx, q, organizationID, currency); err != nil {
		return funding.Balance{}, err
	}
	return readBalance(ctx, q, organizationID, currency)
}

// lockGuard locks the guard, and creates it if the organization has none in the currency.
func lockGuard(ctx context.Context, q *sqlc.Queries, organizationID string, currency money.Currency) error {
	locked, err := q.LockOrganizationBalance(ctx, sqlc.LockOrganizationBalanceParams{OrganizationID: organizationID, Currency: string(currency)})
	if err != nil || len(locked) > 0 {
		return db.Translate(err)
	}
	if err := q.InsertOrganizationBalance(ctx, sqlc.InsertOrganizationBalanceParams{OrganizationID: organizationID, Currency: string(currency)}); err != nil {
		return db.Translate(err)
	}
	_, err = q.LockOrganizationBalance(ctx, sqlc.LockOrganizationBalanceParams{OrganizationID: organizationID, Currency: string(currency)})
	return db.Translate(err)
}

// ReadBalance returns a balance as the transaction of q sees it.
func ReadBalance(ctx context.Context, q *sqlc.Queries, organizationID string, currency money.Currency) (funding.Balance, error) {
	return readBalance(ctx, q, organizationID, currency)
}

func readBalance(ctx context.Context, q *sqlc.Queries, organizationID string, currency money.Currency) (funding.Balance, error) {
	row, err := q.GetOrganizationBalance(ctx, sqlc.GetOrganizationBalanceParams{
		OrganizationID: organizationID, Currency: string(currency),
		BalanceCode: string(ledger.OrganizationBalance(organizationID)), WithdrawingCode: string(ledger.OrganizationWithdrawing(organizationID)),
	})
	return funding.Balance{Currency: currency, BalanceMinor: row.BalanceMinor, WithdrawingMinor: row.WithdrawingMinor, AtRiskMinor: row.AtRiskMinor}, db.Translate(err)
}

// GetBalance returns the balance of an organization in a currency.
func (s *Store) GetBalance(ctx context.Context, organizationID string, currency money.Currency) (funding.Balance, error) {
	return readBalance(ctx, s.db.Queries, organizationID, currency)
}

// ListBalances returns the balances of an organization, one for each currency that it has used, in the
// order of currencies.
func (s *Store) ListBalances(ctx context.Context, organizationID string) ([]funding.Balance, error) {
	rows, err := s.db.Queries.ListOrganizationBalances(ctx, sqlc.ListOrganizationBalancesParams{
		OrganizationID: organizationID,
		BalanceCode:    string(ledger.OrganizationBalance(organizationID)), WithdrawingCode: string(ledger.OrganizationWithdrawing(organizationID)),
	})
	if err != nil {
		return nil, db.Translate(err)
	}
	balances := make([]funding.Balance, len(rows))
	for i, row := range rows {
		balances[i] = funding.Balance{Currency: money.Currency(row.Currency), BalanceMinor: row.BalanceMinor, WithdrawingMinor: row.WithdrawingMinor, AtRiskMinor: row.AtRiskMinor}
	}
	return balances, nil
}
