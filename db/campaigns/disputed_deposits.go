package campaigns

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/funding"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/dispute"
	domainfunding "github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/money"
)

// A disputed deposit is held back from its organization's balance, and so is what was moved there from the
// disputed payment of a campaign. What the balance lacks, because campaigns have got it, is frozen in their
// escrow, the newest first. Each campaign is one transaction, which locks its budget guard and then the guard
// of the balance. Everything follows from what is on record, so each step may be repeated. A crash between two
// of them leaves money held twice, or freezes it a moment later.

// FreezeNext freezes what the balance lacks for an open dispute in the newest campaign that has unspent money
// of the balance, and returns what it froze. It returns nothing if the balance lacks nothing, no campaign has
// any, or the dispute is decided.
func (s *Store) FreezeNext(ctx context.Context, disputeID string) (frozen dispute.Frozen, err error) {
	disputed, err := s.db.Queries.GetDisputedBalance(ctx, disputeID)
	if err != nil {
		return frozen, db.OrNotFound(err, "dispute")
	}
	balance, err := funding.ReadBalance(ctx, s.db.Queries, disputed.OrganizationID, money.Currency(disputed.Currency))
	if err != nil || lackMinor(disputed, balance) == 0 {
		return frozen, err
	}
	found, err := s.db.Queries.FindFreezableCampaign(ctx, sqlc.FindFreezableCampaignParams{OrganizationID: disputed.OrganizationID, Currency: disputed.Currency})
	if err != nil || len(found) == 0 {
		return frozen, db.Translate(err)
	}
	err = s.withBalance(ctx, found[0], func(b *allocating) error {
		frozen = dispute.Frozen{} // the transaction may be tried again
		locked, err := b.q.GetDisputedBalance(ctx, disputeID)
		if err != nil {
			return err
		}
		amountMinor, err := b.freezable()
		if err != nil {
			return err
		}
		if amountMinor = min(amountMinor, lackMinor(locked, b.balance)); amountMinor <= 0 {
			return nil // it was spent or frozen in between
		}
		err = b.q.UpsertDisputedBudget(ctx, sqlc.UpsertDisputedBudgetParams{DisputeID: disputeID, CampaignID: b.stored.ID, AmountMinor: amountMinor})
		if err != nil {
			return err
		}
		frozen = dispute.Frozen{CampaignID: b.stored.ID, AmountMinor: amountMinor}
		_, err = ChangeFunds(ctx, b.q, b.budget, FundsChange{})
		return err
	})
	return frozen, err
}

// lackMinor is what an open dispute claims of a balance and neither the balance nor budgets hold.
func lackMinor(disputed sqlc.GetDisputedBalanceRow, balance domainfunding.Balance) int64 {
	return min(disputed.AtRiskMinor, balance.UncoveredMinor())
}

// freezable is what a campaign has unspent of the balance's money and no dispute freezes.
func (b *allocating) freezable() (int64, error) {
	held, err := b.q.ListDisputedBudgets(b.ctx, b.stored.ID)
	if err != nil {
		return 0, err
	}
	fromBalanceMinor := b.standing.Facts.AllocatedMinor
	for _, each := range held {
		fromBalanceMinor -= each.FrozenMinor
	}
	return min(fromBalanceMinor, b.standing.Facts.EscrowMinor()-b.standing.Facts.DisputedMinor), nil
}

// ReleaseNext ends what a dispute freezes in one campaign that was funded from the balance, and returns which.
// If the dispute is lost, what was frozen goes to the balance first, which bears the loss. It returns nothing
// once no campaign is frozen. It is called before the decision is booked, so that the balance holds the money until then.
func (s *Store) ReleaseNext(ctx context.Context, disputeID string, lost bool, at time.Time) (released dispute.Frozen, err error) {
	held, err := s.db.Queries.ListBudgetsOfDispute(ctx, disputeID)
	if err != nil || len(held) == 0 {
		return released, db.Translate(err)
	}
	err = s.withBalance(ctx, held[0].CampaignID, func(b *allocating) error {
		released = dispute.Frozen{CampaignID: b.stored.ID}
		locked, err := b.q.ListDisputedBudgets(ctx, released.CampaignID)
		if err != nil {
			return err
		}
		for _, each := range locked {
			if each.DisputeID == disputeID {
				released.AmountMinor = each.FrozenMinor
				return b.release(each, lost, at)
			}
		}
		return nil // it was released in between
	})
	return released, err
}

func (b *allocating) release(held sqlc.DisputedBudget, lost bool, at time.Time) error {
	takenMinor := int64(0)
	if lost {
		takenMinor = held.FrozenMinor
	}
	err := b.q.UpdateDisputedBudgetReleased(b.ctx, sqlc.UpdateDisputedBudgetReleasedParams{
		DisputeID: held.DisputeID, CampaignID: held.CampaignID, TakenMinor: takenMinor, ReleasedAt: at,
	})
	if err != nil {
		return err
	}
	if takenMinor > 0 {
		return b.giveBack(takenMinor, "dispute", at)
	}
	_, err = ChangeFunds(b.ctx, b.q, b.budget, FundsChange{})
	return err
}

// ListCampaignsOfDispute returns the campaigns in which a dispute has frozen money of the balance, also those
// that are released.
func (s *Store) ListCampaignsOfDispute(ctx context.Context, disputeID string) ([]string, error) {
	listed, err := s.db.Queries.ListCampaignsOfDispute(ctx, disputeID)
	return listed, db.Translate(err)
}

// GetHeld returns where the disputed money of a balance is held, or fault.NotFound "dispute_not_found". With
// several open disputes over one balance, each counts what the balance lacks for all of them.
func (s *Store) GetHeld(ctx context.Context, disputeID string) (held dispute.Held, err error) {
	disputed, err := s.db.Queries.GetDisputedBalance(ctx, disputeID)
	if err != nil {
		return held, db.OrNotFound(err, "dispute")
	}
	balance, err := funding.ReadBalance(ctx, s.db.Queries, disputed.OrganizationID, money.Currency(disputed.Currency))
	if err != nil {
		return held, err
	}
	budgets, err := s.db.Queries.ListBudgetsOfDispute(ctx, disputeID)
	if err != nil {
		return held, db.Translate(err)
	}
	held.MissingMinor = lackMinor(disputed, balance)
	held.BalanceMinor = disputed.AtRiskMinor - held.MissingMinor
	for _, each := range budgets {
		held.Campaigns = append(held.Campaigns, dispute.Frozen{CampaignID: each.CampaignID, AmountMinor: each.FrozenMinor})
	}
	return held, nil
}
