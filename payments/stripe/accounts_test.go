package stripe_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/rail"
)

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
		require.Equal(t, rail.Account{
			ID: "acct_1", PayoutsEnabled: true, TransfersActive: true, DisabledReason: "requirements.past_due",
			CurrentlyDue: []string{"external_account"}, PastDue: []string{"individual.id_number"},
			PendingVerification: []string{"individual.address.line1"}, DefaultCurrency: "EUR", Country: "DE",
		}, account)
	})

	t.Run("are disabled when Stripe rejected or the platform paused them", func(t *testing.T) {
		t.Parallel()
		for reason, disabled := range map[string]bool{
			"rejected.fraud": true, "rejected.other": true, "platform_paused": true,
			"requirements.past_due": false, "under_review": false, "rejected.": false, "": false,
		} {
			client, _ := setup(t, answer(200, object{
				"id": "acct_1", "object": "account", "requirements": object{"disabled_reason": reason},
			}))

			account, err := client.GetAccount(t.Context(), "acct_1")

			require.NoError(t, err)
			require.Equal(t, disabled, account.Disabled, reason)
			require.Equal(t, reason, account.DisabledReason)
		}
	})

	t.Run("that say nothing can receive nothing", func(t *testing.T) {
		t.Parallel()
		client, _ := setup(t, answer(200, object{"id": "acct_1", "object": "account"}))

		account, err := client.GetAccount(t.Context(), "acct_1")

		require.NoError(t, err)
		require.Equal(t, rail.Account{ID: "acct_1"}, account)
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
