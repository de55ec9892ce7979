package stripe_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/rail"
)

func TestRefunds(t *testing.T) {
	t.Parallel()
	client, stub := setup(t, answer(200, object{
		"id": "re_1", "object": "refund", "status": "failed", "failure_reason": "declined", "amount": 700, "currency": "usd", "created": 1700000000,
		"payment_intent": "pi_1", "metadata": object{"campaign_id": "018f-campaign"},
		"balance_transaction":         object{"id": "txn_1", "amount": -770, "fee": 0, "net": -770, "currency": "eur", "exchange_rate": 1.1},
		"failure_balance_transaction": object{"id": "txn_2", "amount": 763, "fee": 0, "net": 763, "currency": "eur", "exchange_rate": 1.09},
	}))

	made, err := client.CreateRefund(t.Context(), rail.RefundRequest{
		CampaignID: "018f-campaign", FundingID: "pi_1", AmountMinor: 700, Currency: "USD", IdempotencyKey: "campaign/018f-campaign/refund/g0",
	})
	require.NoError(t, err)
	sent := stub.last(t)

	require.Equal(t, rail.Refund{
		ID: "re_1", Status: rail.RefundFailed, AmountMinor: 700, Currency: "USD", FundingID: "pi_1", CampaignID: "018f-campaign",
		FailureCode: "declined", FailureTransactionID: "txn_2", WithdrawnMinor: 770, ReturnedMinor: 763, SettlementCurrency: "EUR", CreatedAt: time.Unix(1700000000, 0).UTC(),
	}, made)
	require.Equal(t, "campaign/018f-campaign/refund/g0", sent.Header.Get("Idempotency-Key"))
	require.Equal(t, map[string][]string{
		"amount": {"700"}, "payment_intent": {"pi_1"}, "metadata[campaign_id]": {"018f-campaign"},
		"expand[0]": {"balance_transaction"}, "expand[1]": {"failure_balance_transaction"},
	}, map[string][]string(sent.Form))
}

func TestRefundOfMalformedMetadata(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name                 string
		withdrawalID, number string
		wantID               string
		want                 int
	}{
		{"keeps what is ours", "0193a1b2-0000-7000-8000-000000000001", "2", "0193a1b2-0000-7000-8000-000000000001", 2},
		{"has no withdrawal that is no UUID", "abc", "2", "", 0},
		{"has no withdrawal with braces", "{0193a1b2-0000-7000-8000-000000000001}", "2", "", 0},
		{"has no number that the books cannot store", "0193a1b2-0000-7000-8000-000000000001", "4294967297", "0193a1b2-0000-7000-8000-000000000001", 0},
		{"has no number below zero", "0193a1b2-0000-7000-8000-000000000001", "-1", "0193a1b2-0000-7000-8000-000000000001", 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			client, _ := setup(t, answer(200, object{"object": "list", "has_more": false, "data": []object{{
				"id": "re_1", "object": "refund", "status": "succeeded", "amount": 700, "currency": "usd", "created": 1700000000,
				"metadata": object{"withdrawal_id": tc.withdrawalID, "generation": tc.number},
			}}}))

			made, err := client.ListRefunds(t.Context(), "pi_1")

			require.NoError(t, err)
			require.Len(t, made, 1)
			require.Equal(t, tc.wantID, made[0].WithdrawalID)
			require.Equal(t, tc.want, made[0].Number)
		})
	}
}
