package stripe_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/stripe/stripe-go/v79"
)

// holding returns an account in a country that has money and a bank account in a currency.
func (b *bundle) holding(country, currency string, amountMinor int64) string {
	b.t.Helper()
	params := creatorParams(goodNumber)
	params.Country = stripe.String(country)
	params.ExternalAccount.Country, params.ExternalAccount.Currency = stripe.String(country), stripe.String(currency)
	account, err := b.api.Accounts.New(params)
	require.NoError(b.t, err)
	b.control(http.MethodPost, "accounts/"+account.ID+"/adjust", map[string]any{"amount_minor": amountMinor, "currency": currency}, nil)
	return account.ID
}

func payoutIn(currency string, amountMinor int64, account string) *stripe.PayoutParams {
	params := payoutParams(amountMinor, account)
	params.Currency = stripe.String(currency)
	return params
}

func TestPayoutLimits(t *testing.T) {
	t.Parallel()
	const plenty = 900_000_000_000

	for name, test := range map[string]struct {
		country, currency string
		least             int64
	}{
		"one cent in the platform's country":              {"US", "usd", 1},
		"one base unit across a border":                   {"DE", "eur", 1_00},
		"one yen across a border":                         {"JP", "jpy", 1},
		"Thailand's own minimum":                          {"TH", "thb", 600_00},
		"Korea's own minimum, without decimals":           {"KR", "krw", 40_000},
		"El Salvador's own minimum, in dollars":           {"SV", "usd", 30_00},
		"the general rule for a country's other currency": {"TH", "usd", 1_00},
		"one cent where a country has no minimum":         {"AU", "aud", 1},
		"one whole unit of a currency paid in whole ones": {"HU", "huf", 1_00},
	} {
		t.Run("the least is "+name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			account := b.holding(test.country, test.currency, plenty)

			below := test.least - 1
			if test.currency == "huf" {
				below = test.least - 100
			}
			if below > 0 {
				_, err := b.api.Payouts.New(payoutIn(test.currency, below, account))
				require.Equal(t, "amount", requireRefusal(t, err, 400, stripe.ErrorCodeAmountTooSmall).Param)
			}
			made, err := b.api.Payouts.New(payoutIn(test.currency, test.least, account))

			require.NoError(t, err)
			require.Equal(t, test.least, made.Amount)
		})
	}

	t.Run("the country of the platform decides what crosses a border", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		b.control(http.MethodPost, "platform", map[string]any{"country": "de"}, nil)
		account := b.holding("DE", "eur", plenty)

		made, err := b.api.Payouts.New(payoutIn("eur", 1, account))

		require.NoError(t, err)
		require.Equal(t, int64(1), made.Amount)
	})

	t.Run("an amount above the bank system's maximum is refused", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		account := b.holding("US", "usd", plenty)

		_, err := b.api.Payouts.New(payoutIn("usd", 99_999_999_99+1, account))
		require.Equal(t, "amount", requireRefusal(t, err, 400, stripe.ErrorCodeAmountTooLarge).Param)
		_, err = b.api.Payouts.New(payoutIn("usd", 99_999_999_99, account))

		require.NoError(t, err)
		require.Len(t, b.effects("payout.applied"), 1)
	})

	t.Run("a refusal frees the key, so that another amount may use it", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		account := b.holding("TH", "thb", plenty)
		params := payoutIn("thb", 1_00, account)
		params.SetIdempotencyKey("k")
		_, err := b.api.Payouts.New(params)
		requireRefusal(t, err, 400, stripe.ErrorCodeAmountTooSmall)

		again := payoutIn("thb", 600_00, account)
		again.SetIdempotencyKey("k")
		_, err = b.api.Payouts.New(again)

		require.NoError(t, err)
	})
}
