package stripe_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/domain/reconcile"
)

// movementTypes are all types of balance transactions that Stripe documents, and one that it may
// add later.
var movementTypes = []string{
	"adjustment", "advance", "advance_funding", "anticipation_repayment", "application_fee", "application_fee_refund", "charge",
	"climate_order_purchase", "climate_order_refund", "connect_collection_transfer", "contribution", "issuing_authorization_hold",
	"issuing_authorization_release", "issuing_dispute", "issuing_transaction", "obligation_outbound", "obligation_reversal_inbound",
	"payment", "payment_failure_refund", "payment_network_reserve_hold", "payment_network_reserve_release", "payment_refund",
	"payment_reversal", "payment_unreconciled", "payout", "payout_cancel", "payout_failure", "payout_minimum_balance_hold",
	"payout_minimum_balance_release", "refund", "refund_failure", "reserve_transaction", "reserved_funds",
	"stripe_balance_payment_debit", "stripe_balance_payment_debit_reversal", "stripe_fee", "stripe_fx_fee", "tax_fee", "topup",
	"topup_reversal", "transfer", "transfer_cancel", "transfer_failure", "transfer_refund", "of_next_year",
}

func TestListedMovements(t *testing.T) {
	t.Parallel()

	t.Run("keep their type, what they changed, and the currency, whatever the type", func(t *testing.T) {
		t.Parallel()
		data := make([]object, len(movementTypes))
		for i, of := range movementTypes {
			data[i] = object{
				"id": "txn_" + of, "object": "balance_transaction", "amount": -1_000 - i, "fee": 40, "net": -1_040 - i,
				"currency": "eur", "created": 1700000000, "type": of, "source": nil,
			}
		}
		client, _ := setup(t, answer(200, object{"object": "list", "has_more": false, "data": data}))

		page, err := client.List(t.Context(), rail.ListRequest{Type: reconcile.BalanceTransaction, Since: listedSince})

		require.NoError(t, err)
		require.Len(t, page.Objects, len(movementTypes))
		for i, listed := range page.Objects {
			require.Equal(t, reconcile.Object{
				Type: reconcile.BalanceTransaction, ID: "txn_" + movementTypes[i], Status: movementTypes[i], AmountMinor: int64(-1_040 - i), FeeMinor: 40,
				Currency: "EUR", CreatedAt: listedSince,
			}, listed)
		}
	})

	t.Run("name no source of a type that is not compared", func(t *testing.T) {
		t.Parallel()
		var data []object
		for _, of := range []string{"application_fee", "connect_collection_transfer", "payout", "reserve_transaction", "topup", "of_next_year"} {
			data = append(data, object{
				"id": "txn_" + of, "object": "balance_transaction", "amount": 500, "fee": 0, "net": 500, "currency": "usd", "created": 1700000000,
				"type": of, "source": object{"id": "obj_1", "object": of, "metadata": object{"payout_id": "018f-payout"}},
			})
		}
		client, _ := setup(t, answer(200, object{"object": "list", "has_more": false, "data": data}))

		page, err := client.List(t.Context(), rail.ListRequest{Type: reconcile.BalanceTransaction, Since: listedSince})

		require.NoError(t, err)
		require.Len(t, page.Objects, len(data))
		for _, listed := range page.Objects {
			require.Empty(t, listed.SourceType, listed.Status)
			require.Empty(t, listed.SourceID, listed.Status)
			require.Empty(t, listed.PayoutID, listed.Status)
		}
	})

	t.Run("of a converted payment are in the currency that it settled in", func(t *testing.T) {
		t.Parallel()
		client, _ := setup(t, answer(200, object{"object": "list", "has_more": false, "data": []object{{
			"id": "txn_1", "object": "balance_transaction", "amount": 1_100, "fee": 73, "net": 1_027, "currency": "usd", "exchange_rate": 1.1,
			"created": 1700000000, "type": "charge",
			"source": object{"id": "ch_1", "object": "charge", "amount": 1_000, "currency": "eur", "payment_intent": "pi_1"},
		}}}))

		page, err := client.List(t.Context(), rail.ListRequest{Type: reconcile.BalanceTransaction, Since: listedSince})

		require.NoError(t, err)
		require.Equal(t, int64(1_027), page.Objects[0].AmountMinor)
		require.Equal(t, money.Currency("USD"), page.Objects[0].Currency)
		require.Equal(t, "pi_1", page.Objects[0].SourceID)
		require.Zero(t, page.Objects[0].FeeMinor, "the payment is booked with its fee")
	})
}
