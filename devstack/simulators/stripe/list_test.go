package stripe_test

import (
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/stripe/stripe-go/v79"
)

func TestLists(t *testing.T) {
	t.Parallel()

	t.Run("stripe-go walks all pages, newest first", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.fund(1000_00, "pm_card_visa")
		creator := b.creator(goodNumber)
		var made []string
		for range 25 {
			made = append(made, b.transfer(1_00, creator.ID).ID)
		}
		slices.Reverse(made)

		var walked []string
		for list := b.api.Transfers.List(&stripe.TransferListParams{}); list.Next(); {
			walked = append(walked, list.Transfer().ID)
		}

		require.Equal(t, made, walked)
	})

	t.Run("cursors work in both directions and report whether there is more", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.fund(1000_00, "pm_card_visa")
		creator := b.creator(goodNumber)
		var made []string
		for range 5 {
			made = append(made, b.transfer(1_00, creator.ID).ID)
		}
		page := func(change func(*stripe.ListParams)) ([]string, bool) {
			params := &stripe.TransferListParams{}
			params.Single, params.Limit = true, stripe.Int64(2)
			change(&params.ListParams)
			list := b.api.Transfers.List(params).TransferList()
			var ids []string
			for _, transfer := range list.Data {
				ids = append(ids, transfer.ID)
			}
			return ids, list.HasMore
		}

		older, moreOlder := page(func(p *stripe.ListParams) { p.StartingAfter = stripe.String(made[2]) })
		newer, moreNewer := page(func(p *stripe.ListParams) { p.EndingBefore = stripe.String(made[1]) })

		require.Equal(t, []string{made[1], made[0]}, older)
		require.False(t, moreOlder)
		require.Equal(t, []string{made[3], made[2]}, newer)
		require.True(t, moreNewer)
	})

	t.Run("a created filter applies its bounds", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.fund(1000_00, "pm_card_visa")
		creator := b.creator(goodNumber)
		b.transfer(1_00, creator.ID)
		b.sim.Advance(time.Hour)
		second := b.transfer(1_00, creator.ID)

		found := b.api.Transfers.List(&stripe.TransferListParams{CreatedRange: &stripe.RangeQueryParams{GreaterThanOrEqual: second.Created}}).TransferList().Data

		require.Len(t, found, 1)
		require.Equal(t, second.ID, found[0].ID)
	})

	t.Run("limits, cursors and expansions that make no sense are refused", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		for _, query := range []string{"limit=0", "limit=101", "limit=x", "starting_after=tr_no", "created[near]=1", "expand[]=colour"} {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.url+"/v1/payment_intents?"+query, nil)
			require.NoError(t, err)
			request.Header.Set("Authorization", "Bearer sk_test_123")

			response, err := http.DefaultClient.Do(request)

			require.NoError(t, err)
			require.NoError(t, response.Body.Close())
			require.Equal(t, http.StatusBadRequest, response.StatusCode, query)
		}
	})

	t.Run("objects in a list can be expanded", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.fund(100_00, "pm_card_visa")
		b.transfer(1_00, b.creator(goodNumber).ID)
		params := &stripe.BalanceTransactionListParams{Type: stripe.String("transfer")}
		params.AddExpand("data.source")

		found := b.api.BalanceTransactions.List(params).BalanceTransactionList().Data

		require.Len(t, found, 1)
		require.Equal(t, int64(-1_00), found[0].Amount)
		require.Equal(t, "payout/p1", found[0].Source.Transfer.TransferGroup)
	})
}

