package stripe_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/rail"
)

func TestCreateFunding(t *testing.T) {
	t.Parallel()

	funding := rail.FundingRequest{
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
		require.Equal(t, rail.Funding{
			ID: "pi_1", Status: rail.FundingRequiresPaymentMethod, ClientSecret: "pi_1_secret_abc",
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

	t.Run("returns the intent of a declined payment together with the refusal", func(t *testing.T) {
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
		require.Equal(t, "card_declined", declined.DeclinedBecause)
	})

	t.Run("prints no client secret", func(t *testing.T) {
		t.Parallel()

		secret := rail.Funding{ID: "pi_1", ClientSecret: "pi_1_secret_abc"}

		require.NotContains(t, fmt.Sprintf("%v %+v %#v %s", secret, secret, secret, &secret), "secret_abc")
	})
}

func TestGetFunding(t *testing.T) {
	t.Parallel()

	succeeded := func(settled any) object {
		return object{
			"id": "pi_1", "object": "payment_intent", "status": "succeeded", "amount": 100_000, "amount_received": 100_000, "currency": "eur",
			"metadata":      object{"campaign_id": "018f-campaign"},
			"latest_charge": object{"id": "ch_1", "object": "charge", "created": 1700000000, "balance_transaction": settled, "payment_method_details": object{"type": "card"}},
		}
	}

	t.Run("reports what arrives after the fee, in the currency in which it arrives", func(t *testing.T) {
		t.Parallel()
		client, stub := setup(t, answer(200, succeeded(object{
			"id": "txn_1", "object": "balance_transaction", "amount": 110_000, "fee": 3_220, "net": 106_780, "currency": "usd", "available_on": 1700086400,
		})))

		funding, err := client.GetFunding(t.Context(), "pi_1")

		require.NoError(t, err)
		require.Equal(t, rail.Funding{
			ID: "pi_1", Status: rail.FundingSucceeded, AmountMinor: 100_000, ReceivedMinor: 100_000, Currency: "EUR",
			CampaignID: "018f-campaign", ChargeID: "ch_1", Method: "card", PaidAt: time.Unix(1700000000, 0).UTC(), FeeMinor: 3_220, NetMinor: 106_780, SettlementCurrency: "USD",
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

func TestCancelFunding(t *testing.T) {
	t.Parallel()

	t.Run("has no key of an earlier request, whose failure would be the answer again", func(t *testing.T) {
		t.Parallel()
		client, stub := setup(t, answer(200, object{"id": "pi_1", "status": "canceled", "amount": 1, "currency": "usd"}))
		used := map[string]bool{}

		for range 2 {
			cancelled, err := client.CancelFunding(t.Context(), "pi_1")
			require.NoError(t, err)
			require.Equal(t, rail.FundingCanceled, cancelled.Status)
			require.Equal(t, "/v1/payment_intents/pi_1/cancel", stub.last(t).Path)
			key := stub.last(t).Header.Get("Idempotency-Key")
			require.False(t, key != "" && used[key], key)
			used[key] = true
		}
	})
}
