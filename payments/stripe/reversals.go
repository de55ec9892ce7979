package stripe

import (
	"context"
	"time"

	"github.com/stripe/stripe-go/v79"

	"github.com/creditroll/creditroll/domain/rail"
)

// ReverseTransfer takes a transfer back. An account that no longer has the money is Conflict
// "balance_insufficient". Other faults are those of doc.go.
func (c *Client) ReverseTransfer(ctx context.Context, request rail.ReversalRequest) (rail.Reversal, error) {
	amount, err := wireAmount(request.AmountMinor, request.Currency)
	if err := firstOf(err, checkStripeID("transfer_id", request.TransferID), checkOwnID(metadataPayoutID, request.PayoutID),
		checkGeneration(request.Generation), checkKey(request.IdempotencyKey)); err != nil {
		return rail.Reversal{}, err
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
		return rail.Reversal{}, err
	}
	return reversal(made, request.TransferID), nil
}

// ListReversals returns all reversals of a transfer, newest first, also those made by hand. An
// unknown transfer is NotFound.
func (c *Client) ListReversals(ctx context.Context, transferID string) ([]rail.Reversal, error) {
	if err := checkStripeID("transfer_id", transferID); err != nil {
		return nil, err
	}
	found, err := c.reversals(ctx, reading("transfer reversal"), transferID, func(*stripe.TransferReversal) bool { return true })
	if err != nil {
		return nil, err
	}
	all := make([]rail.Reversal, len(found))
	for i, one := range found {
		all[i] = reversal(one, transferID)
	}
	return all, nil
}

func (c *Client) reversals(ctx context.Context, op operation, transferID string, wanted func(*stripe.TransferReversal) bool) ([]*stripe.TransferReversal, error) {
	return collect(ctx, op, func(list stripe.ListParams) (page[stripe.TransferReversal], error) {
		answer := c.api.TransferReversals.List(&stripe.TransferReversalListParams{ListParams: list, ID: &transferID})
		return page[stripe.TransferReversal]{answer.TransferReversalList().Data, answer.Meta().HasMore}, answer.Err()
	}, func(r *stripe.TransferReversal) string { return r.ID }, wanted)
}

// FindReversal looks for the reversal of one generation among all reversals of a transfer.
// False without an error means that Stripe has none. An unknown transfer is NotFound.
func (c *Client) FindReversal(ctx context.Context, transferID string, generation int) (rail.Reversal, bool, error) {
	if err := firstOf(checkStripeID("transfer_id", transferID), checkGeneration(generation)); err != nil {
		return rail.Reversal{}, false, err
	}

	op := reading("transfer reversal")
	found, err := c.reversals(ctx, op, transferID, func(r *stripe.TransferReversal) bool {
		payoutID := r.Metadata[metadataPayoutID]
		return payoutID != "" && belongsToPayout(r.Metadata, payoutID, generation)
	})
	if err != nil {
		return rail.Reversal{}, false, err
	}
	match, err := only(op, found, func(*stripe.TransferReversal) bool { return false })
	if err != nil || match == nil {
		return rail.Reversal{}, false, err
	}
	return reversal(match, transferID), true, nil
}

func reversal(r *stripe.TransferReversal, transferID string) rail.Reversal {
	made := rail.Reversal{
		ID:          r.ID,
		TransferID:  transferID,
		AmountMinor: amountMinor(r.Amount, r.Currency),
		Currency:    currencyCode(r.Currency),
		PayoutID:    r.Metadata[metadataPayoutID],
		Generation:  generationIn(r.Metadata),
		CreatedAt:   time.Unix(r.Created, 0).UTC(),
	}
	if r.DestinationPaymentRefund != nil {
		made.ReturnID = r.DestinationPaymentRefund.ID
	}
	return made
}
