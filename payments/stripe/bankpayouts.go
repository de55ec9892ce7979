package stripe

import (
	"context"
	"time"

	"github.com/stripe/stripe-go/v79"

	"github.com/creditroll/creditroll/domain/rail"
)

// CreateBankPayout starts the bank payout of a payout's generation on the connected account.
// The faults are those of doc.go, Conflict "bank_account_missing" for an account without a bank
// account in the currency, and a Conflict that means rail.InstantRefused if it cannot be instant.
func (c *Client) CreateBankPayout(ctx context.Context, request rail.BankPayoutRequest) (rail.BankPayout, error) {
	amount, err := wireBankPayoutAmount(request.AmountMinor, request.Currency)
	if err := firstOf(err, checkOwnID(metadataPayoutID, request.PayoutID), checkAccount(request.Account),
		checkGeneration(request.Generation), checkKey(request.IdempotencyKey)); err != nil {
		return rail.BankPayout{}, err
	}

	op := writing("bank payout")
	// The currency was checked before, so Stripe misses a bank account for it.
	op.blames = map[string]string{"currency": noBankAccount, "destination": noBankAccount}
	var method *string // Stripe's default is the standard method
	if request.Instant {
		method = stripe.String(string(stripe.PayoutMethodInstant))
		op.blames["method"] = notInstant
	}
	made, err := perform(ctx, op, func(ctx context.Context) (*stripe.Payout, error) {
		return c.api.Payouts.New(&stripe.PayoutParams{
			Params:   paramsFor(ctx, request.Account, request.IdempotencyKey),
			Amount:   &amount,
			Currency: wireCurrency(request.Currency),
			Method:   method,
			Metadata: payoutMetadata(request.PayoutID, request.Generation),
		})
	}, func(p *stripe.Payout) bool { return p.ID != "" && p.Amount == amount })
	if err != nil {
		return rail.BankPayout{}, err
	}
	return bankPayout(made), nil
}

// GetBankPayout returns a connected account's bank payout by Stripe's id, or NotFound
// "resource_missing".
func (c *Client) GetBankPayout(ctx context.Context, account, id string) (rail.BankPayout, error) {
	if err := firstOf(checkAccount(account), checkStripeID("id", id)); err != nil {
		return rail.BankPayout{}, err
	}

	found, err := perform(ctx, reading("bank payout"), func(ctx context.Context) (*stripe.Payout, error) {
		return c.api.Payouts.Get(id, &stripe.PayoutParams{Params: paramsFor(ctx, account, "")})
	}, func(p *stripe.Payout) bool { return p.ID == id })
	if err != nil {
		return rail.BankPayout{}, err
	}
	return bankPayout(found), nil
}

// FindBankPayout looks for the bank payout of one generation of a payout among all of the
// account's, which is as far as Stripe can filter. False without an error means that the
// account has none. Two of them are the Conflict "duplicate_at_stripe".
func (c *Client) FindBankPayout(ctx context.Context, account, payoutID string, generation int) (rail.BankPayout, bool, error) {
	if err := firstOf(checkAccount(account), checkOwnID(metadataPayoutID, payoutID), checkGeneration(generation)); err != nil {
		return rail.BankPayout{}, false, err
	}

	op := reading("bank payout")
	found, err := collect(ctx, op, func(list stripe.ListParams) (page[stripe.Payout], error) {
		list.StripeAccount = &account
		answer := c.api.Payouts.List(&stripe.PayoutListParams{ListParams: list})
		return page[stripe.Payout]{answer.PayoutList().Data, answer.Meta().HasMore}, answer.Err()
	}, func(p *stripe.Payout) string { return p.ID }, func(p *stripe.Payout) bool {
		return belongsToPayout(p.Metadata, payoutID, generation)
	})
	if err != nil {
		return rail.BankPayout{}, false, err
	}
	match, err := only(op, found, func(p *stripe.Payout) bool {
		return p.Status == stripe.PayoutStatusFailed || p.Status == stripe.PayoutStatusCanceled
	})
	if err != nil || match == nil {
		return rail.BankPayout{}, false, err
	}
	return bankPayout(match), true, nil
}

func bankPayout(p *stripe.Payout) rail.BankPayout {
	payout := rail.BankPayout{
		ID:          p.ID,
		Status:      bankPayoutStatus(p.Status),
		AmountMinor: amountMinor(p.Amount, p.Currency),
		Currency:    currencyCode(p.Currency),
		PayoutID:    p.Metadata[metadataPayoutID],
		Generation:  generationIn(p.Metadata),
		FailureCode: safeCode(string(p.FailureCode)),
		CreatedAt:   time.Unix(p.Created, 0).UTC(),
	}
	if p.ArrivalDate != 0 {
		payout.ArrivalDate = time.Unix(p.ArrivalDate, 0).UTC()
	}
	if p.Destination != nil {
		payout.Destination = p.Destination.ID
	}
	if returned := p.FailureBalanceTransaction; returned != nil {
		payout.FailureTransactionID = returned.ID
	}
	return payout
}
