package funding

import (
	"context"
	"slices"
	"time"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
)

// RecordConverted books a payment that the processor converted, once. It ends the deposit that the payment
// was for. A campaign can be paid for again. It returns fault.Conflict "reference_reused" for a payment that
// was booked with other amounts.
func (s *Store) RecordConverted(ctx context.Context, paid funding.ConvertedPayment) error {
	entry := ledger.ConvertedPaymentReceived(ledger.ConvertedPayment{
		PaymentIntentID: paid.PaymentIntentID, Currency: paid.SettlementCurrency, NetMinor: paid.NetMinor, FeeMinor: paid.FeeMinor, At: paid.At,
	})
	if err := s.journal.OpenAccounts(ctx, entry); err != nil {
		return err
	}
	return db.Translate(s.db.InTx(ctx, func(q *sqlc.Queries) error {
		posted, err := s.journal.PostObjectIn(ctx, q, entry, paid.PaymentIntentID)
		if err != nil || posted.Replayed {
			return err
		}
		err = q.InsertConvertedPayment(ctx, sqlc.InsertConvertedPaymentParams{
			PaymentIntentID: paid.PaymentIntentID, CampaignID: db.Optional(paid.CampaignID), DepositID: db.Optional(paid.DepositID),
			AmountMinor: paid.AmountMinor, Currency: string(paid.Currency), NetMinor: paid.NetMinor, FeeMinor: paid.FeeMinor,
			SettlementCurrency: string(paid.SettlementCurrency), RecordedAt: paid.At,
		})
		if err != nil {
			return err
		}
		if paid.DepositID == "" {
			return q.ClearConvertedPayment(ctx, paid.PaymentIntentID)
		}
		return q.UpdateDepositEnded(ctx, sqlc.UpdateDepositEndedParams{
			ID: paid.DepositID, Status: string(funding.DepositDeclined), FailureCode: funding.PaymentConverted, EndedAt: paid.At,
		})
	}))
}

// FreezeConvertedRefund stores that the refund after the number in.Previous is about to be requested, and
// returns the payment. One that was frozen before keeps its amount. Nothing is frozen if the brand has all by
// now, and at most what it lacks.
func (s *Store) FreezeConvertedRefund(ctx context.Context, in funding.RefundAsked) (funding.ConvertedStanding, error) {
	err := s.inConverted(ctx, in.PaymentIntentID, func(q *sqlc.Queries, standing funding.ConvertedStanding) error {
		refundMinor := min(in.AmountMinor, standing.LeftMinor())
		if refundMinor == 0 {
			return nil
		}
		return q.UpdateConvertedRefundAsked(ctx, sqlc.UpdateConvertedRefundAskedParams{
			PaymentIntentID: in.PaymentIntentID, Previous: int32(in.Previous), RefundMinor: refundMinor,
		})
	})
	if err != nil {
		return funding.ConvertedStanding{}, err
	}
	return s.GetConverted(ctx, in.PaymentIntentID)
}

// EndConvertedRefund stores that a refund that was requested moves no money.
func (s *Store) EndConvertedRefund(ctx context.Context, end funding.ConvertedRefundEnd) error {
	return db.Translate(s.db.Queries.UpdateConvertedRefundEnded(ctx, sqlc.UpdateConvertedRefundEndedParams{
		PaymentIntentID: end.PaymentIntentID, Number: int32(end.Number),
	}))
}

// RecordConvertedRefund books a refund of a converted payment, once.
func (s *Store) RecordConvertedRefund(ctx context.Context, refund funding.ConvertedRefund) error {
	return s.inConverted(ctx, refund.PaymentIntentID, func(q *sqlc.Queries, standing funding.ConvertedStanding) error {
		if slices.Contains(standing.Booked, refund.RefundID) {
			return nil
		}
		made := standing.Return(refund.RefundID, refund.AmountMinor, refund.TakenMinor, refund.At)
		if _, err := s.journal.PostObjectIn(ctx, q, ledger.ConvertedPaymentRefunded(made), refund.RefundID); err != nil {
			return err
		}
		err := q.UpdateConvertedRefundEnded(ctx, sqlc.UpdateConvertedRefundEndedParams{PaymentIntentID: refund.PaymentIntentID, Number: int32(refund.Number)})
		if err != nil {
			return err
		}
		return q.InsertConvertedReturn(ctx, sqlc.InsertConvertedReturnParams{
			ObjectType: "refund", ObjectID: refund.RefundID, PaymentIntentID: refund.PaymentIntentID, AmountMinor: refund.AmountMinor, TakenMinor: refund.TakenMinor,
			ClosedMinor: made.ClosedMinor, LostMinor: made.LostMinor, Outcome: outcomeMade, RecordedAt: refund.At,
		})
	})
}

// RecordConvertedRefundFailed books that a refund came back, once. It returns fault.NotFound
// "refund_not_found" for one that is not booked.
func (s *Store) RecordConvertedRefundFailed(ctx context.Context, failed funding.ConvertedRefundFailure) error {
	return s.inConverted(ctx, failed.PaymentIntentID, func(q *sqlc.Queries, standing funding.ConvertedStanding) error {
		if slices.Contains(standing.Failed, failed.RefundID) {
			return nil
		}
		made, err := findReturn(ctx, q, failed.RefundID)
		if err != nil {
			return err
		}
		entry := ledger.ConvertedRefundFailed(returnOf(made, standing.Payment.SettlementCurrency, failed.At), failed.ReturnedMinor)
		if _, err := s.journal.PostObjectIn(ctx, q, entry, failed.TransactionID); err != nil {
			return err
		}
		return q.UpdateConvertedReturn(ctx, sqlc.UpdateConvertedReturnParams{
			ObjectID: made.ObjectID, ClosedMinor: made.ClosedMinor, LostMinor: made.LostMinor, ReturnedMinor: &failed.ReturnedMinor, Outcome: outcomeBack,
		})
	})
}

