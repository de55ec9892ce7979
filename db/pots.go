package db

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
)

// potChange is what an event does to a campaign's money: what came in, what was earned, and
// what the brand got back.
type potChange struct{ fundedMinor, spentMinor, returnedMinor int64 }

// changePot writes down what an event does to a campaign's money, and freezes of what is left
// as much as the open disputes reach: the bank has taken that already, wherever the money
// comes from (a clawback, a refund that failed, another dispute that is won). It returns by
// how much our loss has grown; a negative loss is to be recovered.
//
// The guard is locked, and everything is decided anew from the sums of campaign.Pot: it makes
// no difference in which order a refund and a dispute of the same payment are told.
func changePot(ctx context.Context, q *sqlc.Queries, budget sqlc.CampaignBudget, change potChange) (lossMinor int64, err error) {
	disputes, err := q.ListDisputes(ctx, budget.CampaignID)
	if err != nil {
		return 0, err
	}
	pot := campaign.Pot{
		FundedMinor:   budget.FundedMinor + change.fundedMinor,
		SpentMinor:    budget.SpentMinor + change.spentMinor,
		ReturnedMinor: budget.RefundedMinor + budget.ShortfallMinor + change.returnedMinor,
	}
	for _, dispute := range disputes {
		if dispute.Status == string(DisputeOpen) {
			pot.AtRiskMinor += dispute.AmountMinor
		}
	}
	err = q.UpdateCampaignPot(ctx, sqlc.UpdateCampaignPotParams{
		CampaignID: budget.CampaignID, FundedMinor: pot.FundedMinor, SpentMinor: pot.SpentMinor, RefundedMinor: pot.RefundedMinor(),
		DisputedMinor: pot.FrozenMinor(), ShortfallMinor: pot.ShortfallMinor(),
	})
	if err != nil {
		return 0, err
	}
	return pot.ShortfallMinor() - budget.ShortfallMinor, freeze(ctx, q, disputes, pot.FrozenMinor())
}

// freeze tells the open disputes of a campaign, in their order, what each has frozen.
func freeze(ctx context.Context, q *sqlc.Queries, disputes []sqlc.FundingDispute, leftMinor int64) error {
	for _, dispute := range disputes {
		if dispute.Status != string(DisputeOpen) {
			continue
		}
		frozenMinor := min(leftMinor, dispute.AmountMinor)
		leftMinor -= frozenMinor
		if frozenMinor == dispute.FrozenMinor {
			continue
		}
		if err := q.UpdateDisputeFrozen(ctx, sqlc.UpdateDisputeFrozenParams{DisputeID: dispute.DisputeID, FrozenMinor: frozenMinor}); err != nil {
			return err
		}
	}
	return nil
}

// bookLoss posts what an entry cost us beyond what the campaign had left, or gave us back of
// that.
func (s *Store) bookLoss(ctx context.Context, q *sqlc.Queries, budget sqlc.CampaignBudget, causeEntryID string, lossMinor int64, at time.Time) error {
	shortfall := ledger.Shortfall{
		CampaignID: budget.CampaignID, Reference: causeEntryID, Currency: money.Currency(budget.Currency), AmountMinor: max(lossMinor, -lossMinor), At: at,
	}
	entry := ledger.EscrowShortfall(shortfall)
	switch {
	case lossMinor == 0:
		return nil
	case lossMinor < 0:
		entry = ledger.ShortfallRecovered(shortfall)
	}
	_, err := s.post(ctx, q, entry)
	return err
}

// postFromPot posts an entry that changes a campaign's money, once.
func (s *Store) postFromPot(ctx context.Context, campaignID string, entry ledger.Entry, object externalObject, change potChange) error {
	if err := s.ensureAccounts(ctx, entry, lossOf(campaignID)); err != nil {
		return err
	}
	return s.inTx(ctx, func(q *sqlc.Queries) error {
		budget, err := lockBudget(ctx, q, campaignID, entry.Currency)
		if err != nil {
			return err
		}
		posted, err := s.postObject(ctx, q, entry, object)
		if err != nil || posted.Replayed {
			return err
		}
		lossMinor, err := changePot(ctx, q, budget, change)
		if err != nil {
			return err
		}
		return s.bookLoss(ctx, q, budget, posted.EntryID, lossMinor, entry.EffectiveAt)
	})
}

// lossOf has the accounts that bookLoss posts to.
func lossOf(campaignID string) ledger.Entry {
	return ledger.EscrowShortfall(ledger.Shortfall{CampaignID: campaignID})
}

func lockBudget(ctx context.Context, q *sqlc.Queries, campaignID string, currency money.Currency) (sqlc.CampaignBudget, error) {
	budget, err := q.LockCampaignBudget(ctx, campaignID)
	if err != nil {
		return budget, orNotFound(err, "campaign")
	}
	return budget, sameCurrency(budget.Currency, currency)
}
