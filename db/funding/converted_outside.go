package funding

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
)

// ConvertedOutside is a part of a converted payment that the brand has received from money of the platform
// that is not in the books, because the processor will never refund it. AmountMinor is in the currency in
// which the brand paid. CorrectionID is the correction that decides it.
type ConvertedOutside struct {
	PaymentIntentID string
	CorrectionID    string
	Currency        money.Currency
	AmountMinor     int64
	At              time.Time
}

// CheckConvertedOutside returns fault.NotFound "payment_not_found" and the faults of
// funding.ConvertedStanding.Outside unless the brand still lacks the amount.
func CheckConvertedOutside(ctx context.Context, q *sqlc.Queries, outside ConvertedOutside) error {
	rows, err := q.FindConvertedPayment(ctx, outside.PaymentIntentID)
	if err != nil {
		return err
	}
	_, err = outside.returned(ctx, q, rows)
	return err
}

// SettleConvertedIn books in the transaction of q that the brand has received a part of a converted payment,
// and returns the entry. The caller has opened the accounts. It returns the faults of CheckConvertedOutside.
func (s *Store) SettleConvertedIn(ctx context.Context, q *sqlc.Queries, outside ConvertedOutside) (entryID string, err error) {
	rows, err := q.LockConvertedPayment(ctx, outside.PaymentIntentID)
	if err != nil {
		return "", err
	}
	made, err := outside.returned(ctx, q, rows)
	if err != nil {
		return "", err
	}
	posted, err := s.journal.PostIn(ctx, q, ledger.ConvertedPaymentSettledOutside(made))
	if err != nil {
		return "", err
	}
	return posted[0].EntryID, q.InsertConvertedReturn(ctx, sqlc.InsertConvertedReturnParams{
		ObjectType: "outside", ObjectID: outside.CorrectionID, PaymentIntentID: outside.PaymentIntentID, AmountMinor: outside.AmountMinor,
		TakenMinor: made.TakenMinor, ClosedMinor: made.ClosedMinor, Outcome: outcomeMade, RecordedAt: outside.At,
	})
}

func (o ConvertedOutside) returned(ctx context.Context, q *sqlc.Queries, rows []sqlc.ConvertedPayment) (ledger.ConvertedReturn, error) {
	standing, err := standingOf(ctx, q, rows)
	if err != nil {
		return ledger.ConvertedReturn{}, err
	}
	return standing.Outside(o.CorrectionID, o.Currency, o.AmountMinor, o.At)
}
