package db

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
)

// DisputeStatus is where a brand's bank stands with a payment that it took back.
type DisputeStatus string

// The statuses of a dispute.
const (
	DisputeOpen DisputeStatus = "open"
	DisputeWon  DisputeStatus = "won"
	DisputeLost DisputeStatus = "lost"
)

// FundingDispute is a payment that a brand's bank took back. FrozenMinor of its amount was
// not spent: nothing earns from it while the dispute is open.
type FundingDispute struct {
	ledger.Dispute
	FrozenMinor int64
	Status      DisputeStatus
	ClosedAt    *time.Time
}

// RecordDisputeOpened books a dispute and freezes what of its amount the campaign has not
// spent, once per dispute; the dispute may be for more or for less than that. It returns
// fault.NotFound "campaign_not_found", fault.Invalid "wrong_currency" and fault.Conflict
// "reference_reused" for a dispute that was opened with another amount.
//
// The guard is locked before anything is decided, as by accruals: one that was decided
// before has its earnings, one that comes after finds them frozen. All three steps of a
// dispute are one transaction each, and a step that is told again changes nothing, so
// whoever dies in between tells it again.
func (s *Store) RecordDisputeOpened(ctx context.Context, dispute ledger.Dispute) error {
	if dispute.AmountMinor <= 0 || dispute.FeeMinor < 0 {
		return fault.Field("amount_minor", "amount_not_positive", "a dispute must be above zero, and its fee not below")
	}
	return s.withDisputeGuard(ctx, dispute, func(q *sqlc.Queries, budget sqlc.CampaignBudget) error {
		if budget.Currency != string(dispute.Currency) {
			return fault.New(fault.Invalid, "wrong_currency", "the campaign is in %s, not in %s", budget.Currency, dispute.Currency)
		}
		posted, err := s.postObject(ctx, q, ledger.FundingDisputed(dispute), externalObject{"dispute", dispute.DisputeID})
		if err != nil || posted.Replayed {
			return err
		}
		frozenMinor := min(dispute.AmountMinor, budget.FundedMinor-budget.SpentMinor-budget.RefundedMinor-budget.DisputedMinor)
		err = q.InsertDispute(ctx, sqlc.InsertDisputeParams{
			DisputeID: dispute.DisputeID, CampaignID: dispute.CampaignID, PaymentIntentID: dispute.PaymentIntentID, Currency: string(dispute.Currency),
			AmountMinor: dispute.AmountMinor, FeeMinor: dispute.FeeMinor, FrozenMinor: frozenMinor, OpenedAt: dispute.At,
		})
		if err != nil {
			return err
		}
		return q.AddCampaignDisputed(ctx, sqlc.AddCampaignDisputedParams{CampaignID: dispute.CampaignID, AmountMinor: frozenMinor})
	})
}

// RecordDisputeWon books that the amount came back, and lets the campaign spend it again. It
// returns fault.NotFound "dispute_not_found" for one that was never opened and fault.Conflict
// "dispute_decided" for one that was lost.
func (s *Store) RecordDisputeWon(ctx context.Context, disputeID string, at time.Time) error {
	return s.closeDispute(ctx, disputeID, DisputeWon, at, func(q *sqlc.Queries, dispute FundingDispute) error {
		if _, err := s.post(ctx, q, ledger.DisputeWon(dispute.Dispute)); err != nil {
			return err
		}
		return q.AddCampaignDisputed(ctx, sqlc.AddCampaignDisputedParams{CampaignID: dispute.CampaignID, AmountMinor: -dispute.FrozenMinor})
	})
}

// RecordDisputeLost books that the amount is gone: what was frozen is the brand's own money
// and counts as refunded, what had been spent is our loss. It returns fault.NotFound
// "dispute_not_found" and fault.Conflict "dispute_decided" for one that was won.
func (s *Store) RecordDisputeLost(ctx context.Context, disputeID string, at time.Time) error {
	return s.closeDispute(ctx, disputeID, DisputeLost, at, func(q *sqlc.Queries, dispute FundingDispute) error {
		if _, err := s.post(ctx, q, ledger.DisputeLost(dispute.Dispute, dispute.FrozenMinor)); err != nil {
			return err
		}
		return q.MoveDisputedToRefunded(ctx, sqlc.MoveDisputedToRefundedParams{CampaignID: dispute.CampaignID, AmountMinor: dispute.FrozenMinor})
	})
}