// TestShapes compares the answers with the structs of stripe-go. A field that the
// client does not have is a misspelt one.
func TestShapes(t *testing.T) {
	t.Parallel()

	t.Run("every field of an answer is one that stripe-go reads", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		intent := b.fund(100_00, "pm_card_visa")
		creator := b.creator(noAccountNumber)
		transfer := b.transfer(50_00, creator.ID)
		payout := b.payout(20_00, creator.ID)
		b.sim.Advance(49 * time.Hour)
		reversal, err := b.api.TransferReversals.New(&stripe.TransferReversalParams{ID: stripe.String(transfer.ID)})
		require.NoError(t, err)
		refund, err := b.api.Refunds.New(&stripe.RefundParams{PaymentIntent: stripe.String(intent.ID), Amount: stripe.Int64(1_00)})
		require.NoError(t, err)
		b.control(http.MethodPost, "disputes", map[string]any{"charge": intent.LatestCharge.ID}, nil)
		disputes := b.api.Disputes.List(&stripe.DisputeListParams{}).DisputeList()
		failed := b.getPayout(payout.ID, creator.ID)
		session, err := b.api.AccountSessions.New(sessionParams(creator.ID))
		require.NoError(t, err)
		b.sim.SetWebhook("http://127.0.0.1:1/webhooks", webhookSecret)
		topup := b.topup(1_00)
		params := &stripe.BalanceTransactionParams{}
		params.AddExpand("source")
		b.control(http.MethodPost, "reserves", map[string]any{"amount_minor": 1}, nil)
		held, err := b.api.BalanceTransactions.Get(b.movements("reserved_funds")[0].ID, params)
		require.NoError(t, err)
		var reserved struct{ Source json.RawMessage }
		require.NoError(t, json.Unmarshal(held.LastResponse.RawJSON, &reserved))

		for name, shape := range map[string]struct {
			raw    []byte
			target any
		}{
			"payment intent": {intent.LastResponse.RawJSON, stripe.PaymentIntent{}},
			"charge":         {b.raw("charges/"+intent.LatestCharge.ID, ""), stripe.Charge{}},
			"movement":       {b.raw("balance_transactions/"+transfer.BalanceTransaction.ID, ""), stripe.BalanceTransaction{}},
			"balance":        {b.raw("balance", creator.ID), stripe.Balance{}},
			"account":        {creator.LastResponse.RawJSON, stripe.Account{}},
			"capability":     {b.raw("accounts/"+creator.ID+"/capabilities/transfers", ""), stripe.Capability{}},
			"bank account":   {b.raw("accounts/"+creator.ID+"/external_accounts/"+failed.Destination.ID, ""), stripe.BankAccount{}},
			"transfer":       {transfer.LastResponse.RawJSON, stripe.Transfer{}},
			"reversal":       {reversal.LastResponse.RawJSON, stripe.TransferReversal{}},
			"payout":         {failed.LastResponse.RawJSON, stripe.Payout{}},
			"refund":         {refund.LastResponse.RawJSON, stripe.Refund{}},
			"dispute":        {b.raw("disputes/"+disputes.Data[0].ID, ""), stripe.Dispute{}},
			"top-up":         {topup.LastResponse.RawJSON, stripe.Topup{}},
			"reserve":        {reserved.Source, stripe.ReserveTransaction{}},
			"session":        {session.LastResponse.RawJSON, stripe.AccountSession{}},
			"endpoint":       {b.raw("webhook_endpoints/we_sim_platform", ""), stripe.WebhookEndpoint{}},
			"platform":       {b.raw("account", ""), stripe.Account{}},
			"event":          {b.raw("events/"+b.api.Events.List(nil).EventList().Data[0].ID, ""), stripe.Event{}},
		} {
			var fields map[string]json.RawMessage
			require.NoError(t, json.Unmarshal(shape.raw, &fields), name)
			known := jsonNames(reflect.TypeOf(shape.target))
			for field := range fields {
				require.Contains(t, known, field, name)
			}
		}
	})
}

func (b *bundle) raw(path, account string) []byte {
	b.t.Helper()
	request, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, b.url+"/v1/"+path, nil)
	require.NoError(b.t, err)
	request.Header.Set("Authorization", "Bearer sk_test_123")
	if account != "" {
		request.Header.Set("Stripe-Account", account)
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(b.t, err)
	defer func() { _ = response.Body.Close() }()
	var raw json.RawMessage
	require.NoError(b.t, json.NewDecoder(response.Body).Decode(&raw))
	require.Equal(b.t, http.StatusOK, response.StatusCode, "%s", raw)
	return raw
}

func jsonNames(structure reflect.Type) []string {
	var names []string
	for i := range structure.NumField() {
		name, _, _ := strings.Cut(structure.Field(i).Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}
