package db

import (
	"context"

	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
)

// payable is what one creator may still be paid in one currency, by campaign. Its sum is the
// creator's available balance. Whoever takes from it holds the creator's lock.
type payable struct {
	campaigns []string // in the order of ids
	minor     map[string]int64
}

func loadPayable(ctx context.Context, q *sqlc.Queries, creatorID string, currency money.Currency) (*payable, error) {
	lines, err := q.ListPayableLines(ctx, sqlc.ListPayableLinesParams{CreatorID: creatorID, Currency: string(currency)})
	if err != nil {
		return nil, err
	}
	left := &payable{minor: make(map[string]int64, len(lines))}
	for _, line := range lines {
		left.campaigns = append(left.campaigns, line.CampaignID)
		left.minor[line.CampaignID] = line.AmountMinor
	}
	return left, nil
}

// take removes up to amountMinor, from the first campaign before the others, and returns
// what each campaign gave.
func (p *payable) take(first string, amountMinor int64) []PayoutLine {
	var taken []PayoutLine
	for _, campaignID := range append([]string{first}, p.campaigns...) {
		fromMinor := min(amountMinor, p.minor[campaignID])
		if fromMinor == 0 {
			continue
		}
		p.minor[campaignID] -= fromMinor
		amountMinor -= fromMinor
		taken = append(taken, PayoutLine{CampaignID: campaignID, AmountMinor: fromMinor})
	}
	return taken
}

func sumOf(lines []PayoutLine) int64 {
	totalMinor := int64(0)
	for _, line := range lines {
		totalMinor += line.AmountMinor
	}
	return totalMinor
}

func deduct(deductions *sqlc.InsertEarningDeductionsParams, entryID, creatorID string, currency money.Currency, lines ...PayoutLine) {
	for _, line := range lines {
		deductions.EntryIds = append(deductions.EntryIds, entryID)
		deductions.CreatorIds = append(deductions.CreatorIds, creatorID)
		deductions.CampaignIds = append(deductions.CampaignIds, line.CampaignID)
		deductions.Currencies = append(deductions.Currencies, string(currency))
		deductions.AmountsMinor = append(deductions.AmountsMinor, line.AmountMinor)
	}
}

// freed is money that has just become available to a creator, by campaign. Its recovery has
// no amount yet.
type freed struct {
	recovery ledger.Recovery
	lines    []PayoutLine
}

// recoverReceivables lets what has become available pay the same creator's debt in the same
// currency first, in the order of campaigns. The creators are locked, so that no debt is paid
// twice. Nothing is posted for who owes nothing.
func (s *Store) recoverReceivables(ctx context.Context, q *sqlc.Queries, all []freed) error {
	codes := make([]string, len(all))
	for i, each := range all {
		codes[i] = string(ledger.CreatorReceivable(each.recovery.CreatorID))
	}
	debts, err := q.ListReceivables(ctx, codes)
	if err != nil || len(debts) == 0 {
		return err
	}
	owedMinor := make(map[releaseKey]int64, len(debts))
	for _, debt := range debts {
		account := ledger.Account(debt.Code)
		s.accounts.add(account, debt.ID)
		creatorID, _, _ := account.OfCreator()
		owedMinor[releaseKey{creatorID, debt.Currency}] = debt.AmountMinor
	}
	var entries []ledger.Entry
	var paid [][]PayoutLine
	for _, each := range all {
		taken := firstOf(each.lines, owedMinor[releaseKey{each.recovery.CreatorID, string(each.recovery.Currency)}])
		if len(taken) > 0 {
			each.recovery.AmountMinor = sumOf(taken)
			entries, paid = append(entries, ledger.ReceivableRecovered(each.recovery)), append(paid, taken)
		}
	}
	return s.postRecoveries(ctx, q, entries, paid)
}

// firstOf returns the lines that make up amountMinor, the last of them in part.
func firstOf(lines []PayoutLine, amountMinor int64) []PayoutLine {
	var first []PayoutLine
	for _, line := range lines {
		if line.AmountMinor = min(line.AmountMinor, amountMinor); line.AmountMinor > 0 {
			first = append(first, line)
			amountMinor -= line.AmountMinor
		}
	}
	return first
}

func (s *Store) postRecoveries(ctx context.Context, q *sqlc.Queries, entries []ledger.Entry, paid [][]PayoutLine) error {
	if len(entries) == 0 {
		return nil
	}
	posted, err := s.post(ctx, q, entries...)
	if err != nil {
		return err
	}
	deductions := sqlc.InsertEarningDeductionsParams{}
	for i, entry := range entries {
		creatorID, _, _ := entry.Postings[0].Account.OfCreator()
		deduct(&deductions, posted[i].EntryID, creatorID, entry.Currency, paid[i]...)
	}
	return q.InsertEarningDeductions(ctx, deductions)
}
