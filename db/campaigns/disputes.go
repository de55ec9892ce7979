package campaigns

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/dispute"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
)

// FundingDispute is a payment that a brand's bank took back. FrozenMinor is the part of its amount
// in escrow, which nothing earns while the dispute is open. After a lost dispute it is what was
// taken out of escrow.
type FundingDispute struct {
	ledger.Dispute
	FrozenMinor int64
	Status      dispute.Status
	ClosedAt    *time.Time
}

// RecordDisputeOpened books a dispute, once, and freezes its amount as far as the campaign has
// money left. It returns fault.Invalid "amount_not_positive" and "wrong_currency",
// fault.NotFound "campaign_not_found", and fault.Conflict "reference_reused" for a dispute that
// was opened with another amount.
//
// It locks the budget guard first, as accruals do. An earlier accrual keeps its earnings, and a
// later one finds the money frozen. Each of the three steps of a dispute is one transaction.
// A repeated step changes nothing, so it is safe to repeat after a crash.
func (s *Store) RecordDisputeOpened(ctx context.Context, dispute ledger.Dispute) error {
	if dispute.AmountMinor <= 0 || dispute.FeeMinor < 0 {
		return fault.Field("amount_minor", "amount_not_positive", "the amount of a dispute must be above zero, and its fee must not be negative")
	}
	return s.withDisputeGuard(ctx, dispute, func(q *sqlc.Queries, budget sqlc.CampaignBudget) error {
		posted, err := s.journal.PostObjectIn(ctx, q, ledger.FundingDisputed(dispute), dispute.DisputeID)
		if err != nil || posted.Replayed {
			return err
		}
		err = q.InsertDispute(ctx, sqlc.InsertDisputeParams{
			DisputeID: dispute.DisputeID, CampaignID: &dispute.CampaignID, PaymentIntentID: dispute.PaymentIntentID, Currency: string(dispute.Currency),
			AmountMinor: dispute.AmountMinor, FeeMinor: dispute.FeeMinor, OpenedAt: dispute.At,
		})
		if err != nil {
			return err
		}
		_, err = ChangeFunds(ctx, q, budget, FundsChange{})
		return err
	})
}

// RecordDisputeWon books that the amount was returned. The campaign can spend it again, except
// for what other disputes freeze. It returns fault.NotFound "dispute_not_found" for a dispute
// that was never opened, and fault.Conflict "dispute_decided" for one that was lost.
func (s *Store) RecordDisputeWon(ctx context.Context, disputeID string, at time.Time) error {
	return s.closeDispute(ctx, disputeID, dispute.StatusWon, at, func(q *sqlc.Queries, budget sqlc.CampaignBudget, dispute FundingDispute) error {
		if _, err := s.journal.PostIn(ctx, q, ledger.DisputeWon(dispute.Dispute)); err != nil {
			return err
		}
		_, err := ChangeFunds(ctx, q, budget, FundsChange{})
		return err
	})
}

// RecordDisputeLost books that the amount is lost. The part that the campaign had left counts as
// refunded to the brand. A part of the payment that was moved to the organization's balance comes out of
// it. The rest is our loss. It returns fault.NotFound
// "dispute_not_found", and fault.Conflict "dispute_decided" for a dispute that was won.
func (s *Store) RecordDisputeLost(ctx context.Context, disputeID string, at time.Time) error {
	return s.closeDispute(ctx, disputeID, dispute.StatusLost, at, func(q *sqlc.Queries, budget sqlc.CampaignBudget, dispute FundingDispute) error {
		lossMinor, err := ChangeFunds(ctx, q, budget, FundsChange{ReturnedMinor: dispute.AmountMinor})
		if err != nil {
			return err
		}
		coveredMinor, err := s.coverLoss(ctx, q, dispute.CampaignID, lossMinor, at)
		if err != nil {
			return err
		}
		leftMinor := dispute.AmountMinor - lossMinor + coveredMinor
		if err := q.UpdateDisputeFrozen(ctx, sqlc.UpdateDisputeFrozenParams{DisputeID: disputeID, FrozenMinor: leftMinor}); err != nil {
			return err
		}
		_, err = s.journal.PostIn(ctx, q, ledger.DisputeLost(dispute.Dispute, leftMinor))
		return err
	})
}

