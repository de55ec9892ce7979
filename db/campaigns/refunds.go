package campaigns

import (
	"context"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
)

// ListRefundsOnRecord looks up what the books know of Stripe's refunds.
func (s *Store) ListRefundsOnRecord(ctx context.Context, refundIDs []string) (campaign.BookedRefunds, error) {
	rows, err := s.db.Queries.ListRefundEntries(ctx, sqlc.ListRefundEntriesParams{
		Kinds: []string{string(ledger.KindEscrowRefunded), string(ledger.KindEscrowRefundFailed)}, RefundIds: refundIDs,
	})
	var known campaign.BookedRefunds
	for _, row := range rows {
		if ledger.Kind(row.Kind) == ledger.KindEscrowRefundFailed {
			known.Failed = append(known.Failed, row.Reference)
		} else {
			known.Booked = append(known.Booked, row.Reference)
		}
	}
	return known, db.Translate(err)
}

// RecordRefundFailed books that a refund which had succeeded came back: its money is escrow
// again, first to make good what we lost, then frozen as far as open disputes reach.
// transactionID is the balance transaction that brought it, or empty where Stripe names none.
// It returns fault.Conflict "nothing_to_reverse" for a refund that is not booked.
func (s *Store) RecordRefundFailed(ctx context.Context, refund ledger.Refund, transactionID string) error {
	return s.postWithFunds(ctx, refund.CampaignID, ledger.EscrowRefundFailed(refund), transactionID, FundsChange{ReturnedMinor: -refund.AmountMinor})
}

// FindByPayment returns the campaign that a payment funds, or false if none does.
func (s *Store) FindByPayment(ctx context.Context, paymentIntentID string) (campaign.Paid, bool, error) {
	rows, err := s.db.Queries.FindCampaignByPayment(ctx, paymentIntentID)
	if err != nil || len(rows) == 0 {
		return campaign.Paid{}, false, db.Translate(err)
	}
	return campaign.Paid{CampaignID: rows[0].ID, Currency: money.Currency(rows[0].Currency), Funded: rows[0].Funded}, true, nil
}
