package stripe

import (
	"context"
	"time"

	"github.com/stripe/stripe-go/v79"

	"github.com/creditroll/creditroll/domain/rail"
)

// GetDispute returns a dispute by Stripe's id, or NotFound "resource_missing".
func (c *Client) GetDispute(ctx context.Context, id string) (rail.Dispute, error) {
	if err := checkStripeID("id", id); err != nil {
		return rail.Dispute{}, err
	}

	found, err := perform(ctx, reading("dispute"), func(ctx context.Context) (*stripe.Dispute, error) {
		return c.api.Disputes.Get(id, &stripe.DisputeParams{Params: params(ctx, "")})
	}, func(d *stripe.Dispute) bool { return d.ID == id })
	if err != nil {
		return rail.Dispute{}, err
	}
	return dispute(found), nil
}

func dispute(d *stripe.Dispute) rail.Dispute {
	read := rail.Dispute{
		ID:          d.ID,
		Status:      disputeStatus(d.Status),
		Reason:      safeCode(string(d.Reason)),
		AmountMinor: amountMinor(d.Amount, d.Currency),
		Currency:    currencyCode(d.Currency),
	}
	if d.PaymentIntent != nil {
		read.FundingID = d.PaymentIntent.ID
	}
	if due := d.EvidenceDetails; due != nil && due.DueBy > 0 {
		read.DueBy = time.Unix(due.DueBy, 0).UTC()
	}
	// The list is empty, or holds one that withdraws and perhaps one that reinstates.
	for _, moved := range d.BalanceTransactions {
		switch {
		case moved == nil:
		case moved.Amount > 0:
			read.Reinstated = true
			read.ReinstatedMinor += amountMinor(moved.Amount, moved.Currency)
		case moved.Amount < 0:
			read.WithdrawnMinor -= amountMinor(moved.Amount, moved.Currency)
			read.FeeMinor += amountMinor(moved.Fee, moved.Currency)
			read.SettlementCurrency = currencyCode(moved.Currency)
		}
	}
	return read
}
