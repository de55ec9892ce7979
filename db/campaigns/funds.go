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

// FundsChange is how an event changes a campaign's funds, in minor units: what was paid in, what
// was earned, and what was returned to the brand. Each may be negative.
type FundsChange struct{ FundedMinor, SpentMinor, ReturnedMinor int64 }

// ChangeFunds stores a change of a campaign's funds. It freezes the rest up to the amount of the
// open disputes, because the bank has withdrawn that amount already. It returns by how much our
// loss grows, in minor units. A negative value is a recovery.
//
// The caller must hold the lock of the budget guard. All amounts follow from the sums of
// campaign.Funds, so a refund and a dispute of one payment may arrive in any order.
func ChangeFunds(ctx context.Context, q *sqlc.Queries, budget sqlc.CampaignBudget, change FundsChange) (lossMinor int64, err error) {
	disputes, err := q.ListDisputes(ctx, budget.CampaignID)
	if err != nil {
		return 0, err
	}
	funds := campaign.Funds{
		FundedMinor:   budget.FundedMinor + change.FundedMinor,
		SpentMinor:    budget.SpentMinor + change.SpentMinor,
		ReturnedMinor: budget.RefundedMinor + budget.ShortfallMinor + change.ReturnedMinor,
	}
	budgets, err := q.ListDisputedBudgets(ctx, budget.CampaignID)
	if err != nil {
		return 0, err
	}
	for _, each := range disputes {
		if each.Status == string(dispute.StatusOpen) {
			funds.AtRiskMinor += each.AmountMinor
		}
	}
	for _, each := range budgets {
		funds.AtRiskMinor += each.AmountMinor
	}
	// What is gone can be kept for no review any more.
	if excessMinor := budget.KeptMinor - funds.EscrowMinor(); excessMinor > 0 && budget.KeptMinor > 0 {
		if err := q.TrimKept(ctx, sqlc.TrimKeptParams{CampaignID: budget.CampaignID, ExcessMinor: min(excessMinor, budget.KeptMinor)}); err != nil {
			return 0, err
		}
	}
	err = q.UpdateCampaignFunds(ctx, sqlc.UpdateCampaignFundsParams{
		CampaignID: budget.CampaignID, FundedMinor: funds.FundedMinor, SpentMinor: funds.SpentMinor, RefundedMinor: funds.RefundedMinor(),
		DisputedMinor: funds.FrozenMinor(), ShortfallMinor: funds.ShortfallMinor(),
	})
	if err != nil {
		return 0, err
	}
	return funds.ShortfallMinor() - budget.ShortfallMinor, freeze(ctx, q, disputes, budgets, funds.FrozenMinor())
}

// freeze divides the frozen amount among the open disputes of a campaign, in their order, and then among those
// over deposits.
func freeze(ctx context.Context, q *sqlc.Queries, disputes []sqlc.FundingDispute, budgets []sqlc.DisputedBudget, frozenMinor int64) error {
	for _, each := range disputes {
		if each.Status != string(dispute.StatusOpen) {
			continue
		}
		shareMinor := min(frozenMinor, each.AmountMinor)
		frozenMinor -= shareMinor
		if shareMinor == each.FrozenMinor {
			continue
		}
		if err := q.UpdateDisputeFrozen(ctx, sqlc.UpdateDisputeFrozenParams{DisputeID: each.DisputeID, FrozenMinor: shareMinor}); err != nil {
			return err
		}
	}
	for _, each := range budgets {
		shareMinor := min(frozenMinor, each.AmountMinor)
		frozenMinor -= shareMinor
		if shareMinor == each.FrozenMinor {
			continue
		}
		err := q.UpdateDisputedBudgetFrozen(ctx, sqlc.UpdateDisputedBudgetFrozenParams{DisputeID: each.DisputeID, CampaignID: each.CampaignID, FrozenMinor: shareMinor})
		if err != nil {
			return err
		}
	}
	return nil
}

// BookLoss posts a loss that exceeds what the campaign had left, or its recovery if lossMinor is
// negative. It refers to the entry that caused it, and posts nothing for zero.
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

// postWithFunds posts an entry and changes the campaign's funds, once. record, if there is one, runs
// in the same transaction.
func (s *Store) postWithFunds(ctx context.Context, campaignID string, entry ledger.Entry, objectID string, change FundsChange, record func(*sqlc.Queries) error) error {
	opened := []ledger.Entry{entry, LossEntry(campaignID)}
	if change.ReturnedMinor > 0 {
		cover, err := s.coverEntry(ctx, campaignID)
		if err != nil {
			return err
		}
		opened = append(opened, cover)
	}
	if err := s.journal.OpenAccounts(ctx, opened...); err != nil {
		return err
	}
	return s.db.InTx(ctx, func(q *sqlc.Queries) error {
		budget, err := lockBudget(ctx, q, campaignID, entry.Currency)
		if err != nil {
			return err
		}
		posted, err := s.journal.PostObjectIn(ctx, q, entry, objectID)
		if err != nil || posted.Replayed {
			return err
		}
		if record != nil {
			if err := record(q); err != nil {
				return err
			}
		}
		lossMinor, err := ChangeFunds(ctx, q, budget, change)
		if err != nil {
			return err
		}
		coveredMinor, err := s.coverLoss(ctx, q, campaignID, lossMinor, entry.EffectiveAt)
		if err != nil {
			return err
		}
		return s.BookLoss(ctx, q, budget, posted.EntryID, lossMinor-coveredMinor, entry.EffectiveAt)
	})
}

// LossEntry returns an entry with the accounts that BookLoss posts to, for
// journal.Store.OpenAccounts.
func LossEntry(campaignID string) ledger.Entry {
	return ledger.EscrowShortfall(ledger.Shortfall{CampaignID: campaignID})
}

// lockBudget locks the budget guard of a campaign. It returns fault.NotFound
// "campaign_not_found" and fault.Invalid "wrong_currency".
func lockBudget(ctx context.Context, q *sqlc.Queries, campaignID string, currency money.Currency) (sqlc.CampaignBudget, error) {
	budget, err := q.LockCampaignBudget(ctx, campaignID)
	if err != nil {
		return budget, db.OrNotFound(err, "campaign")
	}
	return budget, RequireCurrency(budget.Currency, currency)
}

// RequireCurrency returns fault.Invalid "wrong_currency" unless a campaign is in the currency.
func RequireCurrency(campaignCurrency string, currency money.Currency) error {
	if campaignCurrency != string(currency) {
		return fault.Field("currency", "wrong_currency", "the campaign is in %s, not in %s", campaignCurrency, currency)
	}
	return nil
}
