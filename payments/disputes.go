package payments

import (
	"context"
	"time"

	"github.com/stripe/stripe-go/v79"
)

// The states of a dispute that callers decide by. The others, warnings included, say that it
// is still open; a warning is an inquiry, for which no money is taken.
const (
	DisputeWon           = string(stripe.DisputeStatusWon)
	DisputeLost          = string(stripe.DisputeStatusLost)
	DisputeWarningClosed = string(stripe.DisputeStatusWarningClosed)
)

// Dispute is a payer's bank taking back what a brand paid, as far as it got. What moved says
// more than Status: money is withdrawn at the start, some time after the dispute appears,
// and reinstated some time after it is won.
type Dispute struct {
	ID              string
	Status          string
	Reason          string
	AmountMinor     int64
	Currency        string
	PaymentIntentID string
	// DueBy is until when evidence is taken; zero if the bank takes none.
	DueBy time.Time
	// WithdrawnMinor was taken from the platform's balance for the dispute itself, and FeeMinor
	// beside it. Both are zero while nothing was taken. They are in SettlementCurrency, which
	// differs from Currency when Stripe converts.
	WithdrawnMinor     int64
	FeeMinor           int64
	SettlementCurrency string
	// Reinstated: what was withdrawn is back.
	Reinstated bool
}

// GetDispute returns a dispute by Stripe's id, or NotFound "resource_missing".
func (c *Client) GetDispute(ctx context.Context, id string) (Dispute, error) {
	if err := checkStripeID("id", id); err != nil {
		return Dispute{}, err
	}

	found, err := perform(ctx, reading("dispute"), func(ctx context.Context) (*stripe.Dispute, error) {
		return c.api.Disputes.Get(id, &stripe.DisputeParams{Params: params(ctx, "")})
	}, func(d *stripe.Dispute) bool { return d.ID == id })
	if err != nil {
		return Dispute{}, err
	}
	return dispute(found), nil
}

func dispute(d *stripe.Dispute) Dispute {
	read := Dispute{
		ID:          d.ID,
		Status:      string(d.Status),
		Reason:      safeCode(string(d.Reason)),
		AmountMinor: amountMinor(d.Amount, d.Currency),
		Currency:    currencyCode(d.Currency),
	}
	if d.PaymentIntent != nil {
		read.PaymentIntentID = d.PaymentIntent.ID
	}
	if due := d.EvidenceDetails; due != nil && due.DueBy > 0 {
		read.DueBy = time.Unix(due.DueBy, 0).UTC()
	}
	// There are none, one that withdraws, or another one that reinstates.
	for _, moved := range d.BalanceTransactions {
		switch {
		case moved == nil:
		case moved.Amount > 0:
			read.Reinstated = true
		case moved.Amount < 0:
			read.WithdrawnMinor -= amountMinor(moved.Amount, moved.Currency)
			read.FeeMinor += amountMinor(moved.Fee, moved.Currency)
			read.SettlementCurrency = currencyCode(moved.Currency)
		}
	}
	return read
}
