package statements

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/statement"
)

// GetOrganization returns the statements of an organization's balance for a month, one for each currency,
// or for one currency if it is not empty. A currency in which nothing happened and nothing is owed has a
// statement only if it is asked for. It returns fault.NotFound "organization_not_found", fault.Conflict
// "archived", and fault.Invalid "unknown_period", "period_in_future" and "account_without_currency".
func (s *Store) GetOrganization(ctx context.Context, id, month string, currency money.Currency, now time.Time) ([]statement.Organization, error) {
	of, err := statement.Month(month, now)
	if err != nil {
		return nil, err
	}
	var found []statement.Organization
	err = s.inSnapshot(ctx, func(q *sqlc.Queries) error {
		if _, err := nameOf(ctx, q, id); err != nil {
			return err
		}
		opened, err := openPeriod(ctx, q, of)
		if err != nil {
			return err
		}
		opened.keepsEmpty = currency != ""
		found, err = opened.readBalance(ctx, id)
		return err
	})
	if err != nil || currency == "" {
		return found, err
	}
	only := slices.DeleteFunc(found, func(each statement.Organization) bool { return each.Currency != currency })
	if len(only) == 0 {
		return nil, fault.Field("currency", "account_without_currency", "the organization's balance has no postings in %s", currency)
	}
	return only, nil
}

// nameOf returns the name of an organization, or fault.NotFound "organization_not_found".
func nameOf(ctx context.Context, q *sqlc.Queries, id string) (string, error) {
	rows, err := q.ListOrganizations(ctx, sqlc.ListOrganizationsParams{OnlyID: &id, PageSize: 1})
	if err != nil {
		return "", err
	}
	if len(rows) == 0 {
		return "", fault.New(fault.NotFound, "organization_not_found", "no such organization")
	}
	return rows[0].Name, nil
}

// balanceCodes are the accounts whose sum is what the platform owes a brand and no campaign has.
func balanceCodes(organizationID string) []string {
	return []string{string(ledger.OrganizationBalance(organizationID)), string(ledger.OrganizationWithdrawing(organizationID))}
}

// balanceSheet has the statements of one organization, by currency.
type balanceSheet struct {
	*period
	organizationID string
	codes          []string
	statements     map[string]*statement.Organization
}

func (p *period) readBalance(ctx context.Context, id string) ([]statement.Organization, error) {
	s := &balanceSheet{period: p, organizationID: id, codes: balanceCodes(id), statements: map[string]*statement.Organization{}}
	for _, step := range []func(context.Context) error{s.readAccounts, s.readLines, s.readDisputes, s.readCampaigns} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	found := make([]statement.Organization, 0, len(s.statements))
	for _, each := range s.statements {
		if s.keepsEmpty || !each.Empty() {
			found = append(found, *each)
		}
	}
	slices.SortFunc(found, func(x, y statement.Organization) int { return cmp.Compare(x.Currency, y.Currency) })
	return found, nil
}

func (s *balanceSheet) of(currency string) *statement.Organization {
	found := s.statements[currency]
	if found == nil {
		found = &statement.Organization{
			OrganizationID: s.organizationID, Currency: money.Currency(currency), Period: s.Period, Preliminary: s.preliminary,
		}
		s.statements[currency] = found
	}
	return found
}

// readAccounts starts with the balances of now, and takes off what came after the month.
func (s *balanceSheet) readAccounts(ctx context.Context) error {
	rows, err := s.q.ListBalanceAccounts(ctx, s.codes)
	if err != nil {
		return err
	}
	for _, row := range rows {
		s.of(row.Currency).AddBalance(row.Part, row.SumMinor)
	}
	later, err := s.q.ListBalanceLater(ctx, sqlc.ListBalanceLaterParams{Codes: s.codes, FirstSeq: s.firstSeq, EndsAt: s.EndsAt})
	for _, row := range later {
		s.of(row.Currency).AddLater(row.Part, row.SumMinor)
	}
	return err
}

func (s *balanceSheet) readLines(ctx context.Context) error {
	rows, err := s.q.ListBalanceLines(ctx, sqlc.ListBalanceLinesParams{Codes: s.codes, FirstSeq: s.firstSeq, StartsAt: s.StartsAt, EndsAt: s.EndsAt})
	for _, row := range rows {
		s.of(row.Currency).Add(statement.BalancePosted{Part: row.Part, SumMinor: row.SumMinor, Line: statement.BalanceLine{
			EntryID: row.EntryID, Kind: ledger.Kind(row.Kind), Reference: row.Reference, At: row.EffectiveAt,
			DepositID: row.DepositID, PaymentID: row.PaymentID, CampaignID: row.CampaignID, WithdrawalID: row.WithdrawalID, Reason: row.Reason,
		}})
	}
	return err
}

func (s *balanceSheet) readDisputes(ctx context.Context) error {
	rows, err := s.q.ListBalanceDisputes(ctx, sqlc.ListBalanceDisputesParams{OrganizationID: s.organizationID, StartsAt: s.StartsAt, EndsAt: s.EndsAt})
	for _, row := range rows {
		dispute := statement.Dispute{
			DisputeID: row.DisputeID, PaymentID: row.PaymentIntentID, Status: row.Status, AmountMinor: row.AmountMinor, OpenedAt: row.OpenedAt, ClosedAt: row.ClosedAt,
		}
		if row.ClosedAt == nil || !row.ClosedAt.Before(s.EndsAt) {
			dispute.FrozenMinor = row.AmountMinor
		}
		each := s.of(row.Currency)
		each.Disputes = append(each.Disputes, dispute)
	}
	return err
}

// readCampaigns adds the names of the campaigns that money moved to or from.
func (s *balanceSheet) readCampaigns(ctx context.Context) error {
	lines := map[string][]*statement.BalanceLine{}
	for _, each := range s.statements {
		for i := range each.Lines {
			if id := each.Lines[i].CampaignID; id != "" {
				lines[id] = append(lines[id], &each.Lines[i])
			}
		}
	}
	rows, err := s.q.ListCampaignNames(ctx, keysOf(lines))
	for _, row := range rows {
		for _, line := range lines[row.ID] {
			line.CampaignName = row.Name
		}
	}
	return err
}
