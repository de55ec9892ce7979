package stripe_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	simulator "github.com/creditroll/creditroll/devstack/simulators/stripe"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/domain/reconcile"
)

var listedSince = time.Unix(1700000000, 0).UTC()

func TestList(t *testing.T) {
	t.Parallel()

	t.Run("asks for one page of a hundred, by time and after the last object", func(t *testing.T) {
		t.Parallel()
		client, stub := setup(t, answer(200, object{"object": "list", "has_more": true, "data": []object{
			transferObject("tr_2", 500, object{"payout_id": "018f-payout", "generation": "2"}),
		}}))

		page, err := client.List(t.Context(), rail.ListRequest{Type: reconcile.Transfer, Since: listedSince, After: "tr_3"})

		require.NoError(t, err)
		require.Equal(t, rail.Page{Next: "tr_2", Objects: []reconcile.Object{{
			Type: reconcile.Transfer, ID: "tr_2", Account: "acct_creator1", AmountMinor: 500, Currency: "USD", PayoutID: "018f-payout",
			Generation: 2, CreatedAt: listedSince,
		}}}, page)
		require.Equal(t, 1, stub.count())
		sent := stub.last(t)
		require.Equal(t, http.MethodGet, sent.Method)
		require.Equal(t, "/v1/transfers", sent.Path)
		require.Equal(t, map[string][]string{"limit": {"100"}, "created[gte]": {"1700000000"}, "starting_after": {"tr_3"}}, map[string][]string(sent.Query))
	})

	t.Run("includes the reversals of a transfer", func(t *testing.T) {
		t.Parallel()
		reversed := transferObject("tr_1", 500, object{"payout_id": "018f-payout", "generation": "1"})
		reversed["amount_reversed"] = 200
		reversed["reversals"] = object{"object": "list", "data": []object{
			{"id": "trr_1", "object": "transfer_reversal", "amount": 200, "currency": "usd", "created": 1700000060, "transfer": "tr_1", "metadata": object{}},
		}}
		client, _ := setup(t, answer(200, object{"object": "list", "has_more": false, "data": []object{reversed}}))

		page, err := client.List(t.Context(), rail.ListRequest{Type: reconcile.Transfer, Since: listedSince})

		require.NoError(t, err)
		require.Empty(t, page.Next)
		require.Len(t, page.Objects, 2)
		require.Equal(t, int64(200), page.Objects[0].ReversedMinor)
		require.Equal(t, reconcile.Object{
			Type: reconcile.TransferReversal, ID: "trr_1", Account: "acct_creator1", AmountMinor: 200, Currency: "USD",
			SourceType: reconcile.Transfer, SourceID: "tr_1", CreatedAt: time.Unix(1700000060, 0).UTC(),
		}, page.Objects[1])
	})

	t.Run("says what a balance transaction moved money for, where that is compared", func(t *testing.T) {
		t.Parallel()
		movement := func(id, kind string, source any) object {
			return object{"id": id, "object": "balance_transaction", "amount": 1000, "fee": 59, "net": 941, "currency": "usd", "created": 1700000000, "type": kind, "source": source}
		}
		client, stub := setup(t, answer(200, object{"object": "list", "has_more": false, "data": []object{
			movement("txn_1", "charge", object{"id": "ch_1", "object": "charge", "payment_intent": "pi_1"}),
			movement("txn_2", "charge", object{"id": "ch_2", "object": "charge", "payment_intent": nil}),
			movement("txn_3", "transfer_refund", object{"id": "trr_1", "object": "transfer_reversal", "transfer": "tr_1"}),
			movement("txn_4", "topup", object{"id": "tu_1", "object": "topup"}),
			movement("txn_5", "stripe_fee", nil),
		}}))

		page, err := client.List(t.Context(), rail.ListRequest{Type: reconcile.BalanceTransaction, Since: listedSince})

		require.NoError(t, err)
		require.Equal(t, []string{"data.source"}, stub.last(t).Query["expand[0]"])
		require.Len(t, page.Objects, 5)
		require.Equal(t, int64(941), page.Objects[0].AmountMinor)
		require.Equal(t, "charge", page.Objects[0].Status)
		sources := map[string][3]string{}
		for _, listed := range page.Objects {
			sources[listed.ID] = [3]string{string(listed.SourceType), listed.SourceID, listed.ParentID}
		}
		require.Equal(t, map[string][3]string{
			"txn_1": {"payment_intent", "pi_1", ""}, "txn_2": {}, "txn_3": {"transfer_reversal", "trr_1", "tr_1"}, "txn_4": {}, "txn_5": {},
		}, sources)
	})

	t.Run("asks the connected account for its bank payouts", func(t *testing.T) {
		t.Parallel()
		client, stub := setup(t, answer(200, object{"object": "list", "has_more": false, "data": []object{
			{"id": "po_1", "object": "payout", "amount": 500, "currency": "usd", "status": "paid", "created": 1700000000, "metadata": object{}},
		}}))

		page, err := client.List(t.Context(), rail.ListRequest{Type: reconcile.BankPayout, Account: "acct_creator1", Since: listedSince})

		require.NoError(t, err)
		require.Equal(t, "acct_creator1", stub.last(t).Header.Get("Stripe-Account"))
		require.Equal(t, []reconcile.Object{{
			Type: reconcile.BankPayout, ID: "po_1", Account: "acct_creator1", AmountMinor: 500, Currency: "USD", Status: "paid", CreatedAt: listedSince,
		}}, page.Objects)
	})

	t.Run("refuses what cannot be listed", func(t *testing.T) {
		t.Parallel()
		client, stub := setup(t, answer(200, object{}))

		_, err := client.List(t.Context(), rail.ListRequest{Type: reconcile.TransferReversal, Since: listedSince})
		requireFault(t, err, fault.Invalid, "not_listed")
		_, err = client.List(t.Context(), rail.ListRequest{Type: reconcile.BankPayout, Since: listedSince})
		requireFault(t, err, fault.Invalid, "stripe_id_invalid")
		_, err = client.List(t.Context(), rail.ListRequest{Type: reconcile.Refund, After: "../re_1", Since: listedSince})
		requireFault(t, err, fault.Invalid, "stripe_id_invalid")
		require.Zero(t, stub.count())
	})

	t.Run("takes no answer without a list for the end of it", func(t *testing.T) {
		t.Parallel()
		client, _ := setup(t, answer(200, object{"object": "list", "has_more": false}))

		_, err := client.List(t.Context(), rail.ListRequest{Type: reconcile.Refund, Since: listedSince})

		requireFault(t, err, fault.Unavailable, "stripe_answer_unreadable")
	})
}

