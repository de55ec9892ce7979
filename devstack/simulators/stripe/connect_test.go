package stripe_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/stripe/stripe-go/v79"

	stripesim "github.com/creditroll/creditroll/devstack/simulators/stripe"
)

func TestDeauthorizedAccounts(t *testing.T) {
	t.Parallel()

	t.Run("everything about one is refused until it is connected again", func(t *testing.T) {
		t.Parallel()
		b, creator := funded(t, goodNumber)
		payout := b.payout(10_00, creator)
		asCreator := stripe.Params{StripeAccount: stripe.String(creator)}
		attempts := map[string]func() error{
			"read it": func() error { _, err := b.api.Accounts.GetByID(creator, nil); return err },
			"update it": func() error {
				_, err := b.api.Accounts.Update(creator, &stripe.AccountParams{Email: stripe.String("a@example.com")})
				return err
			},
			"link to it":  func() error { _, err := b.api.AccountLinks.New(linkParams(creator)); return err },
			"open it":     func() error { _, err := b.api.AccountSessions.New(sessionParams(creator)); return err },
			"its balance": func() error { _, err := b.api.Balance.Get(&stripe.BalanceParams{Params: asCreator}); return err },
			"its payout": func() error {
				_, err := b.api.Payouts.Get(payout.ID, &stripe.PayoutParams{Params: asCreator})
				return err
			},
			"pay it out": func() error { _, err := b.api.Payouts.New(payoutParams(1_00, creator)); return err },
			"its banks": func() error {
				return b.api.BankAccounts.List(&stripe.BankAccountListParams{Account: stripe.String(creator)}).Err()
			},
			"its payouts": func() error {
				return b.api.Payouts.List(&stripe.PayoutListParams{ListParams: stripe.ListParams{StripeAccount: stripe.String(creator)}}).Err()
			},
		}

		b.control(http.MethodPost, "accounts/"+creator+"/deauthorize", nil, nil)

		for name, attempt := range attempts {
			require.Contains(t, requireRefusal(t, attempt(), 403, stripe.ErrorCodeAccountInvalid).Msg, "does not have access to account", name)
		}
		_, err := b.api.Transfers.New(transferParams(1_00, creator))
		refusal := requireRefusal(t, err, 400, stripe.ErrorCodeResourceMissing)
		require.Equal(t, "destination", refusal.Param)
		require.Contains(t, refusal.Msg, "No such destination")
		require.Empty(t, b.api.Accounts.List(nil).AccountList().Data)

		b.control(http.MethodPost, "accounts/"+creator+"/reconnect", nil, nil)

		for name, attempt := range attempts {
			require.NoError(t, attempt(), name)
		}
		b.transfer(1_00, creator)
		require.Contains(t, b.eventTypes(creator), "account.application.authorized")
	})

	t.Run("the platform gets the event of the end, and none of what happens after it", func(t *testing.T) {
		t.Parallel()
		b, creator := funded(t, goodNumber)
		payout := b.payout(10_00, creator)
		r := newReceiver(t, 0)
		b.sim.SetWebhook(r.url, webhookSecret)

		b.control(http.MethodPost, "accounts/"+creator+"/deauthorize", nil, nil)
		b.control(http.MethodPost, "payouts/"+payout.ID+"/pay", nil, nil)
		b.control(http.MethodPost, "accounts/"+creator+"/reconnect", nil, nil)

		r.waitFor(t, "account.application.deauthorized", "account.application.authorized")
		require.Equal(t, stripe.PayoutStatusPaid, b.getPayout(payout.ID, creator).Status)
	})

	t.Run("the platform, and an account in that state already, are refused", func(t *testing.T) {
		t.Parallel()
		b, creator := funded(t, goodNumber)

		require.Contains(t, b.refusedControl("accounts/"+creator+"/reconnect", nil), "already")
		require.Contains(t, b.refusedControl("accounts/"+stripesim.PlatformID+"/deauthorize", nil), "always connected")
		b.control(http.MethodPost, "accounts/"+creator+"/deauthorize", nil, nil)
		require.Contains(t, b.refusedControl("accounts/"+creator+"/deauthorize", nil), "already")
	})
}

func linkParams(account string) *stripe.AccountLinkParams {
	return &stripe.AccountLinkParams{
		Account: stripe.String(account), Type: stripe.String("account_onboarding"),
		RefreshURL: stripe.String("http://localhost/again"), ReturnURL: stripe.String("http://localhost/done"),
	}
}

