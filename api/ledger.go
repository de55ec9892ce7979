package api

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/api/internal/openapi"
	"github.com/creditroll/creditroll/db/journal"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/ledger"
)

// ListBalances lists the balances of accounts. The page size counts accounts, so that one page
// has all currencies of an account.
func (r *resources) ListBalances(ctx context.Context, request openapi.ListBalancesRequestObject) (openapi.ListBalancesResponseObject, error) {
	if _, err := permit(ctx, access.LedgerRead); err != nil {
		return nil, err
	}
	page, err := pageOf(request.Params.Limit, request.Params.Cursor, byAccount)
	if err != nil {
		return nil, err
	}
	asOf, err := parseAsOf(request.Params.AsOf, request.Params.RecordedAsOf)
	if err != nil {
		return nil, err
	}
	rows, err := r.store.Journal.ListBalances(ctx, given(request.Params.Account), page, asOf)
	if err != nil {
		return nil, err
	}
	accounts := byAccountCode(rows)
	perAccount, next := present(accounts, page, func(balances []journal.AccountBalance) string { return string(balances[0].Account) }, balancesOf)
	answer := openapi.ListBalances200JSONResponse{Items: []openapi.Balance{}, NextCursor: next}
	for _, balances := range perAccount {
		answer.Items = append(answer.Items, balances...)
	}
	return answer, nil
}

// parseAsOf reads the moment of the requested balances.
func parseAsOf(effective, recorded *string) (asOf ledger.AsOf, err error) {
	now := time.Now()
	if asOf.EffectiveAt, err = ledger.Moment("as_of", given(effective), now); err != nil {
		return asOf, err
	}
	asOf.RecordedAt, err = ledger.Moment("recorded_as_of", given(recorded), now)
	return asOf, err
}

func byAccountCode(rows []journal.AccountBalance) [][]journal.AccountBalance {
	var accounts [][]journal.AccountBalance
	var last ledger.Account
	for _, row := range rows {
		if row.Account != last {
			accounts = append(accounts, nil)
			last = row.Account
		}
		accounts[len(accounts)-1] = append(accounts[len(accounts)-1], row)
	}
	return accounts
}

func balancesOf(rows []journal.AccountBalance) []openapi.Balance {
	balances := make([]openapi.Balance, len(rows))
	for i, row := range rows {
		balances[i] = openapi.Balance{Account: string(row.Account), Currency: string(row.Currency), BalanceMinor: row.BalanceMinor}
	}
	return balances
}

// GetTrialBalance sums all postings of the ledger.
func (r *resources) GetTrialBalance(ctx context.Context, request openapi.GetTrialBalanceRequestObject) (openapi.GetTrialBalanceResponseObject, error) {
	if _, err := permit(ctx, access.LedgerRead); err != nil {
		return nil, err
	}
	asOf, err := parseAsOf(request.Params.AsOf, request.Params.RecordedAsOf)
	if err != nil {
		return nil, err
	}
	rows, err := r.store.Journal.ListTrialBalancesAsOf(ctx, asOf)
	if err != nil {
		return nil, err
	}
	answer := openapi.GetTrialBalance200JSONResponse{Balanced: true, Currencies: []openapi.CurrencyTotal{}}
	for _, row := range rows {
		answer.Balanced = answer.Balanced && row.TotalMinor == 0
		answer.Currencies = append(answer.Currencies, openapi.CurrencyTotal{
			Currency: string(row.Currency), DebitMinor: row.DebitMinor, CreditMinor: row.CreditMinor, DifferenceMinor: row.TotalMinor,
		})
	}
	return answer, nil
}