func (s *Store) closeDispute(ctx context.Context, disputeID string, outcome dispute.Status, at time.Time, settle func(*sqlc.Queries, sqlc.CampaignBudget, FundingDispute) error) error {
	opened, err := s.GetDispute(ctx, disputeID)
	if err != nil {
		return err
	}
	return s.withDisputeGuard(ctx, opened.Dispute, func(q *sqlc.Queries, budget sqlc.CampaignBudget) error {
		// FreezeNext holds the lock of the balance, so it freezes nothing for a dispute that is decided by then.
		if err := s.lockBalanceOf(ctx, q, budget); err != nil {
			return err
		}
		rows, err := q.FindDispute(ctx, disputeID) // the budget guard's lock protects its disputes too
		if err != nil {
			return err
		}
		disputed := newDispute(rows[0])
		if disputed.Status == outcome {
			return nil
		}
		if disputed.Status != dispute.StatusOpen {
			return fault.New(fault.Conflict, "dispute_decided", "the dispute is decided already: it was %s", disputed.Status)
		}
		disputed.At = at
		if err := q.UpdateDisputeClosed(ctx, sqlc.UpdateDisputeClosedParams{DisputeID: disputeID, Status: string(outcome), ClosedAt: &at}); err != nil {
			return err
		}
		return settle(q, budget, disputed)
	})
}

// lockBalanceOf locks the balance of a campaign's organization, if it has one.
func (s *Store) lockBalanceOf(ctx context.Context, q *sqlc.Queries, budget sqlc.CampaignBudget) error {
	stored, err := q.GetCampaignForDecision(ctx, budget.CampaignID)
	if err != nil {
		return err
	}
	_, err = q.LockOrganizationBalance(ctx, sqlc.LockOrganizationBalanceParams{OrganizationID: stored.OrganizationID, Currency: budget.Currency})
	return err
}

// withDisputeGuard opens the accounts of every outcome and then runs work with the budget guard
// locked.
func (s *Store) withDisputeGuard(ctx context.Context, dispute ledger.Dispute, work func(*sqlc.Queries, sqlc.CampaignBudget) error) error {
	shape := ledger.Dispute{CampaignID: dispute.CampaignID, AmountMinor: 2, FeeMinor: 1}
	cover, err := s.coverEntry(ctx, dispute.CampaignID)
	if err != nil {
		return err
	}
	if err := s.journal.OpenAccounts(ctx, ledger.FundingDisputed(shape), ledger.DisputeLost(shape, 1), cover); err != nil {
		return err
	}
	return s.db.InTx(ctx, func(q *sqlc.Queries) error {
		budget, err := lockBudget(ctx, q, dispute.CampaignID, dispute.Currency)
		if err != nil {
			return err
		}
		return work(q, budget)
	})
}

// GetDispute returns one dispute, or fault.NotFound "dispute_not_found".
func (s *Store) GetDispute(ctx context.Context, disputeID string) (FundingDispute, error) {
	rows, err := s.db.Queries.FindDispute(ctx, disputeID)
	if err != nil {
		return FundingDispute{}, db.Translate(err)
	}
	if len(rows) == 0 {
		return FundingDispute{}, fault.New(fault.NotFound, "dispute_not_found", "no such dispute")
	}
	return newDispute(rows[0]), nil
}

func newDispute(row sqlc.FundingDispute) FundingDispute {
	return FundingDispute{
		Dispute: ledger.Dispute{
			DisputeID: row.DisputeID, PaymentIntentID: row.PaymentIntentID, CampaignID: db.Text(row.CampaignID), DepositID: db.Text(row.DepositID), Currency: money.Currency(row.Currency),
			AmountMinor: row.AmountMinor, FeeMinor: row.FeeMinor, At: row.OpenedAt,
		},
		FrozenMinor: row.FrozenMinor, Status: dispute.Status(row.Status), ClosedAt: row.ClosedAt,
	}
}

// DisputeFilter selects disputes. Empty fields select all.
type DisputeFilter struct {
	CampaignID string
	Status     dispute.Status
}

// ListDisputes returns a page of disputes in the order of Stripe's ids.
func (s *Store) ListDisputes(ctx context.Context, filter DisputeFilter, page db.Page) ([]FundingDispute, error) {
	rows, err := s.db.Queries.ListDisputePage(ctx, sqlc.ListDisputePageParams{
		CampaignID: db.Optional(filter.CampaignID), Status: db.Optional(string(filter.Status)), AfterID: db.Optional(page.After), PageSize: page.Size,
	})
	if err != nil {
		return nil, db.Translate(err)
	}
	disputes := make([]FundingDispute, len(rows))
	for i, row := range rows {
		disputes[i] = newDispute(row)
	}
	return disputes, nil
}
