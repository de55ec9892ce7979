package journal

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/db/journal/months"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
)

// GetBalance returns an account's balance in minor units on its normal side, from its last
// checkpoint and the postings after it. The balance of an account without postings is zero.
func (s *Store) GetBalance(ctx context.Context, account ledger.Account, currency money.Currency) (int64, error) {
	sumMinor, err := s.db.Queries.GetBalance(ctx, sqlc.GetBalanceParams{Code: string(account), Currency: string(currency)})
	if err != nil {
		return 0, db.Translate(err)
	}
	return account.Balance(sumMinor), nil
}

// AccountBalance is the balance of one account in one currency, on the account's normal side.
type AccountBalance struct {
	Account      ledger.Account
	Currency     money.Currency
	BalanceMinor int64
}

// GetBalanceAsOf returns an account's balance in minor units on its normal side as of a time. It
// returns fault.NotFound "account_not_found"; fault.Invalid "account_without_currency" if the
// account has no posting in the currency, "unknown_currency" and "as_of_in_future"; and
// fault.Conflict "archived" for a time before postings that are archived.
func (s *Store) GetBalanceAsOf(ctx context.Context, account ledger.Account, currency money.Currency, asOf ledger.AsOf) (int64, error) {
	if _, err := money.ParseCurrency(string(currency)); err != nil {
		return 0, err
	}
	found, err := s.db.Queries.FindLedgerAccount(ctx, string(account))
	if err != nil {
		return 0, db.Translate(err)
	}
	if len(found) == 0 {
		return 0, fault.New(fault.NotFound, "account_not_found", "no account %.120q: `GET /v1/ledger/balances?account=PREFIX` lists the accounts that start with PREFIX", string(account))
	}
	balances, err := s.balancesAsOf(ctx, found, asOf)
	if err != nil {
		return 0, err
	}
	var posted []money.Currency
	for _, balance := range balances {
		if balance.Currency == currency {
			return balance.BalanceMinor, nil
		}
		posted = append(posted, balance.Currency)
	}
	return 0, fault.Field("currency", "account_without_currency", "account %s has no postings in %s, only in %v", account, currency, posted)
}

// ListBalances returns the balances of at most page.Size accounts whose code starts with
// prefix, each in all its currencies, in the order of their codes. It returns fault.Invalid
// "as_of_in_future" and fault.Conflict "archived".
func (s *Store) ListBalances(ctx context.Context, prefix string, page db.Page, asOf ledger.AsOf) ([]AccountBalance, error) {
	if asOf.IsNow() {
		rows, err := s.db.Queries.ListBalancePage(ctx, sqlc.ListBalancePageParams{Prefix: prefix, AfterCode: page.After, PageSize: page.Size})
		if err != nil {
			return nil, db.Translate(err)
		}
		balances := make([]AccountBalance, len(rows))
		for i, row := range rows {
			balances[i] = newAccountBalance(sqlc.ListBalancesAsOfRow(row))
		}
		return balances, nil
	}
	accounts, err := s.db.Queries.ListAccountPage(ctx, sqlc.ListAccountPageParams{Prefix: prefix, AfterCode: page.After, PageSize: page.Size})
	if err != nil {
		return nil, db.Translate(err)
	}
	return s.balancesAsOf(ctx, accounts, asOf)
}

func (s *Store) balancesAsOf(ctx context.Context, accounts []int64, asOf ledger.AsOf) ([]AccountBalance, error) {
	var rows []sqlc.ListBalancesAsOfRow
	err := s.inSnapshotAsOf(ctx, asOf, func(q *sqlc.Queries) (err error) {
		rows, err = q.ListBalancesAsOf(ctx, sqlc.ListBalancesAsOfParams{AccountIds: accounts, EffectiveAt: asOf.EffectiveAt, RecordedAt: asOf.RecordedAt})
		return err
	})
	if err != nil {
		return nil, err
	}
	balances := make([]AccountBalance, len(rows))
	for i, row := range rows {
		balances[i] = newAccountBalance(row)
	}
	return balances, nil
}

// inSnapshotAsOf runs read in a snapshot after checking that the books cover asOf. It returns
// fault.Invalid "as_of_in_future" and fault.Conflict "archived". No month is detached until read
// returns.
func (s *Store) inSnapshotAsOf(ctx context.Context, asOf ledger.AsOf, read func(q *sqlc.Queries) error) error {
	if err := asOf.Validate(time.Now()); err != nil {
		return err
	}
	return s.db.InSnapshot(ctx, func(q *sqlc.Queries) error {
		months, err := months.ListDetached(ctx, q)
		if err != nil {
			return err
		}
		if err := months.RequirePostings(asOf); err != nil {
			return err
		}
		return read(q)
	})
}

func newAccountBalance(row sqlc.ListBalancesAsOfRow) AccountBalance {
	account := ledger.Account(row.Code)
	return AccountBalance{Account: account, Currency: money.Currency(row.Currency), BalanceMinor: account.Balance(row.SumMinor)}
}

// TrialBalance is the sum of all postings in one currency. TotalMinor must be zero.
type TrialBalance struct {
	Currency    money.Currency
	TotalMinor  int64
	DebitMinor  int64
	CreditMinor int64
	Postings    int64
}

// ListTrialBalances returns one line per currency, all from one snapshot.
func (s *Store) ListTrialBalances(ctx context.Context) ([]TrialBalance, error) {
	rows, err := s.db.Queries.ListTrialBalance(ctx)
	if err != nil {
		return nil, db.Translate(err)
	}
	balances := make([]TrialBalance, len(rows))
	for i, row := range rows {
		balances[i] = newTrialBalance(row)
	}
	return balances, nil
}

// ListTrialBalancesAsOf returns one line per currency as of a time. It returns fault.Invalid
// "as_of_in_future" and fault.Conflict "archived".
func (s *Store) ListTrialBalancesAsOf(ctx context.Context, asOf ledger.AsOf) ([]TrialBalance, error) {
	if asOf.IsNow() {
		return s.ListTrialBalances(ctx)
	}
	var rows []sqlc.ListTrialBalanceAsOfRow
	err := s.inSnapshotAsOf(ctx, asOf, func(q *sqlc.Queries) (err error) {
		rows, err = q.ListTrialBalanceAsOf(ctx, sqlc.ListTrialBalanceAsOfParams{EffectiveAt: asOf.EffectiveAt, RecordedAt: asOf.RecordedAt})
		return err
	})
	if err != nil {
		return nil, err
	}
	balances := make([]TrialBalance, len(rows))
	for i, row := range rows {
		balances[i] = newTrialBalance(sqlc.ListTrialBalanceRow(row))
	}
	return balances, nil
}

func newTrialBalance(row sqlc.ListTrialBalanceRow) TrialBalance {
	return TrialBalance{Currency: money.Currency(row.Currency), TotalMinor: row.TotalMinor, DebitMinor: row.DebitMinor, CreditMinor: row.CreditMinor, Postings: row.Postings}
}
