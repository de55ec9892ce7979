package funding

import (
	"context"
	"time"

	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
)

// Outside is a part of a withdrawal that the brand has received from money of the platform that is not in
// the books, because the processor will never refund it. CorrectionID is the correction that decides it.
type Outside struct {
	WithdrawalID string
	CorrectionID string
	Currency     money.Currency
	AmountMinor  int64
	At           time.Time
}

// CheckOutside returns fault.NotFound "withdrawal_not_found", fault.Invalid "wrong_currency", and
// fault.Conflict "withdrawal_ended" or "above_withdrawal" unless the withdrawal still has the amount to
// send. A refund that is requested may arrive, so its amount does not count.
func CheckOutside(ctx context.Context, q *sqlc.Queries, outside Outside) error {
	_, err := findOutside(ctx, q, outside)
	return err
}

func findOutside(ctx context.Context, q *sqlc.Queries, outside Outside) (funding.Withdrawal, error) {
	found, err := listWithdrawals(ctx, q, sqlc.ListWithdrawalsParams{OnlyID: &outside.WithdrawalID, PageSize: 1})
	if err != nil {
		return funding.Withdrawal{}, err
	}
	if len(found) == 0 {
		return funding.Withdrawal{}, withdrawalNotFound()
	}
	w := found[0]
	if w.Currency != outside.Currency {
		return w, fault.Field("currency", "wrong_currency", "the withdrawal is in %s, not in %s", w.Currency, outside.Currency)
	}
	if w.Status.Ended() {
		return w, fault.New(fault.Conflict, "withdrawal_ended", "the withdrawal has ended already: it is %s", w.Status)
	}
	made, err := q.ListWithdrawalRefunds(ctx, w.ID)
	if err != nil {
		return w, err
	}
	if leftMinor := w.LeftMinor() - requestedMinor(made); outside.AmountMinor > leftMinor {
		return w, fault.New(fault.Conflict, "above_withdrawal", "the withdrawal has only %s left that no refund is on its way for: reduce the amount", money.Amount{Minor: leftMinor, Currency: w.Currency})
	}
	return w, nil
}

// requestedMinor is the amount of the refund that is requested, if there is one.
func requestedMinor(made []sqlc.ListWithdrawalRefundsRow) int64 {
	amountMinor := int64(0)
	for _, refund := range made {
		if isRequested(refund) {
			amountMinor += refund.AmountMinor
		}
	}
	return amountMinor
}

// SettleOutsideIn books in the transaction of q that the brand has received a part of a withdrawal, and
// returns the entry. It counts as sent. The caller has opened the accounts. It returns the faults of
// CheckOutside.
func (s *Store) SettleOutsideIn(ctx context.Context, q *sqlc.Queries, outside Outside) (entryID string, err error) {
	seen, err := findOutside(ctx, q, outside)
	if err != nil {
		return "", err
	}
	if err := lockGuard(ctx, q, seen.OrganizationID, seen.Currency); err != nil {
		return "", err
	}
	w, err := findOutside(ctx, q, outside) // as it is now that nothing changes it
	if err != nil {
		return "", err
	}
	posted, err := s.journal.PostIn(ctx, q, ledger.WithdrawalSettledOutside(ledger.Withdrawal{
		Reference: outside.CorrectionID, OrganizationID: w.OrganizationID, Currency: w.Currency, AmountMinor: outside.AmountMinor, At: outside.At,
	}))
	if err != nil {
		return "", err
	}
	w.SentMinor += outside.AmountMinor
	return posted[0].EntryID, settle(ctx, q, &w, outside.At)
}
