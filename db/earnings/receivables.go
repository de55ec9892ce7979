package earnings

import (
	"context"

	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/payout"
)

// Released is money that has become available to a creator, by campaign. RecoverReceivables
// sets the amount of its recovery.
type Released struct {
	Recovery ledger.Recovery
	Lines    []payout.Line
}

// Add adds an amount in minor units to the line of a campaign.
func (r *Released) Add(campaignID string, amountMinor int64) {
	for i := range r.Lines {
		if r.Lines[i].CampaignID == campaignID {
			r.Lines[i].AmountMinor += amountMinor
			return
		}
	}
	r.Lines = append(r.Lines, payout.Line{CampaignID: campaignID, AmountMinor: amountMinor})
}

// RecoverReceivables uses released money to pay the creators' debts to us in the same currency, in
// the order of the lines. The caller must hold the locks of the creators, so that no debt is
// paid twice. It posts nothing for a creator without a debt.
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

// firstOf returns the first lines that sum up to at most amountMinor; the last may be partial.
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