// GetConverted returns how far the refund of a converted payment has come, or fault.NotFound
// "payment_not_found".
func (s *Store) GetConverted(ctx context.Context, paymentIntentID string) (funding.ConvertedStanding, error) {
	var standing funding.ConvertedStanding
	err := s.db.InSnapshot(ctx, func(q *sqlc.Queries) error {
		rows, err := q.FindConvertedPayment(ctx, paymentIntentID)
		if err != nil {
			return err
		}
		standing, err = standingOf(ctx, q, rows)
		return err
	})
	return standing, db.Translate(err)
}

// FindConverted returns the converted payment with an id, or false if there is none.
func (s *Store) FindConverted(ctx context.Context, paymentIntentID string) (funding.ConvertedPayment, bool, error) {
	rows, err := s.db.Queries.FindConvertedPayment(ctx, paymentIntentID)
	if err != nil || len(rows) == 0 {
		return funding.ConvertedPayment{}, false, db.Translate(err)
	}
	return newConverted(rows[0]), true, nil
}

// The outcomes of what gives a converted payment back.
const (
	outcomeOpen = "open"
	outcomeMade = "made"
	outcomeBack = "back"
)

// inConverted opens the accounts of every return and then runs work with the payment locked.
func (s *Store) inConverted(ctx context.Context, paymentIntentID string, work func(*sqlc.Queries, funding.ConvertedStanding) error) error {
	shape := ledger.ConvertedReturn{TakenMinor: 3, ClosedMinor: 1, LostMinor: 1}
	opened := ledger.FundingDisputed(ledger.Dispute{AmountMinor: 2, FeeMinor: 1})
	if err := s.journal.OpenAccounts(ctx, ledger.ConvertedPaymentRefunded(shape), ledger.ConvertedDisputeLost(shape), opened); err != nil {
		return err
	}
	return db.Translate(s.db.InTx(ctx, func(q *sqlc.Queries) error {
		rows, err := q.LockConvertedPayment(ctx, paymentIntentID)
		if err != nil {
			return err
		}
		standing, err := standingOf(ctx, q, rows)
		if err != nil {
			return err
		}
		return work(q, standing)
	}))
}

func standingOf(ctx context.Context, q *sqlc.Queries, rows []sqlc.ConvertedPayment) (funding.ConvertedStanding, error) {
	if len(rows) == 0 {
		return funding.ConvertedStanding{}, fault.New(fault.NotFound, "payment_not_found", "no such converted payment")
	}
	standing := funding.ConvertedStanding{Payment: newConverted(rows[0]), RefundNumber: int(rows[0].RefundNumber), RefundMinor: rows[0].RefundMinor, RefundEnded: int(rows[0].RefundEnded)}
	returns, err := q.ListConvertedReturns(ctx, rows[0].PaymentIntentID)
	for _, each := range returns {
		if each.ObjectType == "refund" {
			standing.Booked = append(standing.Booked, each.ObjectID)
		}
		switch each.Outcome {
		case outcomeMade:
			standing.BackMinor += each.AmountMinor
			standing.ClosedMinor += each.ClosedMinor
		case outcomeOpen:
			standing.Disputed = true
		case outcomeBack:
			if each.ObjectType == "refund" {
				standing.Failed = append(standing.Failed, each.ObjectID)
			}
		}
	}
	return standing, err
}

func newConverted(row sqlc.ConvertedPayment) funding.ConvertedPayment {
	return funding.ConvertedPayment{
		PaymentIntentID: row.PaymentIntentID, CampaignID: db.Text(row.CampaignID), DepositID: db.Text(row.DepositID),
		AmountMinor: row.AmountMinor, Currency: money.Currency(row.Currency), NetMinor: row.NetMinor, FeeMinor: row.FeeMinor,
		SettlementCurrency: money.Currency(row.SettlementCurrency), At: row.RecordedAt,
	}
}

func findReturn(ctx context.Context, q *sqlc.Queries, objectID string) (sqlc.ConvertedPaymentReturn, error) {
	rows, err := q.FindConvertedReturn(ctx, objectID)
	if err != nil {
		return sqlc.ConvertedPaymentReturn{}, err
	}
	if len(rows) == 0 {
		return sqlc.ConvertedPaymentReturn{}, fault.New(fault.NotFound, "refund_not_found", "this refund or dispute of a converted payment is not booked")
	}
	return rows[0], nil
}

func returnOf(row sqlc.ConvertedPaymentReturn, currency money.Currency, at time.Time) ledger.ConvertedReturn {
	return ledger.ConvertedReturn{
		ObjectID: row.ObjectID, Currency: currency, TakenMinor: row.TakenMinor, ClosedMinor: row.ClosedMinor, LostMinor: row.LostMinor, At: at,
	}
}