func TestLook(t *testing.T) {
	t.Parallel()

	t.Run("says of an object that Stripe does not know that it is absent", func(t *testing.T) {
		t.Parallel()
		client, _ := setup(t, answer(404, stripeError("invalid_request_error", "resource_missing", "id")))

		found, err := client.Look(t.Context(), reconcile.Named{Type: reconcile.BankPayout, ID: "po_1", Account: "acct_creator1"})

		require.NoError(t, err)
		require.Equal(t, []reconcile.Object{{Type: reconcile.BankPayout, ID: "po_1", Account: "acct_creator1", Status: reconcile.StatusAbsent}}, found)
	})

	t.Run("says so of a reversal that its transfer does not list", func(t *testing.T) {
		t.Parallel()
		client, stub := setup(t, answer(200, transferObject("tr_1", 500, nil)))

		found, err := client.Look(t.Context(), reconcile.Named{Type: reconcile.TransferReversal, ID: "trr_1", ParentID: "tr_1"})

		require.NoError(t, err)
		require.Equal(t, "/v1/transfers/tr_1", stub.last(t).Path)
		require.Len(t, found, 2)
		require.Equal(t, reconcile.StatusAbsent, found[1].Status)
	})

	t.Run("does not take an answer that failed for absence", func(t *testing.T) {
		t.Parallel()
		client, _ := setup(t, answer(500, stripeError("api_error", "", "")))

		_, err := client.Look(t.Context(), reconcile.Named{Type: reconcile.Refund, ID: "re_1"})

		requireFault(t, err, fault.Unavailable, "stripe_server_error")
	})
}

