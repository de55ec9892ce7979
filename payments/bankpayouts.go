package payments

import (
	"context"
	"time"

	"github.com/stripe/stripe-go/v79"
)

// The states of a bank payout. One that is paid can still become failed for some days.
const (
	BankPayoutPending   = string(stripe.PayoutStatusPending)
	BankPayoutInTransit = string(stripe.PayoutStatusInTransit)
	BankPayoutPaid      = string(stripe.PayoutStatusPaid)
	BankPayoutFailed    = string(stripe.PayoutStatusFailed)
	BankPayoutCanceled  = string(stripe.PayoutStatusCanceled)
)

// BankPayoutRequest sends a payout from a connected account's balance to its bank.
type BankPayoutRequest struct {
	PayoutID string
	// Account is the creator's connected account.
	Account        string
	AmountMinor    int64
	Currency       string
	Generation     int
	IdempotencyKey string
}

// BankPayout is money on its way to a bank. PayoutID is empty, and Generation without
// meaning, on one that was not made by us, such as an automatic payout.
type BankPayout struct {
	ID          string
	Status      string
	AmountMinor int64
	Currency    string
	PayoutID    string
	Generation  int
	// FailureCode is Stripe's code for why the bank refused or returned the money.
	FailureCode string
	// FailureBalanceTransactionID is set once the money of a failed or cancelled payout is
	// back in the connected balance.
	FailureBalanceTransactionID string
	// ArrivalDate is when Stripe expects the bank to have the money.
	ArrivalDate time.Time
	CreatedAt   time.Time
}

// CreateBankPayout starts the bank payout of a payout's generation on the connected account.
// The faults are those of doc.go, and Conflict "bank_account_missing" for an account without a
// bank account in the currency.
func (c *Client) CreateBankPayout(ctx context.Context, request BankPayoutRequest) (BankPayout, error) {
	amount, err := wireBankPayoutAmount(request.AmountMinor, request.Currency)
	if err := firstOf(err, checkOwnID(metadataPayoutID, request.PayoutID), checkAccount(request.Account),
		checkGeneration(request.Generation), checkKey(request.IdempotencyKey)); err != nil {
		return BankPayout{}, err
	}

	op := writing("bank payout")
	op.blames = map[string]codedRefusal{"currency": noBankAccount, "destination": noBankAccount}
	made, err := perform(ctx, op, func(ctx context.Context) (*stripe.Payout, error) {
		return c.api.Payouts.New(&stripe.PayoutParams{
			Params:   paramsFor(ctx, request.Account, request.IdempotencyKey),
			Amount:   &amount,
			Currency: wireCurrency(request.Currency),
			Metadata: payoutMetadata(request.PayoutID, request.Generation),
		})
	}, func(p *stripe.Payout) bool { return p.ID != "" && p.Amount == amount })
	if err != nil {
		return BankPayout{}, err
	}
	return bankPayout(made), nil
}

// GetBankPayout returns a connected account's bank payout by Stripe's id, or NotFound
// "resource_missing".
func (c *Client) GetBankPayout(ctx context.Context, account, id string) (BankPayout, error) {
	if err := firstOf(checkAccount(account), checkStripeID("id", id)); err != nil {
		return BankPayout{}, err
	}

	found, err := perform(ctx, reading("bank payout"), func(ctx context.Context) (*stripe.Payout, error) {
		return c.api.Payouts.Get(id, &stripe.PayoutParams{Params: paramsFor(ctx, account, "")})
	}, func(p *stripe.Payout) bool { return p.ID == id })
	if err != nil {
		return BankPayout{}, err
	}
	return bankPayout(found), nil
}

// FindBankPayout looks for the bank payout of one generation of a payout among all of the
// account's, which is as far as Stripe can filter. False without an error means that the
// account has none. Two of them are the Conflict "duplicate_at_stripe".
func (c *Client) FindBankPayout(ctx context.Context, account, payoutID string, generation int) (BankPayout, bool, error) {
	if err := firstOf(checkAccount(account), checkOwnID(metadataPayoutID, payoutID), checkGeneration(generation)); err != nil {
		return BankPayout{}, false, err
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
		return BankPayout{}, false, err
	}
	match, err := only(op, found)
	if err != nil || match == nil {
		return BankPayout{}, false, err
	}
	return bankPayout(match), true, nil
}

func bankPayout(p *stripe.Payout) BankPayout {
	payout := BankPayout{
		ID:          p.ID,
		Status:      string(p.Status),
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
	if returned := p.FailureBalanceTransaction; returned != nil {
		payout.FailureBalanceTransactionID = returned.ID
	}
	return payout
}
