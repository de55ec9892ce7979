package funding

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

// RecordDisputeOpened books a dispute over a deposit, once. Its amount is held back from the balance
// while it is open. It returns fault.Invalid "amount_not_positive", fault.NotFound "deposit_not_found",
// and fault.Conflict "reference_reused" for a dispute that was opened with another amount.
func (s *Store) RecordDisputeOpened(ctx context.Context, opened ledger.Dispute) error {
	if opened.AmountMinor <= 0 || opened.FeeMinor < 0 {
		return fault.Field("amount_minor", "amount_not_positive", "the amount of a dispute must be above zero, and its fee must not be negative")
	}
	return s.inDispute(ctx, opened, func(q *sqlc.Queries, opened ledger.Dispute) error {
		posted, err := s.journal.PostObjectIn(ctx, q, ledger.FundingDisputed(opened), opened.DisputeID)
		if err != nil || posted.Replayed {
			return err
		}
		return q.InsertDepositDispute(ctx, sqlc.InsertDepositDisputeParams{
			DisputeID: opened.DisputeID, DepositID: &opened.DepositID, PaymentIntentID: opened.PaymentIntentID, Currency: string(opened.Currency),
			AmountMinor: opened.AmountMinor, FeeMinor: opened.FeeMinor, OpenedAt: opened.At,
		})
	})
}

// RecordDisputeWon books that the amount was returned, so it is not held back any more. It returns
// fault.NotFound "dispute_not_found" for a dispute that was never opened, and fault.Conflict
// "dispute_decided" for one that was lost.
func (s *Store) RecordDisputeWon(ctx context.Context, disputeID string, at time.Time) error {
	return s.closeDispute(ctx, disputeID, dispute.StatusWon, at, ledger.DisputeWon)
}

// RecordDisputeLost books that the amount is lost. It comes out of the balance, even below zero. It
// returns fault.NotFound "dispute_not_found", and fault.Conflict "dispute_decided" for a dispute that
// was won.
func (s *Store) RecordDisputeLost(ctx context.Context, disputeID string, at time.Time) error {
	return s.closeDispute(ctx, disputeID, dispute.StatusLost, at, ledger.DepositDisputeLost)
}

func (s *Store) closeDispute(ctx context.Context, disputeID string, outcome dispute.Status, at time.Time, entryOf func(ledger.Dispute) ledger.Entry) error {
	rows, err := s.db.Queries.FindDispute(ctx, disputeID)
	if err != nil {
		return db.Translate(err)
	}
	if len(rows) == 0 || rows[0].DepositID == nil {
		return fault.New(fault.NotFound, "dispute_not_found", "no such dispute over a deposit")
	}
	opened := ledger.Dispute{
		DisputeID: disputeID, PaymentIntentID: rows[0].PaymentIntentID, DepositID: *rows[0].DepositID, Currency: money.Currency(rows[0].Currency),
		AmountMinor: rows[0].AmountMinor, FeeMinor: rows[0].FeeMinor, At: at,
	}
	return s.inDispute(ctx, opened, func(q *sqlc.Queries, opened ledger.Dispute) error {
		locked, err := q.FindDispute(ctx, disputeID)
		if err != nil {
			return err
		}
		switch dispute.Status(locked[0].Status) {
		case outcome:
			return nil
		case dispute.StatusOpen:
		default:
			return fault.New(fault.Conflict, "dispute_decided", "the dispute is decided already: it was %s", locked[0].Status)
		}
		if err := q.UpdateDisputeClosed(ctx, sqlc.UpdateDisputeClosedParams{DisputeID: disputeID, Status: string(outcome), ClosedAt: &at}); err != nil {
			return err
		}
		_, err = s.journal.PostIn(ctx, q, entryOf(opened))
		return err
	})
}

// FindMovedDeposit returns the newest deposit that is a part of the payment in a dispute over a campaign's
// payment, or nothing if none was moved to the balance.
func (s *Store) FindMovedDeposit(ctx context.Context, disputeID string) (depositID string, err error) {
	ids, err := s.db.Queries.FindMovedDeposit(ctx, disputeID)
	if err != nil || len(ids) == 0 {
		return "", db.Translate(err)
	}
	return ids[0], nil
}

// inDispute runs work with the guard of the deposit's organization locked.
func (s *Store) inDispute(ctx context.Context, disputed ledger.Dispute, work func(*sqlc.Queries, ledger.Dispute) error) error {
	deposit, err := s.GetDeposit(ctx, disputed.DepositID)
	if err != nil {
		return err
	}
	if deposit.Currency != disputed.Currency {
		return fault.Field("currency", "wrong_currency", "the deposit is in %s, not in %s", deposit.Currency, disputed.Currency)
	}
	disputed.OrganizationID = deposit.OrganizationID
	shape := ledger.Dispute{OrganizationID: deposit.OrganizationID, AmountMinor: 2, FeeMinor: 1}
	return s.inGuard(ctx, deposit.OrganizationID, deposit.Currency, func(q *sqlc.Queries) error {
		return work(q, disputed)
	}, ledger.FundingDisputed(shape), ledger.DepositDisputeLost(shape))
}
