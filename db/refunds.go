package db

import (
	"context"

	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
)

// RefundsOnRecord says which refunds the books have as succeeded, and which of those as
// failed after all. A refund in neither list is not on record.
type RefundsOnRecord struct {
	Booked []string
	Failed []string
}

// RefundsOnRecord looks up what the books know of Stripe's refunds.
func (s *Store) RefundsOnRecord(ctx context.Context, refundIDs []string) (RefundsOnRecord, error) {
	rows, err := s.queries.ListRefundEntries(ctx, sqlc.ListRefundEntriesParams{
		Kinds: []string{string(ledger.KindEscrowRefunded), string(ledger.KindEscrowRefundFailed)}, RefundIds: refundIDs,
	})
	var known RefundsOnRecord
	for _, row := range rows {
		if ledger.Kind(row.Kind) == ledger.KindEscrowRefundFailed {
			known.Failed = append(known.Failed, row.Reference)
		} else {
			known.Booked = append(known.Booked, row.Reference)
		}
	}
	return known, translate(err)
}

// RecordRefundFailed books that a refund which had succeeded came back: its money is escrow
// again, first to make good what we lost, then frozen as far as open disputes reach.
// transactionID is the balance transaction that brought it, or empty where Stripe names none.
// It returns fault.Conflict "nothing_to_reverse" for a refund that is not booked.
func (s *Store) RecordRefundFailed(ctx context.Context, refund ledger.Refund, transactionID string) error {
	object := externalObject{"balance_transaction", transactionID}
	return s.postFromPot(ctx, refund.CampaignID, ledger.EscrowRefundFailed(refund), object, potChange{returnedMinor: -refund.AmountMinor})
}

// PaidCampaign is the campaign that a payment of a brand funds.
type PaidCampaign struct {
	CampaignID string
	Currency   money.Currency
	// Funded: the payment is in the books.
	Funded bool
}

// CampaignOfPayment returns the campaign that a payment funds, or false if none does.
func (s *Store) CampaignOfPayment(ctx context.Context, paymentIntentID string) (PaidCampaign, bool, error) {
	rows, err := s.queries.FindCampaignByPayment(ctx, paymentIntentID)
	if err != nil || len(rows) == 0 {
		return PaidCampaign{}, false, translate(err)
	}
	return PaidCampaign{CampaignID: rows[0].ID, Currency: money.Currency(rows[0].Currency), Funded: rows[0].Funded}, true, nil
}
