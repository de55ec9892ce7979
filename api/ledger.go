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

// GetSolvency compares what is owed with the platform's balance at the payment processor.
func (r *resources) GetSolvency(ctx context.Context, _ openapi.GetSolvencyRequestObject) (openapi.GetSolvencyResponseObject, error) {
	if _, err := permit(ctx, access.LedgerRead); err != nil {
		return nil, err
	}
	all, err := r.store.Reconciliation.ListCover(ctx)
	if err != nil {
		return nil, err
	}
	answer := openapi.GetSolvency200JSONResponse{Covered: true, Currencies: []openapi.Cover{}}
	for _, each := range all {
		answer.Covered = answer.Covered && each.GapMinor() == 0
		cover := openapi.Cover{
			Currency: string(each.Currency), EscrowMinor: each.EscrowMinor, FrozenMinor: each.FrozenMinor,
			BalancesMinor: each.BalancesMinor, WithdrawingMinor: each.WithdrawingMinor, AtRiskMinor: each.AtRiskMinor, PendingMinor: each.PendingMinor,
			AvailableMinor: each.AvailableMinor, InTransitMinor: each.InTransitMinor, RefundingMinor: each.RefundingMinor,
			OwedMinor: each.OwedMinor(), HeldMinor: each.HeldMinor(), GapMinor: each.GapMinor(),
		}
		if at := each.Processor.ReadAt; !at.IsZero() {
			cover.ReadAt, cover.HeldAvailableMinor = &at, &each.Processor.AvailableMinor
		}
		answer.Currencies = append(answer.Currencies, cover)
	}
	return answer, nil
}