func (s *Store) closeDispute(ctx context.Context, disputeID string, outcome DisputeStatus, at time.Time, settle func(*sqlc.Queries, FundingDispute) error) error {
	opened, err := s.FundingDispute(ctx, disputeID)
	if err != nil {
		return err
	}
	return s.withDisputeGuard(ctx, opened.Dispute, func(q *sqlc.Queries, _ sqlc.CampaignBudget) error {
		rows, err := q.FindDispute(ctx, disputeID) // the guard's lock is the dispute's as well
		if err != nil {
			return err
		}
		dispute := newDispute(rows[0])
		if dispute.Status == outcome {
			return nil
		}
		if dispute.Status != DisputeOpen {
			return fault.New(fault.Conflict, "dispute_decided", "the dispute was %s before", dispute.Status)
		}
		dispute.At = at
		if err := settle(q, dispute); err != nil {
			return err
		}
		return q.UpdateDisputeClosed(ctx, sqlc.UpdateDisputeClosedParams{DisputeID: disputeID, Status: string(outcome), ClosedAt: &at})
	})
}

// withDisputeGuard locks the budget guard of a dispute's campaign, once the accounts of every
// outcome are open.
func (s *Store) withDisputeGuard(ctx context.Context, dispute ledger.Dispute, work func(*sqlc.Queries, sqlc.CampaignBudget) error) error {
	shape := ledger.Dispute{CampaignID: dispute.CampaignID, AmountMinor: 2, FeeMinor: 1}
	if err := s.ensureAccounts(ctx, ledger.FundingDisputed(shape), ledger.DisputeLost(shape, 1)); err != nil {
		return err
	}
	return s.inTx(ctx, func(q *sqlc.Queries) error {
		budget, err := q.LockCampaignBudget(ctx, dispute.CampaignID)
		if err != nil {
			return orNotFound(err, "campaign")
		}
		return work(q, budget)
	})
}

// freezeMore keeps what a clawback gave back to a disputed campaign from being spent or
// refunded, as far as its disputes are for more than is frozen: the bank has taken that money
// already. The campaign's guard is locked.
func freezeMore(ctx context.Context, q *sqlc.Queries, campaignID string, freedMinor int64) error {
	disputes, err := q.ListDisputes(ctx, campaignID)
	if err != nil {
		return err
	}
	for _, dispute := range disputes {
		moreMinor := min(freedMinor, dispute.AmountMinor-dispute.FrozenMinor)
		if dispute.Status != string(DisputeOpen) || moreMinor == 0 {
			continue
		}
		if err := q.UpdateDisputeFrozen(ctx, sqlc.UpdateDisputeFrozenParams{DisputeID: dispute.DisputeID, AmountMinor: moreMinor}); err != nil {
			return err
		}
		if err := q.AddCampaignDisputed(ctx, sqlc.AddCampaignDisputedParams{CampaignID: campaignID, AmountMinor: moreMinor}); err != nil {
			return err
		}
		freedMinor -= moreMinor
	}
	return nil
}

// FundingDispute returns one dispute, or fault.NotFound "dispute_not_found".
func (s *Store) FundingDispute(ctx context.Context, disputeID string) (FundingDispute, error) {
	rows, err := s.queries.FindDispute(ctx, disputeID)
	if err != nil {
		return FundingDispute{}, translate(err)
	}
	if len(rows) == 0 {
		return FundingDispute{}, fault.New(fault.NotFound, "dispute_not_found", "no such dispute")
	}
	return newDispute(rows[0]), nil
}

// FundingDisputes returns every dispute of a campaign's payments.
func (s *Store) FundingDisputes(ctx context.Context, campaignID string) ([]FundingDispute, error) {
	rows, err := s.queries.ListDisputes(ctx, campaignID)
	if err != nil {
		return nil, translate(err)
	}
	disputes := make([]FundingDispute, len(rows))
	for i, row := range rows {
		disputes[i] = newDispute(row)
	}
	return disputes, nil
}

func newDispute(row sqlc.FundingDispute) FundingDispute {
	return FundingDispute{
		Dispute: ledger.Dispute{
			DisputeID: row.DisputeID, PaymentIntentID: row.PaymentIntentID, CampaignID: row.CampaignID, Currency: money.Currency(row.Currency),
			AmountMinor: row.AmountMinor, FeeMinor: row.FeeMinor, At: row.OpenedAt,
		},
		FrozenMinor: row.FrozenMinor, Status: DisputeStatus(row.Status), ClosedAt: row.ClosedAt,
	}
}
