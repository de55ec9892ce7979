package ledger

import (
	"time"

	"github.com/creditroll/creditroll/domain/money"
)

// Allocation is a brand's money that moves between its own balance and the escrow of a campaign. No
// money moves at the processor. The reference of its entry is {campaign}/{number}: the number counts
// the campaign's allocations and returns.
type Allocation struct {
	OrganizationID string
	CampaignID     string
	Reference      string
	Currency       money.Currency
	AmountMinor    int64
	At             time.Time
}

// BudgetAllocated moves money of the brand into escrow.
func BudgetAllocated(a Allocation) Entry {
	return a.entry(KindBudgetAllocated,
		Posting{OrganizationBalance(a.OrganizationID), a.AmountMinor},
		Posting{CampaignEscrow(a.CampaignID), -a.AmountMinor},
	)
}

// BudgetReturned moves unspent money from escrow back to the brand's balance.
func BudgetReturned(a Allocation) Entry {
	return a.entry(KindBudgetReturned,
		Posting{CampaignEscrow(a.CampaignID), a.AmountMinor},
		Posting{OrganizationBalance(a.OrganizationID), -a.AmountMinor},
	)
}

func (a Allocation) entry(kind Kind, postings ...Posting) Entry {
	return Entry{Kind: kind, Reference: a.Reference, Currency: a.Currency, EffectiveAt: a.At, Postings: postings}
}
