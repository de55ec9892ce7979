package earnings

import (
	"context"

	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/payout"
)

// Payable is what one creator can be paid in one currency, by campaign, in minor units. Its sum is
// the creator's available balance. A caller that takes from it must hold the creator's lock.
type Payable struct {
	campaigns []string // in the order of ids
	Minor     map[string]int64
}

// LoadPayable reads what a creator can be paid in a currency.
func LoadPayable(ctx context.Context, q *sqlc.Queries, creatorID string, currency money.Currency) (*Payable, error) {
	lines, err := q.ListPayableLines(ctx, sqlc.ListPayableLinesParams{CreatorID: creatorID, Currency: string(currency)})
	if err != nil {
		return nil, err
	}
	payable := &Payable{Minor: make(map[string]int64, len(lines))}
	for _, line := range lines {
		payable.campaigns = append(payable.campaigns, line.CampaignID)
		payable.Minor[line.CampaignID] = line.AmountMinor
	}
	return payable, nil
}

// TotalMinor returns what can be paid from all campaigns.
func (p *Payable) TotalMinor() int64 {
	totalMinor := int64(0)
	for _, amountMinor := range p.Minor {
		totalMinor += amountMinor
	}
	return totalMinor
}

// Take removes at most amountMinor, from the campaign first before the others, and returns what it
// took from each campaign.
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

// Deduct adds the lines of one creator to the rows of an insert of deductions.
func Deduct(deductions *sqlc.InsertEarningDeductionsParams, entryID, creatorID string, currency money.Currency, lines ...payout.Line) {
	for _, line := range lines {
		deductions.EntryIds = append(deductions.EntryIds, entryID)
		deductions.CreatorIds = append(deductions.CreatorIds, creatorID)
		deductions.CampaignIds = append(deductions.CampaignIds, line.CampaignID)
		deductions.Currencies = append(deductions.Currencies, string(currency))
		deductions.AmountsMinor = append(deductions.AmountsMinor, line.AmountMinor)
	}
}
