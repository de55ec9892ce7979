package stripe_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/payments/stripe"
)

// arrival is a payment of 77.77 US dollars on a connected account.
func arrival(booked any) object {
	return object{"id": "py_1", "object": "charge", "amount": 7_777, "currency": "usd", "created": 1700000000, "balance_transaction": booked}
}

func TestSettlements(t *testing.T) {
	t.Parallel()

	t.Run("show what a transfer became on the connected account", func(t *testing.T) {
		t.Parallel()
		client, stub := setup(t, answer(200, arrival(object{
			"id": "txn_1", "object": "balance_transaction", "amount": 9_802, "fee": 98, "net": 9_704, "currency": "cad",
			"exchange_rate": 1.26039, "available_on": 1700000100,
		})))

		read, err := client.GetArrival(t.Context(), "acct_creator1", "py_1")

		require.NoError(t, err)
		require.Equal(t, rail.Settlement{
			TransactionID: "txn_1", SourceMinor: 7_777, SourceCurrency: "USD", AmountMinor: 9_802, FeeMinor: 98, NetMinor: 9_704,
			Currency: "CAD", ExchangeRate: "1.26039", AvailableOn: time.Unix(1700000100, 0).UTC(),
		}, read)
		require.True(t, read.Converted())
		require.Equal(t, "/v1/charges/py_1", stub.last(t).Path)
		require.Equal(t, "acct_creator1", stub.last(t).Header.Get("Stripe-Account"))
		require.Equal(t, []string{"balance_transaction"}, stub.last(t).Query["expand[0]"])
	})

	t.Run("show what a reversal took there, below zero", func(t *testing.T) {
		t.Parallel()
		client, stub := setup(t, answer(200, object{
			"id": "pyr_1", "object": "refund", "amount": 7_777, "currency": "usd", "created": 1700000000, "status": "succeeded",
			"balance_transaction": object{
				"id": "txn_2", "object": "balance_transaction", "amount": -9_900, "fee": 0, "net": -9_900, "currency": "cad",
				"exchange_rate": 1.273, "available_on": 1700000100,
			},
		}))

		read, err := client.GetReturn(t.Context(), "acct_creator1", "pyr_1")

		require.NoError(t, err)
		require.Equal(t, int64(-9_900), read.NetMinor)
		require.Equal(t, int64(7_777), read.SourceMinor)
		require.Equal(t, "1.273", read.ExchangeRate)
		require.Equal(t, "/v1/refunds/pyr_1", stub.last(t).Path)
		require.Equal(t, "acct_creator1", stub.last(t).Header.Get("Stripe-Account"))
	})

	t.Run("have no rate where nothing was converted", func(t *testing.T) {
		t.Parallel()
		client, _ := setup(t, answer(200, arrival(object{
			"id": "txn_1", "object": "balance_transaction", "amount": 7_777, "fee": 0, "net": 7_777, "currency": "usd", "exchange_rate": nil,
		})))

		read, err := client.GetArrival(t.Context(), "acct_creator1", "py_1")

		require.NoError(t, err)
		require.False(t, read.Converted())
		require.Empty(t, read.ExchangeRate)
		require.Equal(t, int64(7_777), read.NetMinor)
	})

	t.Run("count rates per unit, also between currencies of other decimals", func(t *testing.T) {
		t.Parallel()
		for currency, want := range map[string][2]string{"jpy": {"1.5", "150"}, "kwd": {"3.07", "0.307"}, "isk": {"137.5", "137.5"}, "mga": {"45.5", "4550"}} {
			client, _ := setup(t, answer(200, arrival(object{
				"id": "txn_1", "object": "balance_transaction", "amount": 100, "net": 100, "currency": currency, "exchange_rate": json.Number(want[0]),
			})))

			read, err := client.GetArrival(t.Context(), "acct_creator1", "py_1")

			require.NoError(t, err)
			require.Equal(t, want[1], read.ExchangeRate, currency)
		}
	})

	t.Run("are empty where the amount was too small to be credited", func(t *testing.T) {
		t.Parallel()
		client, _ := setup(t, answer(200, arrival(nil)))

		read, err := client.GetArrival(t.Context(), "acct_creator1", "py_1")

		require.NoError(t, err)
		require.Equal(t, rail.Settlement{SourceMinor: 7_777, SourceCurrency: "USD"}, read)
		require.False(t, read.Converted())
	})

	t.Run("are not read from an answer that names the movement only, or another payment", func(t *testing.T) {
		t.Parallel()
		other := arrival(nil)
		other["id"] = "py_2"
		for _, body := range []object{arrival("txn_1"), other} {
			client, _ := setup(t, answer(200, body))

			_, err := client.GetArrival(t.Context(), "acct_creator1", "py_1")

			requireFault(t, err, fault.Unavailable, "stripe_answer_unreadable")
		}
	})

	t.Run("need an account and an id of Stripe", func(t *testing.T) {
		t.Parallel()
		client, stub := setup(t, answer(200, arrival(nil)))
		for _, read := range []func() (rail.Settlement, error){
			func() (rail.Settlement, error) { return client.GetArrival(t.Context(), "acct_creator1", "") },
			func() (rail.Settlement, error) { return client.GetReturn(t.Context(), "acct_creator1", "../pyr_1") },
		} {
			_, err := read()
			requireFault(t, err, fault.Invalid, "stripe_id_invalid")
		}
		_, err := client.GetReturn(t.Context(), "py_1", "pyr_1")
		requireFault(t, err, fault.Invalid, "stripe_account_invalid")
		require.Zero(t, stub.count())
	})

	t.Run("of a disconnected account are denied, and of none there are not found", func(t *testing.T) {
		t.Parallel()
		gone, _ := setup(t, answer(403, stripeError("invalid_request_error", "account_invalid", "")))
		unknown, _ := setup(t, answer(404, stripeError("invalid_request_error", "resource_missing", "id")))
		for client, want := range map[*stripe.Client]fault.Kind{gone: fault.Denied, unknown: fault.NotFound} {
			_, arrived := client.GetArrival(t.Context(), "acct_creator1", "py_1")
			_, returned := client.GetReturn(t.Context(), "acct_creator1", "pyr_1")

			require.Equal(t, want, fault.KindOf(arrived))
			require.Equal(t, want, fault.KindOf(returned))
		}
	})
}
