package payments

import (
	"context"
	"time"

	"github.com/stripe/stripe-go/v79"
)

// ReversalRequest takes a transfer, or a part of it, back to the platform's balance.
type ReversalRequest struct {
	TransferID  string
	AmountMinor int64
	// Currency is that of the transfer.
	Currency       string
	PayoutID       string
	Generation     int
	IdempotencyKey string
}

// Reversal is money taken back from a connected account. PayoutID is empty, and Generation
// without meaning, on a reversal that was not made by us.
type Reversal struct {
	ID          string
	TransferID  string
	AmountMinor int64
	Currency    string
	PayoutID    string
	Generation  int
	CreatedAt   time.Time
}

// ReverseTransfer takes a transfer back. The account must still hold the money, else Conflict
// "balance_insufficient". Other faults are those of doc.go.
func (c *Client) ReverseTransfer(ctx context.Context, request ReversalRequest) (Reversal, error) {
	amount, err := wireAmount(request.AmountMinor, request.Currency)
	if err := firstOf(err, checkStripeID("transfer_id", request.TransferID), checkOwnID(metadataPayoutID, request.PayoutID),
		checkGeneration(request.Generation), checkKey(request.IdempotencyKey)); err != nil {
		return Reversal{}, err
	}

	made, err := perform(ctx, writing("transfer reversal"), func(ctx context.Context) (*stripe.TransferReversal, error) {
		return c.api.TransferReversals.New(&stripe.TransferReversalParams{
			Params:   params(ctx, request.IdempotencyKey),
			ID:       &request.TransferID,
			Amount:   &amount,
			Metadata: payoutMetadata(request.PayoutID, request.Generation),
		})
	}, func(r *stripe.TransferReversal) bool { return r.ID != "" && r.Amount == amount })
	if err != nil {
		return Reversal{}, err
	}
	return reversal(made, request.TransferID), nil
}

// FindReversal looks for the reversal of one generation among all reversals of a transfer.
// False without an error means that Stripe has none. An unknown transfer is NotFound.
func (c *Client) FindReversal(ctx context.Context, transferID string, generation int) (Reversal, bool, error) {
	if err := firstOf(checkStripeID("transfer_id", transferID), checkGeneration(generation)); err != nil {
		return Reversal{}, false, err
	}

	op := reading("transfer reversal")
	found, err := collect(ctx, op, func(list stripe.ListParams) (page[stripe.TransferReversal], error) {
		answer := c.api.TransferReversals.List(&stripe.TransferReversalListParams{ListParams: list, ID: &transferID})
		return page[stripe.TransferReversal]{answer.TransferReversalList().Data, answer.Meta().HasMore}, answer.Err()
	}, func(r *stripe.TransferReversal) string { return r.ID }, func(r *stripe.TransferReversal) bool {
		payoutID := r.Metadata[metadataPayoutID]
		return payoutID != "" && belongsToPayout(r.Metadata, payoutID, generation)
	})
	if err != nil {
		return Reversal{}, false, err
	}
	match, err := only(op, found)
	if err != nil || match == nil {
		return Reversal{}, false, err
	}
	return reversal(match, transferID), true, nil
}

func reversal(r *stripe.TransferReversal, transferID string) Reversal {
	return Reversal{
		ID:          r.ID,
		TransferID:  transferID,
		AmountMinor: amountMinor(r.Amount, r.Currency),
		Currency:    currencyCode(r.Currency),
		PayoutID:    r.Metadata[metadataPayoutID],
		Generation:  generationIn(r.Metadata),
		CreatedAt:   time.Unix(r.Created, 0).UTC(),
	}
}
