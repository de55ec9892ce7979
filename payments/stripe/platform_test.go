package stripe_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/rail"
	"github.com/creditroll/creditroll/payments/stripe"
)

func TestEventTypes(t *testing.T) {
	t.Parallel()
	for _, eventType := range stripe.EventTypes() {
		event := rail.Event{Type: eventType, ObjectID: "obj_1", PayoutID: "018f-payout", CampaignID: "018f-campaign"}
		own := stripe.Notice(event)
		event.Account = "acct_creator1"
		connected := stripe.Notice(event)

		acted := own.Concern != rail.ConcernNone || connected.Concern != rail.ConcernNone
		require.True(t, acted, "we ask Stripe for %s and do not act upon it", eventType)
	}
}

func TestEventTypesHaveEveryConcern(t *testing.T) {
	t.Parallel()
	missing := map[rail.Concern]bool{
		rail.ConcernCampaignPayment: true, rail.ConcernRefundStarted: true, rail.ConcernRefundChanged: true, rail.ConcernDispute: true, rail.ConcernPayout: true,
		rail.ConcernPayoutAccount: true, rail.ConcernAccountState: true, rail.ConcernVerification: true, rail.ConcernBankAccountAdded: true,
	}
	for _, eventType := range stripe.EventTypes() {
		for _, account := range []string{"", "acct_creator1"} {
			delete(missing, stripe.Notice(rail.Event{Type: eventType, Account: account, ObjectID: "obj_1", PayoutID: "018f-payout", CampaignID: "018f-campaign"}).Concern)
		}
	}

	require.Empty(t, missing, "a webhook endpoint sends no event of these")
}

func TestGetPlatform(t *testing.T) {
	t.Parallel()
	client, stub := setup(t, answer(200, object{
		"id": "acct_platform", "object": "account", "charges_enabled": true, "payouts_enabled": true,
		"capabilities":     object{"transfers": "inactive", "card_payments": "active"},
		"settings":         object{"payouts": object{"schedule": object{"interval": "daily"}}},
		"default_currency": "usd", "external_accounts": object{"object": "list", "data": []any{
			object{"id": "ba_1", "object": "bank_account", "currency": "gbp", "status": "new"},
			object{"id": "ba_2", "object": "bank_account", "currency": "usd", "status": "new"},
			object{"id": "ba_3", "object": "bank_account", "currency": "eur", "status": "errored"},
		}},
	}))

	platform, err := client.GetPlatform(t.Context())

	require.NoError(t, err)
	require.Equal(t, "daily", platform.PayoutInterval)
	require.True(t, platform.ChargesEnabled)
	require.Equal(t, []string{"transfers"}, platform.Inactive)
	require.Equal(t, []money.Currency{"GBP", "USD"}, platform.Settles)
	require.Equal(t, "/v1/account", stub.last(t).Path)
	require.Empty(t, stub.last(t).Header.Values("Stripe-Account"))
}

func TestConfiguredSettledCurrencies(t *testing.T) {
	t.Parallel()
	_, stub := setup(t, answer(200, object{"id": "acct_platform", "object": "account", "default_currency": "usd"}))
	client := newClient(t, stripe.Config{APIBase: stub.URL, HTTPClient: stub.Client(), Settles: []money.Currency{"EUR", "USD"}})

	settled, err := client.ListSettledCurrencies(t.Context())
	require.NoError(t, err)
	require.Equal(t, []money.Currency{"EUR", "USD"}, settled)

	platform, err := client.GetPlatform(t.Context())
	require.NoError(t, err)
	require.Equal(t, settled, platform.Settles, "Stripe shows no bank accounts to the platform itself")
}
