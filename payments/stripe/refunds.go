package stripe

import (
	"context"
	"time"

	"github.com/stripe/stripe-go/v79"

	"github.com/creditroll/creditroll/domain/rail"
)

// CreateRefund refunds the payment of a campaign or a deposit, or a part of it. The faults are those of
// doc.go.
func (c *Client) CreateRefund(ctx context.Context, request rail.RefundRequest) (rail.Refund, error) {
	amount, err := wireAmount(request.AmountMinor, request.Currency)
	if err := firstOf(err, checkRefundOwner(request),
		checkStripeID("funding_id", request.FundingID), checkKey(request.IdempotencyKey)); err != nil {
		return rail.Refund{}, err
	}

	made, err := perform(ctx, writing("refund"), func(ctx context.Context) (*stripe.Refund, error) {
		return c.api.Refunds.New(&stripe.RefundParams{
			Params:        params(ctx, request.IdempotencyKey),
			Amount:        &amount,
			PaymentIntent: &request.FundingID,
			Metadata:      refundMetadata(request),
			Expand:        expandRefund(""),
		})
	}, func(r *stripe.Refund) bool { return r.ID != "" && r.Amount == amount })
	if err != nil {
		return rail.Refund{}, err
	}
	return refund(made), nil
}

// ListRefunds returns all refunds of a payment, newest first: those in any state, and those
// made by hand as well as ours.
func (c *Client) ListRefunds(ctx context.Context, fundingID string) ([]rail.Refund, error) {
	if err := checkStripeID("funding_id", fundingID); err != nil {
		return nil, err
	}

	found, err := collect(ctx, reading("refund"), func(list stripe.ListParams) (page[stripe.Refund], error) {
		answer := c.api.Refunds.List(&stripe.RefundListParams{ListParams: list, PaymentIntent: &fundingID, Expand: expandRefund("data.")})
		return page[stripe.Refund]{answer.RefundList().Data, answer.Meta().HasMore}, answer.Err()
	}, func(r *stripe.Refund) string { return r.ID }, func(*stripe.Refund) bool { return true })
	if err != nil {
		return nil, err
	}
	refunds := make([]rail.Refund, len(found))
	for i, r := range found {
		refunds[i] = refund(r)
	}
	return refunds, nil
}

// expandRefund includes what the refund changed on the balance. Without it, both are bare ids.
func expandRefund(below string) []*string {
	return []*string{stripe.String(below + "balance_transaction"), stripe.String(below + "failure_balance_transaction")}
}

func refund(r *stripe.Refund) rail.Refund {
	made := rail.Refund{
		ID:           r.ID,
		Status:       refundStatus(r.Status),
		AmountMinor:  amountMinor(r.Amount, r.Currency),
		Currency:     currencyCode(r.Currency),
		CampaignID:   r.Metadata[metadataCampaignID],
		WithdrawalID: uuidIn(r.Metadata, metadataWithdrawalID),
		Number:       numberIn(r.Metadata),
		FailureCode:  safeCode(string(r.FailureReason)),
		CreatedAt:    time.Unix(r.Created, 0).UTC(),
	}
	if made.WithdrawalID == "" && r.Metadata[metadataWithdrawalID] != "" {
		made.Number = 0 // it has a meaning only together with our id
	}
	if r.PaymentIntent != nil {
		made.FundingID = r.PaymentIntent.ID
	}
	if taken := r.BalanceTransaction; taken != nil && taken.Currency != "" {
		made.WithdrawnMinor = -amountMinor(taken.Net, taken.Currency)
		made.SettlementCurrency = currencyCode(taken.Currency)
	}
	if back := r.FailureBalanceTransaction; back != nil {
		made.FailureTransactionID = back.ID
		made.ReturnedMinor = amountMinor(back.Net, back.Currency)
	}
	return made
}
