package payments_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/payments"
)

func transferObject(id string, amount int64, metadata object) object {
	return object{
		"id": id, "object": "transfer", "amount": amount, "amount_reversed": 0, "currency": "usd", "created": 1700000000,
		"destination": "acct_creator1", "transfer_group": "payout/018f-payout", "metadata": metadata,
	}
}

func TestCreateFunding(t *testing.T) {
	t.Parallel()

	funding := payments.FundingRequest{
		CampaignID: "018f-campaign", AmountMinor: 100_000, Currency: "USD", Generation: 1, IdempotencyKey: "campaign/018f-campaign/funding/g1",
	}
	intent := object{
		"id": "pi_1", "object": "payment_intent", "status": "requires_payment_method", "client_secret": "pi_1_secret_abc",
		"amount": 100_000, "currency": "usd", "metadata": object{"campaign_id": "018f-campaign", "generation": "1"},
	}

	t.Run("creates an intent for the browser to complete", func(t *testing.T) {
		t.Parallel()
		client, stub := setup(t, answer(200, intent))

		created, err := client.CreateFunding(t.Context(), funding)

		require.NoError(t, err)
		require.Equal(t, payments.PaymentIntent{
			ID: "pi_1", Status: payments.FundingRequiresPaymentMethod, ClientSecret: "pi_1_secret_abc",
			AmountMinor: 100_000, Currency: "USD", CampaignID: "018f-campaign", Generation: 1,
		}, created)
		sent := stub.last(t)
		require.Equal(t, "/v1/payment_intents", sent.Path)
		require.Equal(t, funding.IdempotencyKey, sent.Header.Get("Idempotency-Key"))
		require.Empty(t, sent.Header.Values("Stripe-Account"))
		require.Equal(t, "100000", sent.Form.Get("amount"))
		require.Equal(t, "usd", sent.Form.Get("currency"))
		require.Equal(t, "018f-campaign", sent.Form.Get("metadata[campaign_id]"))
		require.Equal(t, "1", sent.Form.Get("metadata[generation]"))
		require.False(t, sent.Form.Has("confirm"))
	})

	t.Run("confirms at once with a payment method", func(t *testing.T) {
		t.Parallel()
		client, stub := setup(t, answer(200, intent))
		withMethod := funding
		withMethod.PaymentMethod = "pm_card_visa"

		_, err := client.CreateFunding(t.Context(), withMethod)

		require.NoError(t, err)
		require.Equal(t, "true", stub.last(t).Form.Get("confirm"))
		require.Equal(t, "pm_card_visa", stub.last(t).Form.Get("payment_method"))
		require.Equal(t, "never", stub.last(t).Form.Get("automatic_payment_methods[allow_redirects]"))
	})

	t.Run("returns the intent of a declined payment beside the refusal", func(t *testing.T) {
		t.Parallel()
		client, _ := setup(t, answer(402, object{"error": object{
			"type": "card_error", "code": "card_declined", "decline_code": "insufficient_funds",
			"payment_intent": object{
				"id": "pi_1", "object": "payment_intent", "status": "requires_payment_method", "amount": 100_000, "currency": "usd",
				"last_payment_error": object{"type": "card_error", "code": "card_declined"},
			},
		}}))

		declined, err := client.CreateFunding(t.Context(), funding)

		requireFault(t, err, fault.Conflict, "card_declined")
		require.Equal(t, "pi_1", declined.ID)
		require.Equal(t, "card_declined", declined.FailureCode)
	})

	t.Run("prints no client secret", func(t *testing.T) {
		t.Parallel()

		secret := payments.PaymentIntent{ID: "pi_1", ClientSecret: "pi_1_secret_abc"}

		require.NotContains(t, fmt.Sprintf("%v %+v %#v %s", secret, secret, secret, &secret), "secret_abc")
	})
}

