package stripe_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/stripe/stripe-go/v79"

	simulator "github.com/creditroll/creditroll/devstack/simulators/stripe"
)

// instantly returns an account with 1,000.00 that takes instant payouts.
func (b *bundle) instantly() string {
	b.t.Helper()
	account := b.holding("US", "usd", 1_000_00)
	b.control(http.MethodPost, "accounts/"+account+"/instant", map[string]any{}, nil)
	return account
}

func instantPayout(amountMinor int64, account string) *stripe.PayoutParams {
	params := payoutIn("usd", amountMinor, account)
	params.Method = stripe.String(string(stripe.PayoutMethodInstant))
	return params
}

func TestInstantPayoutsOfThePlatform(t *testing.T) {
	t.Parallel()

	t.Run("are refused while they are not enabled, and standard ones are not", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		account := b.instantly()
		b.control(http.MethodPost, "instant_payouts", map[string]any{"enabled": false}, nil)

		_, refusal := b.api.Payouts.New(instantPayout(100_00, account))
		_, err := b.api.Payouts.New(payoutIn("usd", 100_00, account))

		requireRefusal(t, refusal, 400, "instant_payouts_config_disabled")
		require.NoError(t, err)
	})

	t.Run("share the volume of a day, which begins again at midnight", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		one, other := b.instantly(), b.instantly()
		b.control(http.MethodPost, "instant_payouts", map[string]any{"day_limit_minor": 150_00}, nil)
		_, err := b.api.Payouts.New(instantPayout(100_00, one))
		require.NoError(t, err)

		_, refusal := b.api.Payouts.New(instantPayout(50_01, other))
		_, err = b.api.Payouts.New(instantPayout(50_00, other))
		require.NoError(t, err)
		b.control(http.MethodPost, "clock", map[string]any{"advance": "24h"}, nil)
		_, tomorrow := b.api.Payouts.New(instantPayout(150_00, other))

		requireRefusal(t, refusal, 400, "instant_payouts_limit_exceeded")
		require.NoError(t, tomorrow)
	})

	t.Run("cost the platform a fee, and the account nothing", func(t *testing.T) {
		t.Parallel()
		b := setup(t)
		account := b.instantly()
		b.control(http.MethodPost, "accounts/"+simulator.PlatformID+"/adjust", map[string]any{"amount_minor": 10_00, "currency": "usd"}, nil)
		b.control(http.MethodPost, "instant_payouts", map[string]any{"fee_basis_points": 100}, nil)

		_, err := b.api.Payouts.New(instantPayout(200_00, account))
		require.NoError(t, err)
		_, err = b.api.Payouts.New(payoutIn("usd", 300_00, account))
		require.NoError(t, err)

		platform, err := b.api.Balance.Get(nil)
		require.NoError(t, err)
		require.Equal(t, int64(8_00), platform.Available[0].Amount)
		params := &stripe.BalanceParams{}
		params.SetStripeAccount(account)
		left, err := b.api.Balance.Get(params)
		require.NoError(t, err)
		require.Equal(t, int64(500_00), left.Available[0].Amount)
	})
}
