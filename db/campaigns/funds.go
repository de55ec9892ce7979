package campaigns

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/dispute"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
)

// FundsChange is what an event does to a campaign's money: what came in, what was earned, and
// what the brand got back.
type FundsChange struct{ FundedMinor, SpentMinor, ReturnedMinor int64 }

// ChangeFunds writes down what an event does to a campaign's money, and freezes of what is left
// as much as the open disputes reach: the bank has taken that already, wherever the money
// comes from (a clawback, a refund that failed, another dispute that is won). It returns by
// how much our loss has grown; a negative loss is to be recovered.
//
// The guard is locked, and everything is decided anew from the sums of campaign.Pot: it makes
// no difference in which order a refund and a dispute of the same payment are told.
func ChangeFunds(ctx context.Context, q *sqlc.Queries, budget sqlc.CampaignBudget, change FundsChange) (lossMinor int64, err error) {
	disputes, err := q.ListDisputes(ctx, budget.CampaignID)
	if err != nil {
		return 0, err
	}
	pot := campaign.Pot{
		FundedMinor:   budget.FundedMinor + change.FundedMinor,
		SpentMinor:    budget.SpentMinor + change.SpentMinor,
		ReturnedMinor: budget.RefundedMinor + budget.ShortfallMinor + change.ReturnedMinor,
	}
	for _, each := range disputes {
		if each.Status == string(dispute.StatusOpen) {
			pot.AtRiskMinor += each.AmountMinor
		}
	}
	err = q.UpdateCampaignFunds(ctx, sqlc.UpdateCampaignFundsParams{
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
	for _, each := range disputes {
		if each.Status != string(dispute.StatusOpen) {
			continue
		}
		frozenMinor := min(leftMinor, each.AmountMinor)
		leftMinor -= frozenMinor
		if frozenMinor == each.FrozenMinor {
			continue
		}
		if err := q.UpdateDisputeFrozen(ctx, sqlc.UpdateDisputeFrozenParams{DisputeID: each.DisputeID, FrozenMinor: frozenMinor}); err != nil {
			return err
		}
	}
	return nil
}

// BookLoss posts what an entry cost us beyond what the campaign had left, or gave us back of
// that.
func (s *Store) BookLoss(ctx context.Context, q *sqlc.Queries, budget sqlc.CampaignBudget, causeEntryID string, lossMinor int64, at time.Time) error {
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
	_, err := s.journal.PostIn(ctx, q, entry)
	return err
}

// postWithFunds posts an entry that changes a campaign's money, once.
func (s *Store) postWithFunds(ctx context.Context, campaignID string, entry ledger.Entry, objectID string, change FundsChange) error {
	if err := s.journal.OpenAccounts(ctx, entry, LossEntry(campaignID)); err != nil {
		return err
	}
	return s.db.InTx(ctx, func(q *sqlc.Queries) error {
		budget, err := LockBudget(ctx, q, campaignID, entry.Currency)
		if err != nil {
			return err
		}
		posted, err := s.journal.PostObjectIn(ctx, q, entry, objectID)
		if err != nil || posted.Replayed {
			return err
		}
		lossMinor, err := ChangeFunds(ctx, q, budget, change)
		if err != nil {
			return err
		}
		return s.BookLoss(ctx, q, budget, posted.EntryID, lossMinor, entry.EffectiveAt)
	})
}

// LossEntry has the accounts that bookLoss posts to.
func LossEntry(campaignID string) ledger.Entry {
	return ledger.EscrowShortfall(ledger.Shortfall{CampaignID: campaignID})
}

func LockBudget(ctx context.Context, q *sqlc.Queries, campaignID string, currency money.Currency) (sqlc.CampaignBudget, error) {
	budget, err := q.LockCampaignBudget(ctx, campaignID)
	if err != nil {
		return budget, db.OrNotFound(err, "campaign")
	}
	return budget, RequireCurrency(budget.Currency, currency)
}

func RequireCurrency(campaignCurrency string, currency money.Currency) error {
	if campaignCurrency != string(currency) {
		return fault.Field("currency", "wrong_currency", "the campaign is in %s, not in %s", campaignCurrency, currency)
	}
	return nil
}
