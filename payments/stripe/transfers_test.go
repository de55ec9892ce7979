package stripe_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/rail"
)

func transferObject(id string, amount int64, metadata object) object {
	return object{
		"id": id, "object": "transfer", "amount": amount, "amount_reversed": 0, "currency": "usd", "created": 1700000000,
		"destination": "acct_creator1", "transfer_group": "payout/018f-payout", "metadata": metadata,
	}
}

func TestTransfers(t *testing.T) {
	t.Parallel()

	t.Run("carry key, group and metadata on the wire and come back in our words", func(t *testing.T) {
		t.Parallel()
		client, stub := setup(t, answer(200, transferObject("tr_1", 500, object{"payout_id": "018f-payout", "generation": "2"})))

		made, err := client.CreateTransfer(t.Context(), transferRequest())

		require.NoError(t, err)
		require.Equal(t, rail.Transfer{
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

	t.Run("show what was reversed since", func(t *testing.T) {
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

		made, err := client.ReverseTransfer(t.Context(), rail.ReversalRequest{
			TransferID: "tr_1", AmountMinor: 500, Currency: "USD", PayoutID: "018f-payout", Generation: 2, IdempotencyKey: "payout/018f-payout/reversal/g2",
		})

		require.NoError(t, err)
		require.Equal(t, rail.Reversal{
			ID: "trr_1", TransferID: "tr_1", AmountMinor: 500, Currency: "USD", PayoutID: "018f-payout", Generation: 2,
			CreatedAt: time.Unix(1700000000, 0).UTC(),
		}, made)
		require.Equal(t, "/v1/transfers/tr_1/reversals", stub.last(t).Path)
		require.Equal(t, "payout/018f-payout/reversal/g2", stub.last(t).Header.Get("Idempotency-Key"))
		require.Equal(t, "2", stub.last(t).Form.Get("metadata[generation]"))
	})
}
