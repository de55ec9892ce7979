package campaigns

import (
	"context"
	"strconv"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/funding"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/earnings"
	"github.com/creditroll/creditroll/domain/fault"
	domainfunding "github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/names"
)

// AllocateBudget takes the budget of an approved campaign out of its organization's balance. A
// campaign that has its budget already stays as it is. The payment on record is removed from it; it must be
// the one that the caller has cancelled. It returns fault.Conflict "payment_under_way", "balance_too_low",
// "illegal_transition" and fault.NotFound "campaign_not_found".
func (s *Store) AllocateBudget(ctx context.Context, campaignID string, at time.Time, cancelledPayment string) error {
	return s.withBalance(ctx, campaignID, func(b *allocating) error {
		if b.standing.Facts.FundedMinor >= b.standing.Facts.BudgetMinor {
			return nil
		}
		if err := campaign.Check(b.standing.Status, campaign.ConfirmFunding); err != nil {
			return err
		}
		if id := b.standing.PaymentIntentID; id != "" && id != cancelledPayment {
			return fault.New(fault.Conflict, "payment_under_way", "the payment %s for this campaign may be under way: try again", id)
		}
		if err := b.q.UpdateCampaignPaymentIntent(ctx, sqlc.UpdateCampaignPaymentIntentParams{ID: campaignID}); err != nil {
			return err
		}
		return b.allocate(b.standing.Facts.BudgetMinor, at)
	})
}

// ReturnBudget gives what is left of an allocated budget back to the organization's balance. It
// changes nothing if nothing is left, or if clips are first credited what a dispute has held back. It returns fault.NotFound "campaign_not_found".
func (s *Store) ReturnBudget(ctx context.Context, campaignID string, at time.Time) error {
	return s.withBalance(ctx, campaignID, func(b *allocating) error {
		if leftMinor := b.standing.Facts.ReturnableMinor(); leftMinor > 0 && !b.standing.Facts.CreditsWithheld {
			return b.giveBack(leftMinor, "campaign", at)
		}
		return nil
	})
}

// Amend changes budget and end of a campaign, and moves the difference of the budget between its
// escrow and the organization's balance, in one transaction. A repeated amendment returns what it has
// made of the campaign. It returns the faults of campaign.CheckAmendable, Terms.Amend,
// Facts.CheckReduction and CheckBrand, and fault.Conflict "balance_too_low".
func (s *Store) Amend(ctx context.Context, a campaign.Amendment) (amended campaign.Amended, err error) {
	err = s.withBalance(ctx, a.CampaignID, func(b *allocating) error {
		if replayed, found, err := b.findAmendment(a); found || err != nil {
			amended = replayed
			return err
		}
		amended, err = b.amend(a)
		return err
	})
	return amended, err
}

// allocating is a campaign whose budget guard and organization's balance are locked, in this order.
type allocating struct {
	ctx      context.Context
	store    *Store
	q        *sqlc.Queries
	budget   sqlc.CampaignBudget
	standing campaign.Standing
	stored   Campaign
	balance  domainfunding.Balance
}

func (s *Store) withBalance(ctx context.Context, campaignID string, work func(*allocating) error) error {
	stored, err := s.Get(ctx, campaignID)
	if err != nil {
		return err
	}
	shape := ledger.Allocation{OrganizationID: stored.OrganizationID, CampaignID: campaignID}
	if err := s.journal.OpenAccounts(ctx, ledger.BudgetAllocated(shape), LossEntry(campaignID)); err != nil {
		return err
	}
	return s.db.InTx(ctx, func(q *sqlc.Queries) error {
		budget, err := lockBudget(ctx, q, campaignID, stored.Terms.Currency)
		if err != nil {
			return err
		}
		balance, err := funding.LockBalance(ctx, q, stored.OrganizationID, stored.Terms.Currency)
		if err != nil {
			return err
		}
		standing, err := campaignFacts(ctx, q, campaignID, 0)
		if err != nil {
			return err
		}
		stored.Terms.BudgetMinor, stored.Terms.EndsAt = standing.Facts.BudgetMinor, standing.EndsAt // now that they are locked
		return work(&allocating{ctx: ctx, store: s, q: q, budget: budget, standing: standing, stored: stored, balance: balance})
	})
}

