package stripe_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/rail"
)

func TestCreateAccount(t *testing.T) {
	t.Parallel()

	t.Run("asks for an Express account on a manual schedule that names the creator", func(t *testing.T) {
		t.Parallel()
		client, stub := setup(t, answer(200, object{
			"id": "acct_9", "object": "account", "metadata": object{"creator_id": "018f-creator"},
			"settings": object{"payouts": object{"schedule": object{"interval": "manual"}}},
		}))

		made, err := client.CreateAccount(t.Context(), rail.NewAccount{CreatorID: "018f-creator", Country: "DE", IdempotencyKey: "creator/018f-creator/account"})

		require.NoError(t, err)
		require.Equal(t, "acct_9", made.ID)
		require.Equal(t, "018f-creator", made.CreatorID)
		require.Equal(t, rail.IntervalManual, made.PayoutInterval)
		sent := stub.last(t)
		require.Equal(t, "/v1/accounts", sent.Path)
		require.Equal(t, "creator/018f-creator/account", sent.Header.Get("Idempotency-Key"))
		for name, want := range map[string]string{
			"type": "express", "country": "DE", "capabilities[transfers][requested]": "true",
			"settings[payouts][schedule][interval]": "manual", "metadata[creator_id]": "018f-creator",
		} {
			require.Equal(t, want, sent.Form.Get(name), name)
		}
	})

	t.Run("sends nothing that cannot be right", func(t *testing.T) {
		t.Parallel()
		client, stub := setup(t, answer(200, object{"id": "acct_9"}))
		for code, request := range map[string]rail.NewAccount{
			"id_invalid":               {Country: "DE", IdempotencyKey: "k"},
			"country_invalid":          {CreatorID: "c", Country: "de", IdempotencyKey: "k"},
			"idempotency_key_required": {CreatorID: "c", Country: "DE"},
		} {
			_, err := client.CreateAccount(t.Context(), request)

			requireFault(t, err, fault.Invalid, code)
		}
		require.Zero(t, stub.count())
	})

	t.Run("takes no answer without an account for success", func(t *testing.T) {
		t.Parallel()
		client, _ := setup(t, answer(200, object{"object": "account"}))

		_, err := client.CreateAccount(t.Context(), rail.NewAccount{CreatorID: "c", Country: "DE", IdempotencyKey: "k"})

		requireFault(t, err, fault.UnknownOutcome, "stripe_answer_unreadable")
	})
}

func TestAccountLinks(t *testing.T) {
	t.Parallel()

	t.Run("lead to the onboarding and back", func(t *testing.T) {
		t.Parallel()
		client, stub := setup(t, answer(200, object{"object": "account_link", "url": "https://connect.stripe.com/setup/1", "expires_at": 1_800_000_000}))

		link, err := client.CreateAccountLink(t.Context(), rail.AccountLinkRequest{Account: "acct_1", RefreshURL: "https://app.test/again", ReturnURL: "https://app.test/done"})

		require.NoError(t, err)
		require.Equal(t, rail.AccountLink{URL: "https://connect.stripe.com/setup/1", ExpiresAt: time.Unix(1_800_000_000, 0).UTC()}, link)
		require.NotContains(t, link.String(), "setup")
		require.Equal(t, "account_onboarding", stub.last(t).Form.Get("type"))
		require.Equal(t, "https://app.test/done", stub.last(t).Form.Get("return_url"))
	})

	t.Run("are no links without an address", func(t *testing.T) {
		t.Parallel()
		client, _ := setup(t, answer(200, object{"object": "account_link"}))

		_, err := client.CreateAccountLink(t.Context(), rail.AccountLinkRequest{Account: "acct_1"})

		requireFault(t, err, fault.Unavailable, "stripe_answer_unreadable")
	})
}

func TestAccountSessions(t *testing.T) {
	t.Parallel()
	client, stub := setup(t, answer(200, object{"object": "account_session", "client_secret": "accs_secret_1", "expires_at": 1_800_000_000}))

	session, err := client.CreateAccountSession(t.Context(), "acct_1")

	require.NoError(t, err)
	require.Equal(t, "accs_secret_1", session.ClientSecret)
	require.NotContains(t, session.String(), "secret_1")
	require.Equal(t, "true", stub.last(t).Form.Get("components[account_onboarding][enabled]"))
	_, err = client.CreateAccountSession(t.Context(), "cus_1")
	requireFault(t, err, fault.Invalid, "stripe_account_invalid")
}
