package campaigns

import (
	"context"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
)

// ListRefundsOnRecord returns which of Stripe's refunds are booked as succeeded and as failed.
func (s *Store) ListRefundsOnRecord(ctx context.Context, refundIDs []string) (campaign.BookedRefunds, error) {
	rows, err := s.db.Queries.ListRefundEntries(ctx, sqlc.ListRefundEntriesParams{
		Kinds: []string{string(ledger.KindEscrowRefunded), string(ledger.KindEscrowRefundFailed)}, RefundIds: refundIDs,
	})
	var refunds campaign.BookedRefunds
	for _, row := range rows {
		if ledger.Kind(row.Kind) == ledger.KindEscrowRefundFailed {
			refunds.Failed = append(refunds.Failed, row.Reference)
		} else {
			refunds.Booked = append(refunds.Booked, row.Reference)
		}
	}
	return refunds, db.Translate(err)
}

// RecordRefundFailed books that a refund failed after it had succeeded. Its money returns to
// escrow: it first covers our loss, then open disputes freeze their part. transactionID is the
// balance transaction of the return, or empty if Stripe names none. It returns fault.Conflict
// "nothing_to_reverse" for a refund that is not booked.
func (s *Store) RecordRefundFailed(ctx context.Context, refund ledger.Refund, transactionID string) error {
	return s.postWithFunds(ctx, refund.CampaignID, ledger.EscrowRefundFailed(refund), transactionID, FundsChange{ReturnedMinor: -refund.AmountMinor}, nil)
}

// FindByPayment returns the campaign that a payment funds, or false if none does.
func (s *Store) FindByPayment(ctx context.Context, paymentIntentID string) (campaign.Paid, bool, error) {
	rows, err := s.db.Queries.FindCampaignByPayment(ctx, paymentIntentID)
	if err != nil || len(rows) == 0 {
		return campaign.Paid{}, false, db.Translate(err)
	}
	return campaign.Paid{CampaignID: rows[0].ID, Currency: money.Currency(rows[0].Currency), Funded: rows[0].Funded}, true, nil
}
