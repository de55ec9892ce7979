package statements

import (
	"context"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/internal/sqlc"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/statement"
)

// GetDepositReceipt returns the receipt of one payment into the balance of an organization, with what went
// back since. It returns fault.NotFound "organization_not_found" and "receipt_not_found". It returns
// fault.Conflict "archived", and "receipt_of_campaign" for the payment of a campaign of which a part moved
// to the balance: the campaign has the receipt.
func (s *Store) GetDepositReceipt(ctx context.Context, organizationID, paymentID string) (statement.DepositReceipt, error) {
	reader := depositReader{DepositReceipt: statement.DepositReceipt{OrganizationID: organizationID, PaymentID: paymentID}}
	err := s.inSnapshot(ctx, func(q *sqlc.Queries) error {
		reader.q = q
		for _, step := range []func(context.Context) error{reader.open, reader.readPayment, reader.readReturns, reader.readDisputes} {
			if err := step(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	return reader.DepositReceipt, err
}

type depositReader struct {
	statement.DepositReceipt
	q *sqlc.Queries
}

func (d *depositReader) open(ctx context.Context) (err error) {
	if d.Name, err = nameOf(ctx, d.q, d.OrganizationID); err != nil {
		return err
	}
	rows, err := d.q.FindReceiptDeposits(ctx, sqlc.FindReceiptDepositsParams{OrganizationID: d.OrganizationID, PaymentID: d.PaymentID})
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		return depositReceiptNotFound()
	}
	if campaignID := db.Text(rows[0].CampaignID); campaignID != "" {
		return fault.New(fault.Conflict, "receipt_of_campaign",
			"the payment was made for campaign %s, and a part of it moved to the balance: its receipt is that of the campaign, /v1/campaigns/%s/receipts/%s",
			campaignID, campaignID, d.PaymentID)
	}
	d.DepositID, d.Currency, d.Method = rows[0].ID, money.Currency(rows[0].Currency), rows[0].Method
	d.PaidAt = rows[0].PaidAt
	return requirePostings(ctx, d.q, rows[0].BookedAt) // everything about the payment is dated from here on
}

func depositReceiptNotFound() error {
	return fault.New(fault.NotFound, "receipt_not_found", "the organization has no such payment")
}

func (d *depositReader) readPayment(ctx context.Context) error {
	found, err := d.q.FindPayment(ctx, sqlc.FindPaymentParams{
		Currency: string(d.Currency), AccountCode: string(ledger.OrganizationBalance(d.OrganizationID)),
		SurchargeCode: string(ledger.ProcessingSurcharges), PaymentID: d.PaymentID,
	})
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return depositReceiptNotFound()
	}
	entry := found[0]
	d.EntryID, d.BookedAt = entry.ID, entry.EffectiveAt
	d.PaidMinor, d.SurchargeMinor, d.DepositedMinor = entry.DebitMinor, entry.SurchargeMinor, entry.AmountMinor
	return nil
}

func (d *depositReader) readReturns(ctx context.Context) error {
	rows, err := d.q.ListDepositReturns(ctx, sqlc.ListDepositReturnsParams{DepositID: d.DepositID, Codes: balanceCodes(d.OrganizationID)})
	for _, row := range rows {
		d.Add(statement.BalancePosted{Part: row.Part, SumMinor: row.SumMinor, Line: statement.BalanceLine{
			EntryID: row.EntryID, Kind: ledger.Kind(row.Kind), Reference: row.Reference, At: row.EffectiveAt,
			DepositID: d.DepositID, PaymentID: d.PaymentID, WithdrawalID: row.WithdrawalID,
		}})
	}
	return err
}

func (d *depositReader) readDisputes(ctx context.Context) error {
	rows, err := d.q.ListDepositDisputes(ctx, d.DepositID)
	for _, row := range rows {
		dispute := statement.Dispute{
			DisputeID: row.DisputeID, PaymentID: row.PaymentIntentID, Status: row.Status, AmountMinor: row.AmountMinor, OpenedAt: row.OpenedAt, ClosedAt: row.ClosedAt,
		}
		if row.ClosedAt == nil {
			dispute.FrozenMinor = row.AmountMinor
		}
		d.Disputes = append(d.Disputes, dispute)
	}
	return err
}
