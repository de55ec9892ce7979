package statements

import (
	"context"
	"slices"

	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/payout"
	"github.com/creditroll/creditroll/domain/statement"
)

// period reads the statements of creators for one month, quarter or other period in one snapshot.
type period struct {
	ledger.Period
	q           *sqlc.Queries
	preliminary bool
	// firstSeq is that of the first entry that is dated in the period or after it. Postings before
	// it are not read.
	firstSeq int64
	// keepsEmpty keeps statements that have nothing to say.
	keepsEmpty bool
}

// openPeriod returns fault.Conflict "archived" if the period needs postings that are detached.
func openPeriod(ctx context.Context, q *sqlc.Queries, of ledger.Period) (*period, error) {
	if err := requirePostings(ctx, q, of.StartsAt); err != nil {
		return nil, err
	}
	closed, err := isClosed(ctx, q, of.EndsAt)
	if err != nil {
		return nil, err
	}
	firstSeq, err := q.GetFirstSeqFrom(ctx, of.StartsAt)
	return &period{Period: of, q: q, preliminary: !closed, firstSeq: firstSeq}, err
}

// accountsOf are those whose sum is what the platform owes a creator.
func accountsOf(creatorID string) []ledger.Account {
	return []ledger.Account{
		ledger.CreatorPending(creatorID), ledger.CreatorAvailable(creatorID), ledger.CreatorInTransit(creatorID),
		ledger.CreatorConnected(creatorID), ledger.CreatorReceivable(creatorID),
	}
}

// sheet has the statements of some creators, by creator and currency.
type sheet struct {
	*period
	creatorIDs []string
	codes      []string
	statements map[sheetKey]*statement.Creator
}

type sheetKey struct {
	creatorID string
	currency  money.Currency
}

// read returns the statements of creators, in the order of their ids and currencies, without those
// that have nothing to say.
func (p *period) read(ctx context.Context, creatorIDs []string) ([]statement.Creator, error) {
	s := &sheet{period: p, creatorIDs: creatorIDs, statements: map[sheetKey]*statement.Creator{}}
	for _, id := range creatorIDs {
		for _, account := range accountsOf(id) {
			s.codes = append(s.codes, string(account))
		}
	}
	for _, step := range []func(context.Context) error{s.readBalances, s.readPostings, s.readClips, s.readShares, s.readPayouts, s.readCorrections} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	found := make([]statement.Creator, 0, len(s.statements))
	for _, each := range s.statements {
		if s.keepsEmpty || !each.Empty() {
			found = append(found, *each)
		}
	}
	slices.SortFunc(found, statement.ByCreatorAndCurrency)
	return found, nil
}

func (s *sheet) of(creatorID, currency string) *statement.Creator {
	key := sheetKey{creatorID, money.Currency(currency)}
	found := s.statements[key]
	if found == nil {
		found = &statement.Creator{CreatorID: creatorID, Currency: key.currency, Period: s.Period, Preliminary: s.preliminary}
		s.statements[key] = found
	}
	return found
}

// readBalances starts both balances of each statement with the balance of now. readPostings takes
// off what came later.
func (s *sheet) readBalances(ctx context.Context) error {
	rows, err := s.q.ListStatementBalances(ctx, s.codes)
	for _, row := range rows {
		each := s.of(row.CreatorID, row.Currency)
		each.OpeningMinor, each.ClosingMinor = -row.SumMinor, -row.SumMinor
	}
	return err
}

func (s *sheet) readPostings(ctx context.Context) error {
	rows, err := s.q.ListStatementPostings(ctx, sqlc.ListStatementPostingsParams{Codes: s.codes, FirstSeq: s.firstSeq, StartsAt: s.StartsAt, EndsAt: s.EndsAt})
	for _, row := range rows {
		s.of(row.CreatorID, row.Currency).Add(statement.Posted{
			Kind: ledger.Kind(row.Kind), Part: row.Part, AsAffiliate: row.AsAffiliate, After: row.After,
			CampaignID: row.CampaignID, PayoutID: row.PayoutID, CorrectionID: row.CorrectionID, SumMinor: row.SumMinor,
		})
	}
	return err
}

func (s *sheet) readClips(ctx context.Context) error {
	rows, err := s.q.ListStatementClips(ctx, sqlc.ListStatementClipsParams{CreatorIds: s.creatorIDs, StartsAt: s.StartsAt, EndsAt: s.EndsAt})
	for _, row := range rows {
		part := s.of(row.CreatorID, row.Currency).Campaign(row.CampaignID)
		part.Clips, part.ViewsCredited = row.Clips, row.Views
	}
	return err
}

func (s *sheet) readShares(ctx context.Context) error {
	rows, err := s.q.ListStatementShares(ctx, sqlc.ListStatementSharesParams{
		CreatorIds: s.creatorIDs, FeesCode: string(ledger.PlatformFees), StartsAt: s.StartsAt, EndsAt: s.EndsAt,
	})
	for _, row := range rows {
		each := s.of(row.CreatorID, row.Currency)
		each.PlatformFeesMinor, each.AffiliateSharesMinor = row.FeesMinor, row.AffiliatesMinor
	}
	return err
}

func (s *sheet) readPayouts(ctx context.Context) error {
	parts := map[string]*statement.PayoutPart{}
	for _, each := range s.statements {
		for i := range each.Payouts {
			parts[each.Payouts[i].PayoutID] = &each.Payouts[i]
		}
	}
	rows, err := s.q.ListStatementPayouts(ctx, keysOf(parts))
	for _, row := range rows {
		part := parts[row.ID]
		part.AmountMinor, part.FeeMinor, part.Status, part.Method = row.AmountMinor, row.FeeMinor, payout.Status(row.Status), payout.Method(row.Method)
		part.Bank, part.ExchangeRate = money.Amount{Minor: row.BankMinor, Currency: money.Currency(row.BankCurrency)}, row.Rate
		part.TransferID, part.BankPayoutID, part.CreatedAt, part.PaidAt = row.TransferID, row.BankPayoutID, row.CreatedAt, row.PaidAt
	}
	return err
}

// readCorrections adds the reasons. A correction can concern two creators: the one of a clip and the
// affiliate.
func (s *sheet) readCorrections(ctx context.Context) error {
	parts := map[string][]*statement.CorrectionPart{}
	for _, each := range s.statements {
		for i := range each.Corrections {
			id := each.Corrections[i].CorrectionID
			parts[id] = append(parts[id], &each.Corrections[i])
		}
	}
	rows, err := s.q.ListStatementCorrections(ctx, keysOf(parts))
	for _, row := range rows {
		for _, part := range parts[row.ID] {
			part.Reason, part.ClipID = row.Reason, row.ClipID
		}
	}
	return err
}

func keysOf[T any](parts map[string]T) []string {
	ids := make([]string, 0, len(parts))
	for id := range parts {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}
