package campaign_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/rail"
)

func TestVerifyAbove(t *testing.T) {
	t.Parallel()
	above := campaign.VerifyAbove{"USD": 100_000, "JPY": 0}

	for name, tc := range map[string]struct {
		currency    money.Currency
		budgetMinor int64
		brand       rail.Verification
		due         bool
	}{
		"asks for a brand above the amount":           {"USD", 100_001, rail.Unverified, true},
		"asks for nothing at the amount":              {"USD", 100_000, rail.Unverified, false},
		"asks for nothing of a verified brand":        {"USD", 1_000_000, rail.Verified, false},
		"does not take a check for its result":        {"USD", 1_000_000, rail.VerificationPending, true},
		"asks again after a failed attempt":           {"USD", 1_000_000, rail.VerificationRequiresInput, true},
		"asks again after a canceled attempt":         {"USD", 1_000_000, rail.VerificationCanceled, true},
		"asks for every brand above zero":             {"JPY", 1, rail.Unverified, true},
		"asks for nothing in a currency without one":  {"EUR", 1_000_000, rail.Unverified, false},
		"asks for a brand whose state is not on file": {"USD", 100_001, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			require.Equal(t, tc.due, above.Due(tc.currency, tc.budgetMinor, tc.brand))
		})
	}

	t.Run("asks for nothing when it is not set", func(t *testing.T) {
		t.Parallel()

		require.False(t, campaign.VerifyAbove(nil).Due("USD", 1_000_000_000, rail.Unverified))
	})
}
