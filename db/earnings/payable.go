package earnings

import (
	"context"

	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/payout"
)

// Payable is what one creator may still be paid in one currency, by campaign. Its sum is the
// creator's available balance. Whoever takes from it holds the creator's lock.
type Payable struct {
	campaigns []string // in the order of ids
	Minor     map[string]int64
}

func LoadPayable(ctx context.Context, q *sqlc.Queries, creatorID string, currency money.Currency) (*Payable, error) {
	lines, err := q.ListPayableLines(ctx, sqlc.ListPayableLinesParams{CreatorID: creatorID, Currency: string(currency)})
	if err != nil {
		return nil, err
	}
	left := &Payable{Minor: make(map[string]int64, len(lines))}
	for _, line := range lines {
		left.campaigns = append(left.campaigns, line.CampaignID)
		left.Minor[line.CampaignID] = line.AmountMinor
	}
	return left, nil
}

// Take removes up to amountMinor, from the first campaign before the others, and returns
// what each campaign gave.
func (p *Payable) Take(first string, amountMinor int64) []payout.Line {
	var taken []payout.Line
	for _, campaignID := range append([]string{first}, p.campaigns...) {
		fromMinor := min(amountMinor, p.Minor[campaignID])
		if fromMinor == 0 {
			continue
		}
		p.Minor[campaignID] -= fromMinor
		amountMinor -= fromMinor
		taken = append(taken, payout.Line{CampaignID: campaignID, AmountMinor: fromMinor})
	}
	return taken
}

func Deduct(deductions *sqlc.InsertEarningDeductionsParams, entryID, creatorID string, currency money.Currency, lines ...payout.Line) {
	for _, line := range lines {
		deductions.EntryIds = append(deductions.EntryIds, entryID)
		deductions.CreatorIds = append(deductions.CreatorIds, creatorID)
		deductions.CampaignIds = append(deductions.CampaignIds, line.CampaignID)
		deductions.Currencies = append(deductions.Currencies, string(currency))
		deductions.AmountsMinor = append(deductions.AmountsMinor, line.AmountMinor)
	}
}

// Released is money that has just become available to a creator, by campaign. Its recovery has
// no amount yet.
type Released struct {
	Recovery ledger.Recovery
	Lines    []payout.Line
}

// RecoverReceivables lets what has become available pay the same creator's debt in the same
// currency first, in the order of campaigns. The creators are locked, so that no debt is paid
// twice. Nothing is posted for who owes nothing.
func (s *Store) RecoverReceivables(ctx context.Context, q *sqlc.Queries, all []Released) error {
	codes := make([]string, len(all))
	for i, each := range all {
		codes[i] = string(ledger.CreatorReceivable(each.Recovery.CreatorID))
	}
	debts, err := q.ListReceivables(ctx, codes)
	if err != nil || len(debts) == 0 {
		return err
	}
	owedMinor := make(map[releaseKey]int64, len(debts))
	for _, debt := range debts {
		account := ledger.Account(debt.Code)
		s.journal.RememberAccount(account, debt.ID)
		creatorID, _, _ := account.OfCreator()
		owedMinor[releaseKey{creatorID, debt.Currency}] = debt.AmountMinor
	}
	var entries []ledger.Entry
	var paid [][]payout.Line
	for _, each := range all {
		taken := firstOf(each.Lines, owedMinor[releaseKey{each.Recovery.CreatorID, string(each.Recovery.Currency)}])
		if len(taken) > 0 {
			each.Recovery.AmountMinor = payout.SumMinor(taken)
			entries, paid = append(entries, ledger.ReceivableRecovered(each.Recovery)), append(paid, taken)
		}
	}
	return s.postRecoveries(ctx, q, entries, paid)
}

// firstOf returns the lines that make up amountMinor, the last of them in part.
func firstOf(lines []payout.Line, amountMinor int64) []payout.Line {
	var first []payout.Line
	for _, line := range lines {
		if line.AmountMinor = min(line.AmountMinor, amountMinor); line.AmountMinor > 0 {
			first = append(first, line)
			amountMinor -= line.AmountMinor
		}
	}
	return first
}

func (s *Store) postRecoveries(ctx context.Context, q *sqlc.Queries, entries []ledger.Entry, paid [][]payout.Line) error {
	if len(entries) == 0 {
		return nil
	}
	posted, err := s.journal.PostIn(ctx, q, entries...)
	if err != nil {
		return err
	}
	deductions := sqlc.InsertEarningDeductionsParams{}
	for i, entry := range entries {
		creatorID, _, _ := entry.Postings[0].Account.OfCreator()
		Deduct(&deductions, posted[i].EntryID, creatorID, entry.Currency, paid[i]...)
	}
	return q.InsertEarningDeductions(ctx, deductions)
}
