package stripe_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/rail"
)

func TestBankPayouts(t *testing.T) {
	t.Parallel()

	payout := object{
		"id": "po_1", "object": "payout", "status": "failed", "amount": 500, "currency": "usd", "created": 1700000000, "arrival_date": 1700100000,
		"failure_code": "account_closed", "failure_message": "Jenny's account is closed", "failure_balance_transaction": "txn_9",
		"destination": "ba_1", "metadata": object{"payout_id": "018f-payout", "generation": "3"},
	}
	inOurWords := rail.BankPayout{
		ID: "po_1", Status: rail.BankPayoutFailed, AmountMinor: 500, Currency: "USD", PayoutID: "018f-payout", Generation: 3,
		FailureCode: "account_closed", FailureTransactionID: "txn_9", Destination: "ba_1",
		ArrivalDate: time.Unix(1700100000, 0).UTC(), CreatedAt: time.Unix(1700000000, 0).UTC(),
	}

	t.Run("start on the connected account with key and metadata", func(t *testing.T) {
		t.Parallel()
		client, stub := setup(t, answer(200, payout))

		made, err := client.CreateBankPayout(t.Context(), rail.BankPayoutRequest{
			PayoutID: "018f-payout", Account: "acct_creator1", AmountMinor: 500, Currency: "USD", Generation: 3, IdempotencyKey: "payout/018f-payout/bank/g3",
		})

		require.NoError(t, err)
		require.Equal(t, inOurWords, made)
		sent := stub.last(t)
		require.Equal(t, "/v1/payouts", sent.Path)
		require.Equal(t, "acct_creator1", sent.Header.Get("Stripe-Account"))
		require.Equal(t, "payout/018f-payout/bank/g3", sent.Header.Get("Idempotency-Key"))
		require.Equal(t, map[string][]string{
			"amount": {"500"}, "currency": {"usd"}, "metadata[payout_id]": {"018f-payout"}, "metadata[generation]": {"3"},
		}, map[string][]string(sent.Form))
	})

	t.Run("are instant on request", func(t *testing.T) {
		t.Parallel()
		client, stub := setup(t, answer(200, payout))

		_, err := client.CreateBankPayout(t.Context(), rail.BankPayoutRequest{
			PayoutID: "018f-payout", Account: "acct_creator1", AmountMinor: 500, Currency: "USD", Generation: 3, IdempotencyKey: "payout/018f-payout/bank/g3", Instant: true,
		})

		require.NoError(t, err)
		require.Equal(t, []string{"instant"}, stub.last(t).Form["method"])
	})

	for _, refusal := range []struct{ code, param, want string }{
		{"instant_payouts_unsupported", "destination", "instant_payouts_unsupported"},
		{"instant_payouts_limit_exceeded", "", "instant_payouts_limit_exceeded"},
		{"instant_payouts_currency_disabled", "currency", "instant_payouts_currency_disabled"},
		{"instant_payouts_config_disabled", "", "instant_payouts_config_disabled"},
		{"", "method", "instant_payout_refused"},
	} {
		t.Run("cannot be instant after "+refusal.want+", and nothing is wrong with the account", func(t *testing.T) {
			t.Parallel()
			client, _ := setup(t, answer(400, stripeError("invalid_request_error", refusal.code, refusal.param)))

			_, err := client.CreateBankPayout(t.Context(), rail.BankPayoutRequest{
				PayoutID: "018f-payout", Account: "acct_creator1", AmountMinor: 500, Currency: "USD", Generation: 1, IdempotencyKey: "payout/018f-payout/bank/g1", Instant: true,
			})

			requireFault(t, err, fault.Conflict, refusal.want)
			require.Equal(t, rail.InstantRefused, rail.MeaningOf(err))
		})
	}

	t.Run("are read on the connected account", func(t *testing.T) {
		t.Parallel()
		client, stub := setup(t, answer(200, payout))

		found, err := client.GetBankPayout(t.Context(), "acct_creator1", "po_1")

		require.NoError(t, err)
		require.Equal(t, inOurWords, found)
		require.Equal(t, "/v1/payouts/po_1", stub.last(t).Path)
		require.Equal(t, "acct_creator1", stub.last(t).Header.Get("Stripe-Account"))
	})

	t.Run("say nothing of a bank account that Stripe does not name", func(t *testing.T) {
		t.Parallel()
		client, _ := setup(t, answer(200, object{"id": "po_1", "object": "payout", "status": "failed", "amount": 500, "currency": "usd", "destination": nil}))

		found, err := client.GetBankPayout(t.Context(), "acct_creator1", "po_1")

		require.NoError(t, err)
		require.Empty(t, found.Destination)
	})

	t.Run("without a bank account for the currency are a matter of the account, not of the request", func(t *testing.T) {
		t.Parallel()
		client, _ := setup(t, answer(400, stripeError("invalid_request_error", "", "currency")))

		_, err := client.CreateBankPayout(t.Context(), rail.BankPayoutRequest{
			PayoutID: "018f-payout", Account: "acct_creator1", AmountMinor: 500, Currency: "USD", IdempotencyKey: "payout/018f-payout/bank/g0",
		})

		requireFault(t, err, fault.Conflict, "bank_account_missing")
		require.Equal(t, rail.BankAccountMissing, rail.MeaningOf(err))
	})
}
