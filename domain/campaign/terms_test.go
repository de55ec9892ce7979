package campaign_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
)

func TestSharesOfTheGrossAreBounded(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	terms := campaign.Terms{
		Currency: "USD", BudgetMinor: 1, RateMinorPerThousand: 1, Platforms: []clip.Platform{clip.TikTok},
		StartsAt: start, EndsAt: start.Add(time.Hour), TrackingWindow: duration.Text(time.Hour), FeeBasisPoints: 5000, AffiliateBasisPoints: 5000,
	}

	t.Run("lets fee and commission take everything between them", func(t *testing.T) {
		t.Parallel()

		require.NoError(t, terms.Validate(start))
	})

	t.Run("refuses a currency that is not in circulation", func(t *testing.T) {
		t.Parallel()

		for currency, code := range map[money.Currency]string{"CLF": "currency_not_in_use", "USN": "currency_not_in_use", "BGN": "currency_not_in_use", "XAU": "unknown_currency", "usd": "unknown_currency"} {
			other := terms
			other.Currency = currency
			require.Equal(t, code, fault.CodeOf(other.Validate(start)), currency)
		}
	})

	t.Run("refuses a budget that cannot be paid in", func(t *testing.T) {
		t.Parallel()

		for currency, budgets := range map[money.Currency]struct{ refused, taken int64 }{"KWD": {1005, 1010}, "MGA": {150, 200}, "HUF": {0, 150}} {
			finer := terms
			finer.Currency, finer.BudgetMinor = currency, budgets.taken
			require.NoError(t, finer.Validate(start))
			if finer.BudgetMinor = budgets.refused; budgets.refused > 0 {
				require.Equal(t, "amount_not_whole_units", fault.CodeOf(finer.Validate(start)), currency)
			}
		}
	})

	t.Run("refuses a schedule that cannot be used", func(t *testing.T) {
		t.Parallel()
		good, odd := terms, terms
		good.PollTiers, odd.PollTiers = "24h=30m,max=1h", "often"

		refused, ok := fault.As(odd.Validate(start))

		require.NoError(t, good.Validate(start))
		require.True(t, ok)
		require.Equal(t, "invalid_schedule", refused.Code)
		require.Equal(t, "poll_tiers", refused.Field)
	})

	t.Run("refuses a pace below zero, and knows which terms have one", func(t *testing.T) {
		t.Parallel()
		paced := terms
		require.False(t, paced.Paces())

		paced.HourlyPacingMinor = -1
		refused, _ := fault.As(paced.Validate(start))
		paced.HourlyPacingMinor = 1

		require.Equal(t, "limit_out_of_range", refused.Code)
		require.Equal(t, "hourly_pacing_minor", refused.Field)
		require.NoError(t, paced.Validate(start))
		require.True(t, paced.Paces())
		require.True(t, campaign.Terms{DailyPacingMinor: 1}.Paces())
	})

	for name, tc := range map[string]struct {
		fee, affiliate int
		code           string
	}{
		"refuses a fee above half":        {5001, 0, "fee_out_of_range"},
		"refuses a fee below zero":        {-1, 0, "fee_out_of_range"},
		"refuses a commission above half": {0, 5001, "affiliate_out_of_range"},
		"refuses a commission below zero": {0, -1, "affiliate_out_of_range"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			outside := terms
			outside.FeeBasisPoints, outside.AffiliateBasisPoints = tc.fee, tc.affiliate

			require.Equal(t, tc.code, fault.CodeOf(outside.Validate(start)))
		})
	}
}
