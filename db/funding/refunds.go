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

// RecordRefund books a refund of a deposit, once. One that a withdrawal has requested comes out of what
// the withdrawal reserved, and is known by the withdrawal and the number. Several deposits can be parts of
// one payment. The refund may be named by any of them, and is booked for the one it was requested for. Any
// other refund was made by hand, and comes out of the balance, even below zero, because the processor has
// made it. It returns fault.NotFound "deposit_not_found".
func (s *Store) RecordRefund(ctx context.Context, refund ledger.DepositRefund) error {
	deposit, err := s.GetDeposit(ctx, refund.DepositID)
	if err != nil {
		return err
	}
	if refund.Currency != deposit.Currency {
		return fault.Field("currency", "wrong_currency", "the deposit is in %s, not in %s", deposit.Currency, refund.Currency)
	}
	refund.OrganizationID = deposit.OrganizationID
	ours, byHand := refund, refund
	ours.WithdrawalID, ours.Number = "shape", 1
	byHand.WithdrawalID, byHand.Number = "", 0
	return s.inGuard(ctx, deposit.OrganizationID, deposit.Currency, func(q *sqlc.Queries) error {
		row, err := findRefund(ctx, q, refund, deposit)
		if err != nil || row != nil && db.Text(row.RefundID) == refund.RefundID && row.Status != string(funding.RefundRequested) {
			return err // it is booked
		}
		if row == nil {
			if _, err := s.journal.PostObjectIn(ctx, q, ledger.DepositRefunded(byHand), refund.RefundID); err != nil {
				return err
			}
			return q.InsertDepositRefund(ctx, sqlc.InsertDepositRefundParams{
				ID: db.NewID(), DepositID: refund.DepositID, AmountMinor: refund.AmountMinor, Status: string(funding.RefundSucceeded),
				RefundID: &refund.RefundID, RequestedAt: refund.At, EndedAt: &refund.At,
			})
		}
		if _, err := s.journal.PostObjectIn(ctx, q, ledger.DepositRefunded(refund), refund.RefundID); err != nil {
			return err
		}
		err = q.UpdateDepositRefund(ctx, sqlc.UpdateDepositRefundParams{
			ID: row.ID, Status: string(funding.RefundSucceeded), RefundID: &refund.RefundID, EndedAt: refund.At,
		})
		if err != nil {
			return err
		}
		found, err := listWithdrawals(ctx, q, sqlc.ListWithdrawalsParams{OnlyID: &refund.WithdrawalID, PageSize: 1})
		if err != nil {
			return err
		}
		w := found[0]
		w.SentMinor += refund.AmountMinor
		return settle(ctx, q, &w, refund.At)
	}, ledger.DepositRefunded(ours), ledger.DepositRefunded(byHand))
}

// findRefund returns the stored refund that a refund at the processor is, or nil for one that was made
// by hand. Anyone with access to the processor can write its metadata, so payment and amount must fit.
// A request that failed stands for no other refund.
func findRefund(ctx context.Context, q *sqlc.Queries, refund ledger.DepositRefund, deposit funding.Deposit) (*sqlc.FindDepositRefundRow, error) {
	find := sqlc.FindDepositRefundParams{RefundID: &refund.RefundID}
	if refund.WithdrawalID != "" {
		number := int32(refund.Number)
		find.WithdrawalID, find.Number = &refund.WithdrawalID, &number
	}
	rows, err := q.FindDepositRefund(ctx, find)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		if db.Text(row.RefundID) == refund.RefundID {
			return &row, nil
		}
	}
	for _, row := range rows {
		if db.Text(row.PaymentIntentID) != deposit.PaymentIntentID || row.AmountMinor != refund.AmountMinor {
			continue
		}
		if row.Status == string(funding.RefundRequested) {
			return &row, nil
		}
		if row.Status == string(funding.RefundRefused) {
			return adoptRefused(ctx, q, row, refund)
		}
	}
	return nil, nil //nolint:nilnil // a refund that was made by hand has no row, which is no error
}

// adoptRefused returns the row of a request that was refused and has made its refund all the same, such
// as by an earlier try. The withdrawal must still hold its amount: neither sent, returned nor requested
// again.
func adoptRefused(ctx context.Context, q *sqlc.Queries, row sqlc.FindDepositRefundRow, refund ledger.DepositRefund) (*sqlc.FindDepositRefundRow, error) {
	found, err := listWithdrawals(ctx, q, sqlc.ListWithdrawalsParams{OnlyID: &refund.WithdrawalID, PageSize: 1})
	if err != nil {
		return nil, err
	}
	made, err := q.ListWithdrawalRefunds(ctx, refund.WithdrawalID)
	if err != nil || slices.ContainsFunc(made, isRequested) || found[0].LeftMinor() < row.AmountMinor {
		return nil, err
	}
	return &row, nil
}

// EndRefund stores that a refund that a withdrawal requested was refused, or failed before it was
// booked. One that has ended keeps its status.
func (s *Store) EndRefund(ctx context.Context, end funding.RefundEnd) error {
	return s.inWithdrawal(ctx, end.WithdrawalID, func(q *sqlc.Queries, w funding.Withdrawal) error {
		number := int32(end.Number)
		rows, err := q.FindDepositRefund(ctx, sqlc.FindDepositRefundParams{WithdrawalID: &end.WithdrawalID, Number: &number})
		if err != nil || len(rows) == 0 || rows[0].Status != string(funding.RefundRequested) {
			return err
		}
		err = q.UpdateDepositRefund(ctx, sqlc.UpdateDepositRefundParams{
			ID: rows[0].ID, Status: string(end.Status), FailureCode: end.FailureCode, ClosesDeposit: end.ClosesDeposit, EndedAt: end.At,
		})
		if err != nil || w.Status != funding.WithdrawalCancelling {
			return err
		}
		_, err = s.giveBack(ctx, q, w, numbered(end.Number), rows[0].AmountMinor, end.At)
		return err
	})
}