func TestGetFunding(t *testing.T) {
	t.Parallel()

	succeeded := func(settled any) object {
		return object{
			"id": "pi_1", "object": "payment_intent", "status": "succeeded", "amount": 100_000, "amount_received": 100_000, "currency": "eur",
			"metadata":      object{"campaign_id": "018f-campaign"},
			"latest_charge": object{"id": "ch_1", "object": "charge", "balance_transaction": settled},
		}
	}

	t.Run("reports what arrives after the fee, in the currency in which it arrives", func(t *testing.T) {
		t.Parallel()
		client, stub := setup(t, answer(200, succeeded(object{
			"id": "txn_1", "object": "balance_transaction", "amount": 110_000, "fee": 3_220, "net": 106_780, "currency": "usd", "available_on": 1700086400,
		})))

		funding, err := client.GetFunding(t.Context(), "pi_1")

		require.NoError(t, err)
		require.Equal(t, payments.PaymentIntent{
			ID: "pi_1", Status: payments.FundingSucceeded, AmountMinor: 100_000, ReceivedMinor: 100_000, Currency: "EUR",
			CampaignID: "018f-campaign", ChargeID: "ch_1", FeeMinor: 3_220, NetMinor: 106_780, SettlementCurrency: "USD",
			AvailableOn: time.Unix(1700086400, 0).UTC(),
		}, funding)
		require.Equal(t, "latest_charge.balance_transaction", stub.last(t).Query.Get("expand[0]"))
	})

	t.Run("knows no fee before the charge settles", func(t *testing.T) {
		t.Parallel()
		for _, settled := range []any{nil, "txn_1"} {
			client, _ := setup(t, answer(200, succeeded(settled)))

			funding, err := client.GetFunding(t.Context(), "pi_1")

			require.NoError(t, err)
			require.Equal(t, "ch_1", funding.ChargeID)
			require.Empty(t, funding.SettlementCurrency)
			require.True(t, funding.AvailableOn.IsZero())
		}
	})
}

func TestTransfers(t *testing.T) {
	t.Parallel()

	t.Run("carry key, group and metadata on the wire and come back in our words", func(t *testing.T) {
		t.Parallel()
		client, stub := setup(t, answer(200, transferObject("tr_1", 500, object{"payout_id": "018f-payout", "generation": "2"})))

		made, err := client.CreateTransfer(t.Context(), transferRequest())

		require.NoError(t, err)
		require.Equal(t, payments.Transfer{
			ID: "tr_1", AmountMinor: 500, Currency: "USD", Account: "acct_creator1", PayoutID: "018f-payout", Generation: 2,
			CreatedAt: time.Unix(1700000000, 0).UTC(),
		}, made)
		sent := stub.last(t)
		require.Equal(t, http.MethodPost, sent.Method)
		require.Equal(t, "/v1/transfers", sent.Path)
		require.Equal(t, "payout/018f-payout/transfer/g2", sent.Header.Get("Idempotency-Key"))
		require.Empty(t, sent.Header.Values("Stripe-Account"))
		require.Equal(t, map[string][]string{
			"amount": {"500"}, "currency": {"usd"}, "destination": {"acct_creator1"}, "transfer_group": {"payout/018f-payout"},
			"metadata[payout_id]": {"018f-payout"}, "metadata[generation]": {"2"},
		}, map[string][]string(sent.Form))
	})

	t.Run("show what was reversed meanwhile", func(t *testing.T) {
		t.Parallel()
		reversed := transferObject("tr_1", 500, nil)
		reversed["amount_reversed"] = 200
		client, _ := setup(t, answer(200, reversed))

		found, err := client.GetTransfer(t.Context(), "tr_1")

		require.NoError(t, err)
		require.Equal(t, int64(200), found.ReversedMinor)
		require.Empty(t, found.PayoutID)
	})

	t.Run("are not confused with another one", func(t *testing.T) {
		t.Parallel()
		client, _ := setup(t, answer(200, transferObject("tr_2", 500, nil)))

		_, err := client.GetTransfer(t.Context(), "tr_1")

		requireFault(t, err, fault.Unavailable, "stripe_answer_unreadable")
	})

	t.Run("are reversed under the transfer's address", func(t *testing.T) {
		t.Parallel()
		client, stub := setup(t, answer(200, object{
			"id": "trr_1", "object": "transfer_reversal", "amount": 500, "currency": "usd", "created": 1700000000, "transfer": "tr_1",
			"metadata": object{"payout_id": "018f-payout", "generation": "2"},
		}))

		made, err := client.ReverseTransfer(t.Context(), payments.ReversalRequest{
			TransferID: "tr_1", AmountMinor: 500, Currency: "USD", PayoutID: "018f-payout", Generation: 2, IdempotencyKey: "payout/018f-payout/reversal/g2",
		})

		require.NoError(t, err)
		require.Equal(t, payments.Reversal{
			ID: "trr_1", TransferID: "tr_1", AmountMinor: 500, Currency: "USD", PayoutID: "018f-payout", Generation: 2,
			CreatedAt: time.Unix(1700000000, 0).UTC(),
		}, made)
		require.Equal(t, "/v1/transfers/tr_1/reversals", stub.last(t).Path)
		require.Equal(t, "payout/018f-payout/reversal/g2", stub.last(t).Header.Get("Idempotency-Key"))
		require.Equal(t, "2", stub.last(t).Form.Get("metadata[generation]"))
	})
}