func sessionParams(account string) *stripe.AccountSessionParams {
	return &stripe.AccountSessionParams{
		Account: stripe.String(account),
		Components: &stripe.AccountSessionComponentsParams{
			AccountOnboarding: &stripe.AccountSessionComponentsAccountOnboardingParams{Enabled: stripe.Bool(true)},
		},
	}
}

func TestOnboarding(t *testing.T) {
	t.Parallel()

	t.Run("an account without a type is express, with the currency and payout delay of its country", func(t *testing.T) {
		t.Parallel()
		b := setup(t)

		for country, want := range map[string]struct {
			currency stripe.Currency
			delay    int64
		}{"": {"usd", 2}, "de": {"eur", 3}, "JP": {"jpy", 4}, "KR": {"krw", 3}, "TH": {"thb", 3}} {
			params := &stripe.AccountParams{}
			if country != "" {
				params.Country = stripe.String(country)
			}
			account, err := b.api.Accounts.New(params)
			require.NoError(t, err, country)
			require.Equal(t, stripe.AccountTypeExpress, account.Type)
			require.Equal(t, want.currency, account.DefaultCurrency)
			require.Equal(t, want.delay, account.Settings.Payouts.Schedule.DelayDays)
			require.NotEmpty(t, account.Requirements.CurrentlyDue)
			require.Empty(t, account.ExternalAccounts.Data)
		}
	})

	t.Run("a country that Stripe does not serve, and a later change of country or type, are refused", func(t *testing.T) {
		t.Parallel()
		b := setup(t)

		_, err := b.api.Accounts.New(&stripe.AccountParams{Country: stripe.String("XX")})
		require.Equal(t, "country", requireRefusal(t, err, 400, stripe.ErrorCodeCountryUnsupported).Param)
		_, err = b.api.Accounts.New(&stripe.AccountParams{DefaultCurrency: stripe.String("xxx")})
		require.Equal(t, "default_currency", requireRefusal(t, err, 400, "").Param)
		account := b.creator(goodNumber)
		_, err = b.api.Accounts.Update(account.ID, &stripe.AccountParams{Country: stripe.String("DE")})
		require.Equal(t, "country", requireRefusal(t, err, 400, stripe.ErrorCodeParameterUnknown).Param)

		_, err = b.api.Accounts.Update(account.ID, &stripe.AccountParams{Type: stripe.String("custom")})
		require.Equal(t, "type", requireRefusal(t, err, 400, stripe.ErrorCodeParameterUnknown).Param)
	})

	t.Run("an account session gives the browser a secret for the components that were asked for", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		account := b.creator(goodNumber)

		session, err := b.api.AccountSessions.New(sessionParams(account.ID))

		require.NoError(t, err)
		require.Equal(t, account.ID, session.Account)
		require.Regexp(t, "^accs_secret__", session.ClientSecret)
		require.Greater(t, session.ExpiresAt, b.sim.Now().Unix())
		require.True(t, session.Components.AccountOnboarding.Enabled)
		require.False(t, session.Components.Payouts.Enabled)
	})

	t.Run("an account session needs an account and a component", func(t *testing.T) {
		t.Parallel()
		b := setup(t)

		_, err := b.api.AccountSessions.New(&stripe.AccountSessionParams{Account: stripe.String(b.creator(goodNumber).ID)})
		require.Equal(t, "components", requireRefusal(t, err, 400, stripe.ErrorCodeParameterMissing).Param)
		_, err = b.api.AccountSessions.New(sessionParams("acct_no"))
		requireRefusal(t, err, 403, stripe.ErrorCodeAccountInvalid)
	})

	t.Run("an account link needs a known type and addresses to return to", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		account := b.creator(goodNumber).ID

		for param, change := range map[string]func(*stripe.AccountLinkParams){
			"type":        func(p *stripe.AccountLinkParams) { p.Type = stripe.String("holiday") },
			"return_url":  func(p *stripe.AccountLinkParams) { p.ReturnURL = stripe.String("not an address") },
			"refresh_url": func(p *stripe.AccountLinkParams) { p.RefreshURL = nil },
		} {
			params := linkParams(account)
			change(params)
			_, err := b.api.AccountLinks.New(params)
			require.Equal(t, param, requireRefusal(t, err, 400, refusedCode(err)).Param)
		}
	})
}
