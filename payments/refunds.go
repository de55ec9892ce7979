package payments

import (
	"context"
	"time"

	"github.com/stripe/stripe-go/v79"
)

// The states of a refund.
const (
	RefundPending   = string(stripe.RefundStatusPending)
	RefundSucceeded = string(stripe.RefundStatusSucceeded)
	RefundFailed    = string(stripe.RefundStatusFailed)
	RefundCanceled  = string(stripe.RefundStatusCanceled)
)

// RefundRequest returns unspent escrow to the brand.
type RefundRequest struct {
	CampaignID      string
	PaymentIntentID string
	AmountMinor     int64
	// Currency is that of the payment.
	Currency       string
	IdempotencyKey string
}

// Refund is money on its way back to a brand. CampaignID is empty on a refund that was not
// made by us.
type Refund struct {
	ID              string
	Status          string
	AmountMinor     int64
	Currency        string
	PaymentIntentID string
	CampaignID      string
	FailureCode     string
	// FailureTransactionID is the balance transaction that brought the money of a failed
	// refund back to the platform.
	FailureTransactionID string
	CreatedAt            time.Time
}

// CreateRefund refunds a part or the whole of a campaign's payment. The faults are those of
// doc.go.
func (c *Client) CreateRefund(ctx context.Context, request RefundRequest) (Refund, error) {
	amount, err := wireAmount(request.AmountMinor, request.Currency)
	if err := firstOf(err, checkOwnID(metadataCampaignID, request.CampaignID),
		checkStripeID("payment_intent_id", request.PaymentIntentID), checkKey(request.IdempotencyKey)); err != nil {
		return Refund{}, err
	}

	made, err := perform(ctx, writing("refund"), func(ctx context.Context) (*stripe.Refund, error) {
		return c.api.Refunds.New(&stripe.RefundParams{
			Params:        params(ctx, request.IdempotencyKey),
			Amount:        &amount,
			PaymentIntent: &request.PaymentIntentID,
			Metadata:      map[string]string{metadataCampaignID: request.CampaignID},
		})
	}, func(r *stripe.Refund) bool { return r.ID != "" && r.Amount == amount })
	if err != nil {
		return Refund{}, err
	}
	return refund(made), nil
}

// ListRefunds returns the refunds of a payment, newest first, in whatever state they are and
// whoever made them.
func (c *Client) ListRefunds(ctx context.Context, paymentIntentID string) ([]Refund, error) {
	if err := checkStripeID("payment_intent_id", paymentIntentID); err != nil {
		return nil, err
	}

	found, err := collect(ctx, reading("refund"), func(list stripe.ListParams) (page[stripe.Refund], error) {
		answer := c.api.Refunds.List(&stripe.RefundListParams{ListParams: list, PaymentIntent: &paymentIntentID})
		return page[stripe.Refund]{answer.RefundList().Data, answer.Meta().HasMore}, answer.Err()
	}, func(r *stripe.Refund) string { return r.ID }, func(*stripe.Refund) bool { return true })
	if err != nil {
		return nil, err
	}
	refunds := make([]Refund, len(found))
	for i, r := range found {
		refunds[i] = refund(r)
	}
	return refunds, nil
}

func refund(r *stripe.Refund) Refund {
	made := Refund{
		ID:          r.ID,
		Status:      string(r.Status),
		AmountMinor: amountMinor(r.Amount, r.Currency),
		Currency:    currencyCode(r.Currency),
		CampaignID:  r.Metadata[metadataCampaignID],
		FailureCode: safeCode(string(r.FailureReason)),
		CreatedAt:   time.Unix(r.Created, 0).UTC(),
	}
	if r.PaymentIntent != nil {
		made.PaymentIntentID = r.PaymentIntent.ID
	}
	if back := r.FailureBalanceTransaction; back != nil {
		made.FailureTransactionID = back.ID
	}
	return made
}
