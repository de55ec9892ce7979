package campaign_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
)

func TestSharesOfTheGrossAreBounded(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	terms := campaign.Terms{
		Currency: "USD", BudgetMinor: 1, RateMinorPerThousand: 1, Platforms: []clip.Platform{clip.TikTok},
		StartsAt: start, EndsAt: start.Add(time.Hour), TrackingWindow: time.Hour, FeeBasisPoints: 5000, AffiliateBasisPoints: 5000,
	}

	t.Run("lets fee and commission take everything between them", func(t *testing.T) {
		t.Parallel()

		require.NoError(t, terms.Validate(start))
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
