package campaigns

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/db/funding"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
)

// coverLoss takes a loss of a campaign out of its organization's balance, as far as a part of the
// campaign's payment was moved there. The brand has got that part from its bank now, or by a refund that
// a person made by hand. The balance may fall below zero, as after a lost dispute over a deposit. It
// returns how much it took.
//
// The caller has locked the budget guard and has opened the accounts of coverEntry.
func (s *Store) coverLoss(ctx context.Context, q *sqlc.Queries, campaignID string, lossMinor int64, at time.Time) (coveredMinor int64, err error) {
	if lossMinor <= 0 {
		return 0, nil
	}
	standing, err := campaignFacts(ctx, q, campaignID, 0)
	if err != nil {
		return 0, err
	}
	coveredMinor = min(lossMinor, standing.Facts.MovedMinor())
	if coveredMinor <= 0 {
		return 0, nil
	}
	stored, err := q.GetCampaignForDecision(ctx, campaignID)
	if err != nil {
		return 0, err
	}
	currency := money.Currency(stored.Currency)
	if _, err := funding.LockBalance(ctx, q, stored.OrganizationID, currency); err != nil {
		return 0, err
	}
	budget, err := q.LockCampaignBudget(ctx, campaignID) // it has changed since the caller read it
	if err != nil {
		return 0, err
	}
	entry := ledger.BudgetAllocated(ledger.Allocation{
		OrganizationID: stored.OrganizationID, CampaignID: campaignID, Reference: allocationReference(budget), Currency: currency, AmountMinor: coveredMinor, At: at,
	})
	if _, err := s.journal.PostIn(ctx, q, entry); err != nil {
		return 0, err
	}
	if _, err := ChangeFunds(ctx, q, budget, FundsChange{FundedMinor: coveredMinor}); err != nil {
		return 0, err
	}
	return coveredMinor, q.UpdateAllocated(ctx, sqlc.UpdateAllocatedParams{CampaignID: campaignID, AllocatedMinor: coveredMinor})
}

// coverEntry returns an entry with the accounts that coverLoss posts to.
func (s *Store) coverEntry(ctx context.Context, campaignID string) (ledger.Entry, error) {
	stored, err := s.Get(ctx, campaignID)
	return ledger.BudgetAllocated(ledger.Allocation{OrganizationID: stored.OrganizationID, CampaignID: campaignID}), err
}
