package stripe_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/rail"
)

// answers replies by path. An unknown path is answered as Stripe does for a missing object.
func answers(byPath map[string]object) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if body, ok := byPath[r.URL.Path]; ok {
			answer(200, body)(w, r)
			return
		}
		answer(404, object{"error": object{"type": "invalid_request_error", "code": "resource_missing"}})(w, r)
	}
}

var (
	noMoney = object{"object": "balance", "available": []object{}, "pending": []object{}}
	noBanks = object{"object": "list", "has_more": false, "data": []object{}}
)

func TestAccounts(t *testing.T) {
	t.Parallel()

	t.Run("say what keeps money from moving", func(t *testing.T) {
		t.Parallel()
		client, stub := setup(t, answers(map[string]object{
			"/v1/accounts/acct_1": {
				"id": "acct_1", "object": "account", "payouts_enabled": true, "default_currency": "eur", "country": "DE",
				"email": "jenny@example.com", "capabilities": object{"transfers": "active"}, "metadata": object{"creator_id": "018f-creator"},
				"settings": object{"payouts": object{"schedule": object{"interval": "daily", "delay_days": 2}}},
				"requirements": object{
					"disabled_reason": "requirements.past_due", "currently_due": []string{"external_account"},
					"past_due": []string{"individual.id_number"}, "pending_verification": []string{"individual.address.line1"},
				},
				"external_accounts": object{"object": "list", "has_more": false, "data": []object{
					{"id": "ba_1", "object": "bank_account", "currency": "usd", "status": "verified", "available_payout_methods": []string{"standard"}},
					{"id": "ba_2", "object": "bank_account", "currency": "eur", "status": "new", "available_payout_methods": []string{"standard", "instant"}, "default_for_currency": true},
					{"id": "ba_3", "object": "bank_account", "currency": "gbp", "status": "errored", "available_payout_methods": []string{"standard", "instant"}, "default_for_currency": true},
					{"id": "ba_4", "object": "bank_account", "currency": "sek", "status": "verification_failed"},
					{"id": "card_1", "object": "card", "currency": "cad", "available_payout_methods": []string{"instant"}, "default_for_currency": true},
					{"id": "card_2", "object": "card", "currency": "usd", "available_payout_methods": []string{"instant"}}, // not the default: a payout goes to the bank account
				}},
			},
			"/v1/balance": {"object": "balance", "available": []object{{"amount": -300, "currency": "eur"}}, "pending": []object{}},
		}))

		account, err := client.GetAccount(t.Context(), "acct_1")

		require.NoError(t, err)
		require.Equal(t, rail.Account{
			ID: "acct_1", PayoutsEnabled: true, TransfersActive: true, DisabledReason: "requirements.past_due",
			CurrentlyDue: []string{"external_account"}, PastDue: []string{"individual.id_number"},
			PendingVerification: []string{"individual.address.line1"}, DefaultCurrency: "EUR", Country: "DE",
			PayoutInterval: "daily", CreatorID: "018f-creator",
			BankCurrencies: []money.Currency{"CAD", "EUR", "USD"}, InstantCurrencies: []money.Currency{"CAD", "EUR"},
			DefaultBanks: map[money.Currency]string{"CAD": "card_1", "EUR": "ba_2", "GBP": "ba_3"},
			Balances:     []rail.Balance{{Currency: "EUR", AvailableMinor: -300}},
		}, account)
		require.Equal(t, "acct_1", stub.last(t).Header.Get("Stripe-Account"))
		require.Equal(t, 2, stub.count(), "the bank accounts came with the account")
	})

	t.Run("are disabled when Stripe rejected or the platform paused them", func(t *testing.T) {
		t.Parallel()
		for reason, disabled := range map[string]bool{
			"rejected.fraud": true, "rejected.other": true, "platform_paused": true,
			"requirements.past_due": false, "under_review": false, "rejected.": false, "": false,
		} {
			client, _ := setup(t, answers(map[string]object{
				"/v1/accounts/acct_1": {"id": "acct_1", "object": "account", "requirements": object{"disabled_reason": reason}, "external_accounts": noBanks},
				"/v1/balance":         noMoney,
			}))

			account, err := client.GetAccount(t.Context(), "acct_1")

			require.NoError(t, err)
			require.Equal(t, disabled, account.Disabled, reason)
			require.Equal(t, reason, account.DisabledReason)
		}
	})

	t.Run("have their bank accounts listed where Stripe does not include them", func(t *testing.T) {
		t.Parallel()
		client, stub := setup(t, answers(map[string]object{
			"/v1/accounts/acct_1": {"id": "acct_1", "object": "account", "external_accounts": object{"object": "list", "has_more": true, "data": []object{}}},
			"/v1/accounts/acct_1/external_accounts": {"object": "list", "has_more": false, "data": []object{
				{"id": "ba_1", "object": "bank_account", "currency": "usd", "status": "new"},
			}},
			"/v1/balance": noMoney,
		}))

		account, err := client.GetAccount(t.Context(), "acct_1")

		require.NoError(t, err)
		require.Equal(t, []money.Currency{"USD"}, account.BankCurrencies)
		require.Equal(t, 3, stub.count())
	})

	t.Run("that say nothing can receive nothing", func(t *testing.T) {
		t.Parallel()
		client, _ := setup(t, answers(map[string]object{
			"/v1/accounts/acct_1": {"id": "acct_1", "object": "account"}, "/v1/accounts/acct_1/external_accounts": noBanks, "/v1/balance": noMoney,
		}))

		account, err := client.GetAccount(t.Context(), "acct_1")

		require.NoError(t, err)
		require.Equal(t, rail.Account{ID: "acct_1", Balances: []rail.Balance{}}, account)
	})

	t.Run("are not read in part", func(t *testing.T) {
		t.Parallel()
		whole := object{"id": "acct_1", "object": "account", "external_accounts": noBanks}
		for _, known := range []map[string]object{
			{"/v1/balance": noMoney},
			{"/v1/accounts/acct_1": whole},
			{"/v1/accounts/acct_1": {"id": "acct_1", "object": "account"}, "/v1/balance": noMoney},
		} {
			client, _ := setup(t, answers(known))

			_, err := client.GetAccount(t.Context(), "acct_1")

			requireFault(t, err, fault.NotFound, "resource_missing")
		}
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
		require.Equal(t, []rail.Balance{
			{Currency: "EUR", AvailableMinor: 50},
			{Currency: "JPY", PendingMinor: 7},
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
