package funding

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/dispute"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
)

// RecordConvertedDisputeOpened books a dispute over a converted payment, once. opened is in the currency in
// which the payment settled, but for PaymentMinor. It returns fault.Invalid "amount_not_positive",
// fault.NotFound "payment_not_found", and fault.Conflict "reference_reused" for a dispute that was opened with
// another amount.
func (s *Store) RecordConvertedDisputeOpened(ctx context.Context, opened ledger.Dispute) error {
	if opened.AmountMinor <= 0 || opened.FeeMinor < 0 || opened.PaymentMinor <= 0 {
		return fault.Field("amount_minor", "amount_not_positive", "the amount of a dispute must be above zero, and its fee must not be negative")
	}
	return s.inConverted(ctx, opened.PaymentIntentID, func(q *sqlc.Queries, standing funding.ConvertedStanding) error {
		if err := requireSettlement(standing, opened.Currency); err != nil {
			return err
		}
		posted, err := s.journal.PostObjectIn(ctx, q, ledger.FundingDisputed(opened), opened.DisputeID)
		if err != nil || posted.Replayed {
			return err
		}
		err = q.InsertConvertedDispute(ctx, sqlc.InsertConvertedDisputeParams{
			DisputeID: opened.DisputeID, PaymentIntentID: opened.PaymentIntentID, Currency: string(opened.Currency),
			AmountMinor: opened.AmountMinor, FeeMinor: opened.FeeMinor, OpenedAt: opened.At,
		})
		if err != nil {
			return err
		}
		return q.InsertConvertedReturn(ctx, sqlc.InsertConvertedReturnParams{
			ObjectType: "dispute", ObjectID: opened.DisputeID, PaymentIntentID: opened.PaymentIntentID,
			AmountMinor: opened.PaymentMinor, TakenMinor: opened.AmountMinor, Outcome: outcomeOpen, RecordedAt: opened.At,
		})
	})
}

// RecordConvertedDisputeWon books what came back, at the rate of that day. It returns fault.NotFound
// "dispute_not_found" for a dispute that was never opened, and fault.Conflict "dispute_decided" for one that
// was lost.
func (s *Store) RecordConvertedDisputeWon(ctx context.Context, disputeID string, returnedMinor int64, at time.Time) error {
	return s.closeConvertedDispute(ctx, disputeID, dispute.StatusWon, at, func(standing funding.ConvertedStanding, opened sqlc.ConvertedPaymentReturn, row *sqlc.UpdateConvertedReturnParams) ledger.Entry {
		row.Outcome, row.ReturnedMinor = outcomeBack, &returnedMinor
		return ledger.ConvertedDisputeWon(returnOf(opened, standing.Payment.SettlementCurrency, at), returnedMinor)
	})
}

// RecordConvertedDisputeLost books that the brand's bank keeps the amount. It counts as returned to the brand,
// as a refund does. What goes beyond the payment is our loss. It returns fault.NotFound "dispute_not_found",
// and fault.Conflict "dispute_decided" for a dispute that was won.
func (s *Store) RecordConvertedDisputeLost(ctx context.Context, disputeID string, at time.Time) error {
	return s.closeConvertedDispute(ctx, disputeID, dispute.StatusLost, at, func(standing funding.ConvertedStanding, opened sqlc.ConvertedPaymentReturn, row *sqlc.UpdateConvertedReturnParams) ledger.Entry {
		made := standing.Return(disputeID, opened.AmountMinor, opened.TakenMinor, at)
		row.Outcome, row.ClosedMinor, row.LostMinor = outcomeMade, made.ClosedMinor, made.LostMinor
		return ledger.ConvertedDisputeLost(made)
	})
}

func (s *Store) closeConvertedDispute(ctx context.Context, disputeID string, outcome dispute.Status, at time.Time,
	settle func(funding.ConvertedStanding, sqlc.ConvertedPaymentReturn, *sqlc.UpdateConvertedReturnParams) ledger.Entry,
) error {
	rows, err := s.db.Queries.FindDispute(ctx, disputeID)
	if err != nil {
		return db.Translate(err)
	}
	if len(rows) == 0 || !rows[0].Converted {
		return fault.New(fault.NotFound, "dispute_not_found", "no such dispute over a converted payment")
	}
	return s.inConverted(ctx, rows[0].PaymentIntentID, func(q *sqlc.Queries, standing funding.ConvertedStanding) error {
		locked, err := q.FindDispute(ctx, disputeID) // the lock of the payment protects its disputes
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
		opened, err := findReturn(ctx, q, disputeID)
		if err != nil {
			return err
		}
		row := sqlc.UpdateConvertedReturnParams{ObjectID: disputeID}
		entry := settle(standing, opened, &row)
		if _, err := s.journal.PostIn(ctx, q, entry); err != nil {
			return err
		}
		if err := q.UpdateDisputeClosed(ctx, sqlc.UpdateDisputeClosedParams{DisputeID: disputeID, Status: string(outcome), ClosedAt: &at}); err != nil {
			return err
		}
		return q.UpdateConvertedReturn(ctx, row)
	})
}

func requireSettlement(standing funding.ConvertedStanding, currency money.Currency) error {
	if settled := standing.Payment.SettlementCurrency; settled != currency {
		return fault.Field("currency", "wrong_currency", "the payment settled in %s, not in %s", settled, currency)
	}
	return nil
}