// RecordRefundFailed books that a refund failed after it had succeeded, once. The withdrawal sends the
// amount again, from another deposit, also if it had ended. But if a person has cancelled its rest, the
// amount is in the balance again. It returns fault.Conflict "nothing_to_reverse" for a refund that is not booked.
func (s *Store) RecordRefundFailed(ctx context.Context, failed funding.FailedRefund) error {
	rows, err := s.db.Queries.FindDepositRefund(ctx, sqlc.FindDepositRefundParams{RefundID: &failed.RefundID})
	if err != nil {
		return db.Translate(err)
	}
	if len(rows) == 0 {
		return fault.New(fault.Conflict, "nothing_to_reverse", "the refund %s is not booked", failed.RefundID)
	}
	first := rows[0]
	refund := ledger.DepositRefund{
		DepositID: first.DepositID, OrganizationID: first.OrganizationID, RefundID: failed.RefundID, WithdrawalID: db.Text(first.WithdrawalID),
		Currency: money.Currency(first.Currency), AmountMinor: first.AmountMinor, At: failed.At,
	}
	entry := ledger.DepositRefundFailed(refund)
	returned := ledger.WithdrawalReturned(ledger.Withdrawal{OrganizationID: refund.OrganizationID, AmountMinor: 1})
	return s.inGuard(ctx, refund.OrganizationID, refund.Currency, func(q *sqlc.Queries) error {
		posted, err := s.journal.PostObjectIn(ctx, q, entry, failed.TransactionID)
		if err != nil || posted.Replayed {
			return err
		}
		err = q.UpdateDepositRefund(ctx, sqlc.UpdateDepositRefundParams{
			ID: first.ID, Status: string(funding.RefundFailed), FailureCode: failed.FailureCode, ClosesDeposit: true, EndedAt: failed.At,
		})
		if err != nil || first.WithdrawalID == nil {
			return err
		}
		found, err := listWithdrawals(ctx, q, sqlc.ListWithdrawalsParams{OnlyID: first.WithdrawalID, PageSize: 1})
		if err != nil {
			return err
		}
		w := found[0]
		w.SentMinor -= refund.AmountMinor
		switch {
		case w.Cancelled:
			w.Status = funding.WithdrawalCancelling // it ends as cancelled if nothing was sent
		case w.Status == funding.WithdrawalCompleted:
			w.Status = funding.WithdrawalSending
		}
		if w.Status == funding.WithdrawalSending {
			return settle(ctx, q, &w, failed.At)
		}
		_, err = s.giveBack(ctx, q, w, numbered(int(*first.Number)), refund.AmountMinor, failed.At)
		return err
	}, entry, returned)
}

// ListBooked returns the refunds of the processor that are booked, and which of them have failed
// since.
func (s *Store) ListBooked(ctx context.Context, refundIDs []string) (booked, failed []string, err error) {
	rows, err := s.db.Queries.ListRefundEntries(ctx, sqlc.ListRefundEntriesParams{
		Kinds: []string{string(ledger.KindDepositRefunded), string(ledger.KindDepositRefundFailed)}, RefundIds: refundIDs,
	})
	for _, row := range rows {
		if ledger.Kind(row.Kind) == ledger.KindDepositRefundFailed {
			failed = append(failed, row.Reference)
		} else {
			booked = append(booked, row.Reference)
		}
	}
	return booked, failed, db.Translate(err)
}

// ListSent returns one refund of each deposit that a withdrawal has refunded. Any of them can still fail.
func (s *Store) ListSent(ctx context.Context, withdrawalID string) ([]funding.Refund, error) {
	requested, err := s.ListRefunds(ctx, withdrawalID)
	if err != nil {
		return nil, err
	}
	var sent []funding.Refund
	for _, each := range requested {
		ofSame := func(refund funding.Refund) bool { return refund.DepositID == each.DepositID }
		if each.Status == funding.RefundSucceeded && !slices.ContainsFunc(sent, ofSame) {
			sent = append(sent, each.Refund)
		}
	}
	return sent, nil
}

// RequestedRefund is a refund that a withdrawal has requested, and what became of it.
type RequestedRefund struct {
	funding.Refund
	Status      funding.RefundStatus
	RefundID    string
	FailureCode string
	RequestedAt time.Time
	EndedAt     *time.Time
}

// ListRefunds returns the refunds that a withdrawal has requested, in the order of their numbers.
func (s *Store) ListRefunds(ctx context.Context, withdrawalID string) ([]RequestedRefund, error) {
	rows, err := s.db.Queries.ListWithdrawalRefunds(ctx, withdrawalID)
	if err != nil {
		return nil, db.Translate(err)
	}
	refunds := make([]RequestedRefund, len(rows))
	for i, row := range rows {
		refunds[i] = RequestedRefund{
			Refund: funding.Refund{
				WithdrawalID: withdrawalID, Number: int(*row.Number), DepositID: row.DepositID, PaymentIntentID: db.Text(row.PaymentIntentID),
				CampaignID: db.Text(row.CampaignID), Currency: money.Currency(row.Currency), AmountMinor: row.AmountMinor,
			},
			Status: funding.RefundStatus(row.Status), RefundID: db.Text(row.RefundID), FailureCode: row.FailureCode, RequestedAt: row.RequestedAt, EndedAt: row.EndedAt,
		}
	}
	return refunds, nil
}