func (b *allocating) allocate(amountMinor int64, at time.Time) error {
	if err := b.balance.Require(amountMinor); err != nil {
		return err
	}
	if err := b.post(ledger.BudgetAllocated(b.allocation(amountMinor, at)), amountMinor, 0); err != nil {
		return err
	}
	return b.recordPayments()
}

// recordPayments records which payments the allocated money can be from, for the rule about payments by
// card. It names the newest deposit of each method, however much of the balance is from it. A rule that
// counts amounts, such as first in first out, would not do: the rest of the balance can be withdrawn by
// a refund of any deposit, so nothing would be left to pay a dispute over the one by card.
func (b *allocating) recordPayments() error {
	return b.q.InsertAllocatedPayments(b.ctx, sqlc.InsertAllocatedPaymentsParams{
		CampaignID: b.stored.ID, OrganizationID: b.stored.OrganizationID, Currency: string(b.stored.Terms.Currency),
	})
}

// giveBack moves unspent money to the balance: first what came from it, and then a part of what was
// paid for this campaign alone. Nothing is refunded now. The moved part of the payment becomes a deposit,
// so a withdrawal can refund it, a dispute over the payment holds it back, and a card's age goes with it.
func (b *allocating) giveBack(amountMinor int64, actor string, at time.Time) error {
	move := b.allocation(amountMinor, at)
	if err := b.post(ledger.BudgetReturned(move), 0, amountMinor); err != nil {
		return err
	}
	known, err := b.q.GetMovedMoney(b.ctx, b.stored.ID)
	if err != nil {
		return err
	}
	movedMinor := amountMinor - b.standing.Facts.AllocatedMinor - known.MovedMinor
	if movedMinor <= 0 {
		return nil
	}
	rows, err := b.q.InsertMovedDeposit(b.ctx, sqlc.InsertMovedDepositParams{
		ID: db.NewID(), AmountMinor: movedMinor, MovedBy: move.Reference, RequestedBy: actor, MovedAt: at, CampaignID: b.stored.ID,
	})
	if err == nil && rows != 1 {
		err = fault.New(fault.Internal, "payment_missing", "the campaign's payment is not on record: run 'creditroll ledger verify'")
	}
	return err
}

func (b *allocating) allocation(amountMinor int64, at time.Time) ledger.Allocation {
	return ledger.Allocation{
		OrganizationID: b.stored.OrganizationID, CampaignID: b.stored.ID, Reference: allocationReference(b.budget),
		Currency: b.stored.Terms.Currency, AmountMinor: amountMinor, At: at,
	}
}

// allocationReference identifies the next move between a campaign and the balance.
func allocationReference(budget sqlc.CampaignBudget) string {
	return budget.CampaignID + "/" + strconv.Itoa(int(budget.Allocations)+1)
}

// post books a move of the budget and changes the guard by it.
func (b *allocating) post(entry ledger.Entry, allocatedMinor, returnedMinor int64) error {
	posted, err := b.store.journal.PostIn(b.ctx, b.q, entry)
	if err != nil {
		return err
	}
	lossMinor, err := ChangeFunds(b.ctx, b.q, b.budget, FundsChange{FundedMinor: allocatedMinor, ReturnedMinor: returnedMinor})
	if err != nil {
		return err
	}
	err = b.q.UpdateAllocated(b.ctx, sqlc.UpdateAllocatedParams{CampaignID: b.stored.ID, AllocatedMinor: allocatedMinor, ReturnedMinor: returnedMinor})
	if err != nil {
		return err
	}
	return b.store.BookLoss(b.ctx, b.q, b.budget, posted[0].EntryID, lossMinor, entry.EffectiveAt)
}

// findAmendment returns what an earlier request of the same id has made of the campaign. It returns
// fault.Conflict "amendment_exists" if that one was about another campaign.
func (b *allocating) findAmendment(a campaign.Amendment) (campaign.Amended, bool, error) {
	rows, err := b.q.FindAmendment(b.ctx, a.ID)
	if err != nil || len(rows) == 0 {
		return campaign.Amended{}, false, err
	}
	asksSame := rows[0].CampaignID == a.CampaignID && (a.BudgetMinor == 0 || a.BudgetMinor == rows[0].BudgetAfterMinor) &&
		(a.EndsAt.IsZero() || a.EndsAt.Truncate(time.Microsecond).Equal(rows[0].EndsAfter))
	if !asksSame {
		return campaign.Amended{}, true, fault.New(fault.Conflict, "amendment_exists", "another amendment has this id: give a new one")
	}
	return campaign.Amended{
		Number: int(rows[0].Number), Change: campaign.Change{BudgetMinor: rows[0].BudgetAfterMinor, EndsAt: rows[0].EndsAfter.UTC()},
	}, true, nil
}

