package funding_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/funding"
	"github.com/creditroll/creditroll/domain/money"
)

func TestSettledCurrencies(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	shown := []money.Currency{"USD", "EUR"}

	for name, tc := range map[string]struct {
		settled  funding.Settled
		currency money.Currency
		code     string
	}{
		"accepts a currency that settles":                 {funding.Settled{Currencies: shown, At: now}, "EUR", ""},
		"refuses one that would be converted":             {funding.Settled{Currencies: shown, At: now}, "GBP", "currency_not_settled"},
		"refuses as long as the reading counts":           {funding.Settled{Currencies: shown, At: now.Add(-time.Hour)}, "GBP", "currency_not_settled"},
		"refuses by a reading of a clock that is ahead":   {funding.Settled{Currencies: shown, At: now.Add(time.Minute)}, "GBP", "currency_not_settled"},
		"does not refuse by an old reading":               {funding.Settled{Currencies: shown, At: now.Add(-time.Hour - time.Second)}, "GBP", ""},
		"does not refuse before the first reading":        {funding.Settled{}, "GBP", ""},
		"does not refuse if Stripe shows no bank account": {funding.Settled{At: now}, "GBP", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			err := tc.settled.Require(tc.currency, now)

			require.Equal(t, tc.code, fault.CodeOf(err))
			if err != nil {
				require.ErrorContains(t, err, "pay in one of EUR, USD, or have the platform add a bank account in GBP")
				require.Equal(t, fault.Conflict, fault.KindOf(err))
			}
		})
	}
}
