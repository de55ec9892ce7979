package stripe_test

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/payments/stripe"
)

// writingCall makes one call that moves money out of the parts that all of them share.
type writingCall func(ctx context.Context, client *stripe.Client, amountMinor int64, currency money.Currency, key string) error

var writingCalls = map[string]writingCall{
	"funding": func(ctx context.Context, c *stripe.Client, amountMinor int64, currency money.Currency, key string) error {
		_, err := c.CreateFunding(ctx, rail.FundingRequest{CampaignID: "c1", AmountMinor: amountMinor, Currency: currency, IdempotencyKey: key})
		return err
	},
	"transfer": func(ctx context.Context, c *stripe.Client, amountMinor int64, currency money.Currency, key string) error {
		_, err := c.CreateTransfer(ctx, rail.TransferRequest{PayoutID: "p1", AmountMinor: amountMinor, Currency: currency, Account: "acct_1", IdempotencyKey: key})
		return err
	},
	"reversal": func(ctx context.Context, c *stripe.Client, amountMinor int64, currency money.Currency, key string) error {
		_, err := c.ReverseTransfer(ctx, rail.ReversalRequest{TransferID: "tr_1", AmountMinor: amountMinor, Currency: currency, PayoutID: "p1", IdempotencyKey: key})
		return err
	},
	"bank payout": func(ctx context.Context, c *stripe.Client, amountMinor int64, currency money.Currency, key string) error {
		_, err := c.CreateBankPayout(ctx, rail.BankPayoutRequest{PayoutID: "p1", Account: "acct_1", AmountMinor: amountMinor, Currency: currency, IdempotencyKey: key})
		return err
	},
	"refund": func(ctx context.Context, c *stripe.Client, amountMinor int64, currency money.Currency, key string) error {
		_, err := c.CreateRefund(ctx, rail.RefundRequest{CampaignID: "c1", FundingID: "pi_1", AmountMinor: amountMinor, Currency: currency, IdempotencyKey: key})
		return err
	},
}

func TestEveryCallThatMovesMoney(t *testing.T) {
	t.Parallel()

	for name, call := range writingCalls {
		t.Run("refuses a "+name+" that is not fit to send", func(t *testing.T) {
			t.Parallel()
			client, stub := setup(t, answer(200, object{}))
			ctx := t.Context()

			for code, errs := range map[string][]error{
				"idempotency_key_required": {call(ctx, client, 1, "USD", "")},
				"idempotency_key_invalid": {
					call(ctx, client, 1, "USD", strings.Repeat("k", 256)), call(ctx, client, 1, "USD", " key"), call(ctx, client, 1, "USD", "k\r\ny"),
				},
				"amount_not_positive":    {call(ctx, client, 0, "USD", "key"), call(ctx, client, math.MinInt64, "USD", "key")},
				"unknown_currency":       {call(ctx, client, 1, "usd", "key"), call(ctx, client, 1, "", "key")},
				"amount_too_large":       {call(ctx, client, math.MaxInt64, "ISK", "key")},
				"amount_not_whole_units": {call(ctx, client, 150, "MGA", "key"), call(ctx, client, 5124, "KWD", "key")},
			} {
				for _, err := range errs {
					requireFault(t, err, fault.Invalid, code)
				}
			}
			require.Zero(t, stub.count(), "refused after sending")
		})

		t.Run("sends the key of a "+name+" as it is", func(t *testing.T) {
			t.Parallel()
			client, stub := setup(t, answer(200, object{"id": "x_1", "amount": 1, "currency": "usd"}))
			key := strings.Repeat("k", 255)

			err := call(t.Context(), client, 1, "USD", key)

			require.NoError(t, err)
			require.Equal(t, key, stub.last(t).Header.Get("Idempotency-Key"))
		})
	}

	t.Run("refuses ids that lead elsewhere", func(t *testing.T) {
		t.Parallel()
		client, stub := setup(t, answer(200, object{}))
		ctx := t.Context()
		transfer := transferRequest()
		transfer.Account = "po_1"
		negative := transferRequest()
		negative.Generation = -1
		unnamed := transferRequest()
		unnamed.PayoutID = ""

		_, elsewhere := client.CreateTransfer(ctx, transfer)
		_, backwards := client.CreateTransfer(ctx, negative)
		_, nobodys := client.CreateTransfer(ctx, unnamed)
		_, swapped := client.GetBankPayout(ctx, "po_1", "acct_1")

		requireFault(t, elsewhere, fault.Invalid, "stripe_account_invalid")
		requireFault(t, backwards, fault.Invalid, "generation_negative")
		requireFault(t, nobodys, fault.Invalid, "id_invalid")
		requireFault(t, swapped, fault.Invalid, "stripe_account_invalid")
		for _, id := range []string{"", "../accounts", "tr_1/reversals", "tr_1?x=y"} {
			_, err := client.GetTransfer(ctx, id)
			requireFault(t, err, fault.Invalid, "stripe_id_invalid")
		}
		require.Zero(t, stub.count())
	})
}