func (b *allocating) amend(a campaign.Amendment) (campaign.Amended, error) {
	before := b.stored.Terms
	after, err := b.check(a)
	if err != nil {
		return campaign.Amended{}, err
	}
	switch moreMinor := after.BudgetMinor - before.BudgetMinor; {
	case moreMinor > 0:
		err = b.allocate(moreMinor, a.Now)
	case moreMinor < 0:
		err = b.giveBack(-moreMinor, a.Actor, a.Now)
	}
	if err != nil {
		return campaign.Amended{}, err
	}
	count, err := b.q.CountAmendments(b.ctx, a.CampaignID)
	if err != nil {
		return campaign.Amended{}, err
	}
	err = b.q.InsertAmendment(b.ctx, sqlc.InsertAmendmentParams{
		ID: a.ID, CampaignID: a.CampaignID, Number: int32(count) + 1, BudgetBeforeMinor: before.BudgetMinor, BudgetAfterMinor: after.BudgetMinor,
		EndsBefore: before.EndsAt, EndsAfter: after.EndsAt, Actor: a.Actor, Reason: a.Reason, AmendedAt: a.Now,
	})
	if err != nil {
		return campaign.Amended{}, err
	}
	err = b.q.UpdateCampaignTerms(b.ctx, sqlc.UpdateCampaignTermsParams{ID: a.CampaignID, BudgetMinor: after.BudgetMinor, EndsAt: after.EndsAt})
	if err != nil {
		return campaign.Amended{}, err
	}
	err = db.RecordAction(b.ctx, b.q, access.OperatorAction{ID: a.ID, Subject: names.Campaign(a.CampaignID), Action: "amend", Actor: a.Actor, Reason: a.Reason})
	return campaign.Amended{Number: int(count) + 1, Change: campaign.Change{BudgetMinor: after.BudgetMinor, EndsAt: after.EndsAt}}, err
}

// check returns the amended terms if the campaign may have them.
func (b *allocating) check(a campaign.Amendment) (campaign.Terms, error) {
	if err := campaign.CheckAmendable(b.standing.Status); err != nil {
		return campaign.Terms{}, err
	}
	after, err := b.stored.Terms.Amend(a.Change, a.Now)
	if err != nil {
		return campaign.Terms{}, err
	}
	facts := b.standing.Facts
	switch moreMinor := after.BudgetMinor - facts.BudgetMinor; {
	case moreMinor < 0:
		if facts.DeferredMinor, err = b.deferred(); err != nil {
			return after, err
		}
		if facts.ReviewMinor, err = b.reviewed(); err != nil {
			return after, err
		}
		err = facts.CheckReduction(-moreMinor, after.Currency)
	case moreMinor > 0:
		facts.VerificationDue = a.VerifyAbove.Due(after.Currency, after.BudgetMinor, b.standing.Verification)
		err = campaign.CheckBrand(facts)
	}
	return after, err
}

// deferred returns at most what pacing has put off: what the last readings would earn as final ones. The
// caps of creators can make it less.
func (b *allocating) deferred() (int64, error) {
	if !b.stored.Terms.Paces() {
		return 0, nil
	}
	clips, err := b.q.ListDeferred(b.ctx, b.stored.ID)
	if err != nil {
		return 0, err
	}
	deferredMinor := int64(0)
	for _, clip := range clips {
		accrual, err := earnings.Accrue(b.stored.Terms, earnings.Progress{
			CreditableViews: clip.CreditableViews, CreditedViews: clip.CreditedViews, ClipGrossMinor: clip.ClipGrossMinor, IsFinal: true,
			BudgetLeftMinor: b.standing.Facts.EscrowMinor(),
		})
		if err != nil {
			return 0, err
		}
		deferredMinor += accrual.GrossMinor
	}
	return deferredMinor, nil
}