// What a pass sees of everything that can happen to the platform's money.
func TestListsThroughStripe(t *testing.T) {
	t.Parallel()
	w := setupWorld(t, simulator.Options{FeeBasisPoints: 290, FeeFixedMinor: 30})
	ctx := t.Context()
	since := w.sim.Now()
	funded := w.fund(t, 100_000)
	refunded, err := w.CreateRefund(ctx, rail.RefundRequest{CampaignID: "018f-campaign", FundingID: funded.ID, AmountMinor: 1_000, Currency: "USD", IdempotencyKey: "refund"})
	require.NoError(t, err)
	transfer, err := w.CreateTransfer(ctx, w.transfer(40_000))
	require.NoError(t, err)
	paid, err := w.CreateBankPayout(ctx, w.bankPayout(30_000))
	require.NoError(t, err)
	reversal, err := w.ReverseTransfer(ctx, rail.ReversalRequest{TransferID: transfer.ID, AmountMinor: 10_000, Currency: "USD", PayoutID: "018f-payout", Generation: 1, IdempotencyKey: "reversal"})
	require.NoError(t, err)

	all := map[string]reconcile.Object{}
	for _, of := range []reconcile.ObjectType{reconcile.PaymentIntent, reconcile.Refund, reconcile.Transfer, reconcile.Dispute, reconcile.BankPayout, reconcile.BalanceTransaction} {
		request := rail.ListRequest{Type: of, Since: since}
		if of == reconcile.BankPayout {
			request.Account = w.creator
		}
		page, err := w.List(ctx, request)
		require.NoError(t, err)
		require.Empty(t, page.Next)
		for _, listed := range page.Objects {
			all[listed.ID] = listed
		}
	}

	movements := map[string]int64{}
	for _, listed := range all {
		if listed.Type == reconcile.BalanceTransaction {
			movements[listed.SourceID] += listed.AmountMinor
		}
	}
	require.Equal(t, map[string]int64{funded.ID: 97_070, refunded.ID: -1_000, transfer.ID: -40_000, reversal.ID: 10_000}, movements)
	require.Equal(t, reconcile.Moved, all[funded.ID].Position())
	require.Equal(t, reconcile.Moved, all[refunded.ID].Position())
	require.Equal(t, int64(10_000), all[transfer.ID].ReversedMinor)
	require.Equal(t, transfer.ID, all[reversal.ID].SourceID)
	require.Equal(t, "018f-payout", all[paid.ID].PayoutID)
	for _, id := range []string{funded.ID, refunded.ID, transfer.ID, reversal.ID, paid.ID} {
		seen := all[id]
		looked, err := w.Look(ctx, reconcile.Named{Type: seen.Type, ID: id, Account: w.creator, ParentID: seen.SourceID})
		require.NoError(t, err)
		require.Contains(t, looked, seen)
	}

	t.Run("by time and after an object", func(t *testing.T) {
		later, err := w.List(ctx, rail.ListRequest{Type: reconcile.Transfer, Since: w.sim.Now().Add(time.Hour)})
		require.NoError(t, err)
		require.Empty(t, later.Objects)
		after, err := w.List(ctx, rail.ListRequest{Type: reconcile.BalanceTransaction, Since: since, After: newestMovement(t, w, since)})
		require.NoError(t, err)
		require.Len(t, after.Objects, 3)
	})
}

func newestMovement(t *testing.T, w world, since time.Time) string {
	t.Helper()
	page, err := w.List(t.Context(), rail.ListRequest{Type: reconcile.BalanceTransaction, Since: since})
	require.NoError(t, err)
	return page.Objects[0].ID
}
