package stripe

import (
	"context"
	"time"

	"github.com/stripe/stripe-go/v79"

	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/rail"
)

// CreateTransfer makes the transfer of a payout's generation. The faults are those of doc.go.
func (c *Client) CreateTransfer(ctx context.Context, request rail.TransferRequest) (rail.Transfer, error) {
	amount, err := wireAmount(request.AmountMinor, request.Currency)
	if err := firstOf(err, checkOwnID(metadataPayoutID, request.PayoutID), checkAccount(request.Account),
		checkGeneration(request.Generation), checkKey(request.IdempotencyKey)); err != nil {
		return rail.Transfer{}, err
	}

	made, err := perform(ctx, writing("transfer"), func(ctx context.Context) (*stripe.Transfer, error) {
		return c.api.Transfers.New(&stripe.TransferParams{
			Params:        params(ctx, request.IdempotencyKey),
			Amount:        &amount,
			Currency:      wireCurrency(request.Currency),
			Destination:   &request.Account,
			TransferGroup: stripe.String(names.PayoutGroup(request.PayoutID)),
			Metadata:      payoutMetadata(request.PayoutID, request.Generation),
		})
	}, func(t *stripe.Transfer) bool { return t.ID != "" && t.Amount == amount })
	if err != nil {
		return rail.Transfer{}, err
	}
	return transfer(made), nil
}

// GetTransfer returns a transfer by Stripe's id, or NotFound "resource_missing".
func (c *Client) GetTransfer(ctx context.Context, id string) (rail.Transfer, error) {
	if err := checkStripeID("id", id); err != nil {
		return rail.Transfer{}, err
	}

	found, err := perform(ctx, reading("transfer"), func(ctx context.Context) (*stripe.Transfer, error) {
		return c.api.Transfers.Get(id, &stripe.TransferParams{Params: params(ctx, "")})
	}, func(t *stripe.Transfer) bool { return t.ID == id })
	if err != nil {
		return rail.Transfer{}, err
	}
	return transfer(found), nil
}

// FindTransfer looks for the transfer of one generation of a payout among all of the payout's
// transfers. False without an error means that Stripe has none. Two such transfers are the
// Conflict "duplicate_at_stripe".
func (c *Client) FindTransfer(ctx context.Context, payoutID string, generation int) (rail.Transfer, bool, error) {
	if err := firstOf(checkOwnID(metadataPayoutID, payoutID), checkGeneration(generation)); err != nil {
		return rail.Transfer{}, false, err
	}

	op := reading("transfer")
	found, err := collect(ctx, op, func(list stripe.ListParams) (page[stripe.Transfer], error) {
		answer := c.api.Transfers.List(&stripe.TransferListParams{
			ListParams: list, TransferGroup: stripe.String(names.PayoutGroup(payoutID)),
		})
		return page[stripe.Transfer]{answer.TransferList().Data, answer.Meta().HasMore}, answer.Err()
	}, func(t *stripe.Transfer) string { return t.ID }, func(t *stripe.Transfer) bool {
		return belongsToPayout(t.Metadata, payoutID, generation)
	})
	if err != nil {
		return rail.Transfer{}, false, err
	}
	match, err := only(op, found, func(t *stripe.Transfer) bool { return t.Reversed })
	if err != nil || match == nil {
		return rail.Transfer{}, false, err
	}
	return transfer(match), true, nil
}

func transfer(t *stripe.Transfer) rail.Transfer {
	made := rail.Transfer{
		ID:            t.ID,
		AmountMinor:   amountMinor(t.Amount, t.Currency),
		ReversedMinor: amountMinor(t.AmountReversed, t.Currency),
		Currency:      currencyCode(t.Currency),
		PayoutID:      t.Metadata[metadataPayoutID],
		Generation:    generationIn(t.Metadata),
		CreatedAt:     time.Unix(t.Created, 0).UTC(),
	}
	if t.Destination != nil {
		made.Account = t.Destination.ID
	}
	if t.DestinationPayment != nil {
		made.ArrivalID = t.DestinationPayment.ID
	}
	return made
}
