package stripe_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/stripe/stripe-go/v79"
)

func TestAccounts(t *testing.T) {
	t.Parallel()

	t.Run("one that gave all data may receive and pay out", func(t *testing.T) {
		t.Parallel()
		b := setup(t)

		account := b.creator(goodNumber)

		require.True(t, account.PayoutsEnabled)
		require.True(t, account.DetailsSubmitted)
		require.Equal(t, stripe.AccountCapabilityStatusActive, account.Capabilities.Transfers)
		require.Empty(t, account.Requirements.CurrentlyDue)
		require.Empty(t, account.Requirements.DisabledReason)
		require.Equal(t, stripe.CurrencyUSD, account.DefaultCurrency)
		require.Equal(t, "Jenny", account.Individual.FirstName)
		require.Equal(t, int64(1990), account.Individual.DOB.Year)
		require.Equal(t, "u1", account.Metadata["creator_id"])
		require.Equal(t, "6789", account.ExternalAccounts.Data[0].BankAccount.Last4)
	})

	t.Run("one with a missing field shows what is due, and is enabled once it is given", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		params := creatorParams(goodNumber)
		params.TOSAcceptance, params.Individual.LastName = nil, nil
		account, err := b.api.Accounts.New(params)
		require.NoError(t, err)
		require.False(t, account.PayoutsEnabled)
		require.Equal(t, stripe.AccountCapabilityStatusInactive, account.Capabilities.Transfers)
		require.Equal(t, []string{"individual.last_name", "tos_acceptance.date"}, account.Requirements.CurrentlyDue)
		require.Equal(t, stripe.AccountRequirementsDisabledReason("requirements.past_due"), account.Requirements.DisabledReason)

		after, err := b.api.Accounts.Update(account.ID, &stripe.AccountParams{
			Individual:    &stripe.PersonParams{LastName: stripe.String("Rosen")},
			TOSAcceptance: &stripe.AccountTOSAcceptanceParams{Date: stripe.Int64(1700000000), IP: stripe.String("127.0.0.1")},
		})

		require.NoError(t, err)
		require.True(t, after.PayoutsEnabled)
		require.Equal(t, stripe.AccountCapabilityStatusActive, after.Capabilities.Transfers)
		require.Equal(t, "Jenny", after.Individual.FirstName)
		require.Equal(t, []string{"capability.updated", "account.updated"}, b.eventTypes(account.ID)[:2])
	})

	t.Run("without a bank account it may receive but not pay out", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		params := creatorParams(goodNumber)
		params.ExternalAccount = nil

		account, err := b.api.Accounts.New(params)

		require.NoError(t, err)
		require.Equal(t, stripe.AccountCapabilityStatusActive, account.Capabilities.Transfers)
		require.False(t, account.PayoutsEnabled)
		require.Equal(t, []string{"external_account"}, account.Requirements.CurrentlyDue)
	})

	t.Run("bank accounts can be listed, added, made the default, deleted and replaced", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		account := b.creator(closedNumber)
		first := account.ExternalAccounts.Data[0].ID
		added, err := b.api.BankAccounts.New(&stripe.BankAccountParams{
			Account: stripe.String(account.ID), Country: stripe.String("US"), Currency: stripe.String("usd"),
			RoutingNumber: stripe.String("110000000"), AccountNumber: stripe.String(goodNumber), DefaultForCurrency: stripe.Bool(true),
		})
		require.NoError(t, err)
		require.True(t, added.DefaultForCurrency)

		_, err = b.api.BankAccounts.Del(added.ID, &stripe.BankAccountParams{Account: stripe.String(account.ID)})
		require.Error(t, err, "the default cannot be deleted")
		deleted, err := b.api.BankAccounts.Del(first, &stripe.BankAccountParams{Account: stripe.String(account.ID)})
		require.NoError(t, err)
		require.True(t, deleted.Deleted)
		after, err := b.api.Accounts.Update(account.ID, &stripe.AccountParams{ExternalAccount: &stripe.AccountExternalAccountParams{Token: stripe.String("btok_us_verified_noAccount")}})
		require.NoError(t, err)

		require.Len(t, after.ExternalAccounts.Data, 1)
		require.Equal(t, "1116", after.ExternalAccounts.Data[0].BankAccount.Last4)
		listed := b.api.BankAccounts.List(&stripe.BankAccountListParams{Account: stripe.String(account.ID)}).BankAccountList().Data
		require.Len(t, listed, 1)
	})

	t.Run("control forces a state and removes it again", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		account := b.creator(goodNumber)

		b.control(http.MethodPost, "accounts/"+account.ID, map[string]any{"pending_verification": []string{"individual.verification.document"}}, nil)
		held, err := b.api.Accounts.GetByID(account.ID, nil)
		require.NoError(t, err)
		require.False(t, held.PayoutsEnabled)
		require.Equal(t, stripe.AccountCapabilityStatusPending, held.Capabilities.Transfers)
		require.Equal(t, []string{"individual.verification.document"}, held.Requirements.PendingVerification)
		b.control(http.MethodDelete, "accounts/"+account.ID+"/override", nil, nil)

		freed, err := b.api.Accounts.GetByID(account.ID, nil)
		require.NoError(t, err)
		require.True(t, freed.PayoutsEnabled)
	})

	t.Run("one that is deauthorized cannot be reached", func(t *testing.T) {
		t.Parallel()
		b, creator := funded(t, goodNumber)

		b.control(http.MethodPost, "accounts/"+creator+"/deauthorize", nil, nil)

		_, err := b.api.Accounts.GetByID(creator, nil)
		requireRefusal(t, err, 403, stripe.ErrorCodeAccountInvalid)
		_, err = b.api.Payouts.New(payoutParams(1_00, creator))
		requireRefusal(t, err, 403, stripe.ErrorCodeAccountInvalid)
		_, err = b.api.Transfers.New(transferParams(1_00, creator))
		require.Error(t, err)
	})

	t.Run("an account link completes the onboarding and returns to the caller", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		account, err := b.api.Accounts.New(&stripe.AccountParams{Type: stripe.String("express"), Country: stripe.String("US")})
		require.NoError(t, err)
		link, err := b.api.AccountLinks.New(&stripe.AccountLinkParams{
			Account: stripe.String(account.ID), Type: stripe.String("account_onboarding"),
			RefreshURL: stripe.String("http://localhost/again"), ReturnURL: stripe.String("http://localhost/done"),
		})
		require.NoError(t, err)

		stay := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		response, err := stay.Get(link.URL)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())

		require.Equal(t, "http://localhost/done", response.Header.Get("Location"))
		after, err := b.api.Accounts.GetByID(account.ID, nil)
		require.NoError(t, err)
		require.True(t, after.PayoutsEnabled)
	})

	t.Run("control moves a balance below zero", func(t *testing.T) {
		t.Parallel()
		b, creator := funded(t, goodNumber)

		b.control(http.MethodPost, "accounts/"+creator+"/adjust", map[string]any{"amount_minor": -60_00}, nil)

		b.requireAvailable(creator, -10_00)
		_, err := b.api.Payouts.New(payoutParams(1_00, creator))
		requireRefusal(t, err, 400, stripe.ErrorCodeBalanceInsufficient)
	})
}

// eventTypes lists the types of an account's events, newest first; "" is the platform.
func (b *bundle) eventTypes(account string) []string {
	b.t.Helper()
	params := &stripe.EventListParams{}
	params.Limit = stripe.Int64(100)
	if account != "" {
		params.SetStripeAccount(account)
	}
	var types []string
	for _, event := range b.api.Events.List(params).EventList().Data {
		types = append(types, string(event.Type))
	}
	return types
}
