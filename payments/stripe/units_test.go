package stripe

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/stripe/stripe-go/v79"
	"pgregory.net/rapid"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
)

func TestUnits(t *testing.T) {
	t.Parallel()

	t.Run("every amount that can be sent comes back as it was", func(t *testing.T) {
		t.Parallel()
		rapid.Check(t, func(r *rapid.T) {
			currency := rapid.SampledFrom(money.Currencies()).Draw(r, "currency")
			minor := rapid.Int64().Draw(r, "amount")

			wire, err := wireAmount(minor, currency)
			if err != nil {
				require.True(r, fault.Is(err, fault.Invalid))
				return
			}
			require.Positive(r, wire)
			require.Equal(r, minor, amountMinor(wire, stripe.Currency(strings.ToLower(string(currency)))))
		})
	})

	t.Run("follow Stripe where it differs from ISO 4217", func(t *testing.T) {
		t.Parallel()
		for _, c := range []struct {
			currency money.Currency
			minor    int64
			wire     int64
		}{
			{"USD", 1234, 1234},
			{"JPY", 1234, 1234},
			{"KWD", 12340, 12340},
			{"HUF", 1234, 1234},
			{"ISK", 1234, 123400},
			{"UGX", 5, 500},
			{"MGA", 1200, 12},
		} {
			wire, err := wireAmount(c.minor, c.currency)

			require.NoError(t, err)
			require.Equal(t, c.wire, wire, c.currency)
		}
	})

	t.Run("round what we cannot hold so that no balance looks larger", func(t *testing.T) {
		t.Parallel()
		for wire, minor := range map[int64]int64{199: 1, 200: 2, -1: -1, -100: -1, -101: -2, 0: 0, math.MinInt64: math.MinInt64/100 - 1} {
			require.Equal(t, minor, amountMinor(wire, "isk"))
		}
	})

	t.Run("send whole units to banks that accept no others", func(t *testing.T) {
		t.Parallel()
		for _, currency := range []money.Currency{"HUF", "TWD", "MGA"} {
			_, err := wireBankPayoutAmount(1250, currency)
			require.Equal(t, "amount_not_whole_units", fault.CodeOf(err))

			wire, err := wireBankPayoutAmount(1200, currency)
			require.NoError(t, err)
			require.Equal(t, int64(1200), amountMinor(wire, stripe.Currency(strings.ToLower(string(currency)))), currency)
		}
	})

	t.Run("send three decimals with a last digit of 0", func(t *testing.T) {
		t.Parallel()
		for _, currency := range []money.Currency{"KWD", "BHD", "JOD", "OMR", "TND"} {
			_, err := wireAmount(5124, currency)
			require.Equal(t, "amount_not_whole_units", fault.CodeOf(err))

			wire, err := wireAmount(5120, currency)
			require.NoError(t, err)
			require.Equal(t, int64(5120), wire)
		}
	})
}