func TestBankPayouts(t *testing.T) {
	t.Parallel()

	payout := object{
		"id": "po_1", "object": "payout", "status": "failed", "amount": 500, "currency": "usd", "created": 1700000000, "arrival_date": 1700100000,
		"failure_code": "account_closed", "failure_message": "Jenny's account is closed", "failure_balance_transaction": "txn_9",
		"destination": "ba_1", "metadata": object{"payout_id": "018f-payout", "generation": "3"},
	}
	inOurWords := payments.BankPayout{
		ID: "po_1", Status: payments.BankPayoutFailed, AmountMinor: 500, Currency: "USD", PayoutID: "018f-payout", Generation: 3,
		FailureCode: "account_closed", FailureBalanceTransactionID: "txn_9",
		ArrivalDate: time.Unix(1700100000, 0).UTC(), CreatedAt: time.Unix(1700000000, 0).UTC(),
	}

	t.Run("start on the connected account with key and metadata", func(t *testing.T) {
		t.Parallel()
		client, stub := setup(t, answer(200, payout))

		made, err := client.CreateBankPayout(t.Context(), payments.BankPayoutRequest{
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

	t.Run("are read and cancelled on the connected account", func(t *testing.T) {
		t.Parallel()
		client, stub := setup(t, answer(200, payout))

		found, err := client.GetBankPayout(t.Context(), "acct_creator1", "po_1")

		require.NoError(t, err)
		require.Equal(t, inOurWords, found)
		require.Equal(t, "/v1/payouts/po_1", stub.last(t).Path)
		require.Equal(t, "acct_creator1", stub.last(t).Header.Get("Stripe-Account"))

		_, err = client.CancelBankPayout(t.Context(), "acct_creator1", "po_1")
		require.NoError(t, err)
		first := stub.last(t)
		_, err = client.CancelBankPayout(t.Context(), "acct_creator1", "po_1")

		require.NoError(t, err)
		require.Equal(t, "/v1/payouts/po_1/cancel", first.Path)
		require.Equal(t, "acct_creator1", first.Header.Get("Stripe-Account"))
		require.NotEmpty(t, first.Header.Get("Idempotency-Key"))
		require.Equal(t, first.Header.Get("Idempotency-Key"), stub.last(t).Header.Get("Idempotency-Key"))
	})

	t.Run("without a bank account for the currency are a matter of the account, not of the request", func(t *testing.T) {
		t.Parallel()
		client, _ := setup(t, answer(400, stripeError("invalid_request_error", "", "currency")))

		_, err := client.CreateBankPayout(t.Context(), payments.BankPayoutRequest{
			PayoutID: "018f-payout", Account: "acct_creator1", AmountMinor: 500, Currency: "USD", IdempotencyKey: "payout/018f-payout/bank/g0",
		})

		requireFault(t, err, fault.Conflict, "bank_account_missing")
	})

	t.Run("that are no longer pending cannot be cancelled", func(t *testing.T) {
		t.Parallel()
		client, _ := setup(t, answer(400, stripeError("invalid_request_error", "", "")))

		_, err := client.CancelBankPayout(t.Context(), "acct_creator1", "po_1")

		requireFault(t, err, fault.Conflict, "request_refused")
	})
}

func TestRefunds(t *testing.T) {
	t.Parallel()
	client, stub := setup(t, answer(200, object{
		"id": "re_1", "object": "refund", "status": "failed", "failure_reason": "declined", "amount": 700, "currency": "usd", "created": 1700000000,
		"payment_intent": "pi_1", "metadata": object{"campaign_id": "018f-campaign"},
	}))

	made, err := client.CreateRefund(t.Context(), payments.RefundRequest{
		CampaignID: "018f-campaign", PaymentIntentID: "pi_1", AmountMinor: 700, Currency: "USD", IdempotencyKey: "campaign/018f-campaign/refund/g0",
	})
	require.NoError(t, err)
	sent := stub.last(t)
	found, err := client.GetRefund(t.Context(), "re_1")

	require.NoError(t, err)
	require.Equal(t, made, found)
	require.Equal(t, payments.Refund{
		ID: "re_1", Status: payments.RefundFailed, AmountMinor: 700, Currency: "USD", PaymentIntentID: "pi_1", CampaignID: "018f-campaign",
		FailureCode: "declined", CreatedAt: time.Unix(1700000000, 0).UTC(),
	}, made)
	require.Equal(t, "campaign/018f-campaign/refund/g0", sent.Header.Get("Idempotency-Key"))
	require.Equal(t, map[string][]string{
		"amount": {"700"}, "payment_intent": {"pi_1"}, "metadata[campaign_id]": {"018f-campaign"},
	}, map[string][]string(sent.Form))
	require.Equal(t, "/v1/refunds/re_1", stub.last(t).Path)
}

func TestAccounts(t *testing.T) {
	t.Parallel()

	t.Run("say what keeps money from moving", func(t *testing.T) {
		t.Parallel()
		client, _ := setup(t, answer(200, object{
			"id": "acct_1", "object": "account", "payouts_enabled": true, "default_currency": "eur", "country": "DE",
			"email": "jenny@example.com", "capabilities": object{"transfers": "active"},
			"requirements": object{
				"disabled_reason": "requirements.past_due", "currently_due": []string{"external_account"},
				"past_due": []string{"individual.id_number"}, "pending_verification": []string{"individual.address.line1"},
			},
		}))

		account, err := client.GetAccount(t.Context(), "acct_1")

		require.NoError(t, err)
		require.Equal(t, payments.Account{
			ID: "acct_1", PayoutsEnabled: true, TransfersActive: true, DisabledReason: "requirements.past_due",
			CurrentlyDue: []string{"external_account"}, PastDue: []string{"individual.id_number"},
			PendingVerification: []string{"individual.address.line1"}, DefaultCurrency: "EUR", Country: "DE",
		}, account)
	})

	t.Run("that say nothing can receive nothing", func(t *testing.T) {
		t.Parallel()
		client, _ := setup(t, answer(200, object{"id": "acct_1", "object": "account"}))

		account, err := client.GetAccount(t.Context(), "acct_1")

		require.NoError(t, err)
		require.Equal(t, payments.Account{ID: "acct_1"}, account)
	})
}

func TestGetBalance(t *testing.T) {
	t.Parallel()

	t.Run("merges available and pending by currency", func(t *testing.T) {
		t.Parallel()
		client, stub := setup(t, answer(200, object{
			"object":    "balance",
			"available": []object{{"amount": -300, "currency": "usd"}, {"amount": 50, "currency": "eur"}},
			"pending":   []object{{"amount": 900, "currency": "usd"}, {"amount": 7, "currency": "jpy"}},
		}))

		balances, err := client.GetBalance(t.Context(), "acct_creator1")

		require.NoError(t, err)
		require.Equal(t, []payments.Balance{
			{Currency: "EUR", AvailableMinor: 50}, {Currency: "JPY", PendingMinor: 7},
			{Currency: "USD", AvailableMinor: -300, PendingMinor: 900},
		}, balances)
		require.Equal(t, "acct_creator1", stub.last(t).Header.Get("Stripe-Account"))
	})

	t.Run("asks for the platform's without an account", func(t *testing.T) {
		t.Parallel()
		client, stub := setup(t, answer(200, object{"object": "balance", "available": []object{}, "pending": []object{}}))

		balances, err := client.GetBalance(t.Context(), "")

		require.NoError(t, err)
		require.Empty(t, balances)
		require.Empty(t, stub.last(t).Header.Values("Stripe-Account"))
	})

	t.Run("takes no answer without balances for an empty one", func(t *testing.T) {
		t.Parallel()
		for _, body := range []object{{}, {"available": nil}, {"available": []any{nil}}} {
			client, _ := setup(t, answer(200, body))

			_, err := client.GetBalance(t.Context(), "")

			requireFault(t, err, fault.Unavailable, "stripe_answer_unreadable")
		}
	})
}

// writingCall makes one call that moves money out of the parts that all of them share.
type writingCall func(ctx context.Context, client *payments.Client, amountMinor int64, currency, key string) error

var writingCalls = map[string]writingCall{
	"funding": func(ctx context.Context, c *payments.Client, amountMinor int64, currency, key string) error {
		_, err := c.CreateFunding(ctx, payments.FundingRequest{CampaignID: "c1", AmountMinor: amountMinor, Currency: currency, IdempotencyKey: key})
		return err
	},
	"transfer": func(ctx context.Context, c *payments.Client, amountMinor int64, currency, key string) error {
		_, err := c.CreateTransfer(ctx, payments.TransferRequest{PayoutID: "p1", AmountMinor: amountMinor, Currency: currency, Account: "acct_1", IdempotencyKey: key})
		return err
	},
	"reversal": func(ctx context.Context, c *payments.Client, amountMinor int64, currency, key string) error {
		_, err := c.ReverseTransfer(ctx, payments.ReversalRequest{TransferID: "tr_1", AmountMinor: amountMinor, Currency: currency, PayoutID: "p1", IdempotencyKey: key})
		return err
	},
	"bank payout": func(ctx context.Context, c *payments.Client, amountMinor int64, currency, key string) error {
		_, err := c.CreateBankPayout(ctx, payments.BankPayoutRequest{PayoutID: "p1", Account: "acct_1", AmountMinor: amountMinor, Currency: currency, IdempotencyKey: key})
		return err
	},
	"refund": func(ctx context.Context, c *payments.Client, amountMinor int64, currency, key string) error {
		_, err := c.CreateRefund(ctx, payments.RefundRequest{CampaignID: "c1", PaymentIntentID: "pi_1", AmountMinor: amountMinor, Currency: currency, IdempotencyKey: key})
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

			for code, err := range map[string]error{
				"idempotency_key_required": call(ctx, client, 1, "USD", ""),
				"idempotency_key_invalid": errors.Join(
					call(ctx, client, 1, "USD", strings.Repeat("k", 256)), call(ctx, client, 1, "USD", " key"), call(ctx, client, 1, "USD", "k\r\ny")),
				"amount_not_positive":    errors.Join(call(ctx, client, 0, "USD", "key"), call(ctx, client, math.MinInt64, "USD", "key")),
				"unknown_currency":       errors.Join(call(ctx, client, 1, "usd", "key"), call(ctx, client, 1, "", "key")),
				"amount_too_large":       call(ctx, client, math.MaxInt64, "ISK", "key"),
				"amount_not_whole_units": call(ctx, client, 150, "MGA", "key"),
			} {
				requireFault(t, err, fault.Invalid, code)
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

		errs := map[string]error{}
		_, errs["stripe_account_invalid"] = client.CreateTransfer(ctx, transfer)
		_, errs["generation_negative"] = client.CreateTransfer(ctx, negative)
		_, errs["id_invalid"] = client.CreateTransfer(ctx, unnamed)
		for _, id := range []string{"", "../accounts", "tr_1/reversals", "tr_1?x=y"} {
			_, err := client.GetTransfer(ctx, id)
			errs["stripe_id_invalid"] = errors.Join(errs["stripe_id_invalid"], err)
		}
		_, swapped := client.GetBankPayout(ctx, "po_1", "acct_1")

		for code, err := range errs {
			requireFault(t, err, fault.Invalid, code)
		}
		requireFault(t, swapped, fault.Invalid, "stripe_account_invalid")
		require.Zero(t, stub.count())
	})
}
