package earnings_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/earnings"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
)

func TestAccrue(t *testing.T) {
	t.Parallel()
	terms := campaign.Terms{RateMinorPerThousand: 250, FeeBasisPoints: 1000}
	plenty := int64(1_000_000)

	cases := []struct {
		name     string
		terms    func(*campaign.Terms)
		standing earnings.Progress
		want     earnings.Accrual
	}{
		{
			"pays the rate per thousand views, fee rounded down, remainder to the creator", nil,
			earnings.Progress{CreditableViews: 1500, BudgetLeftMinor: plenty},
			earnings.Accrual{GrossMinor: 375, CreatorMinor: 338, FeeMinor: 37, CreditedViewsAfter: 1500, LimitedBy: earnings.NoLimit},
		},
		{
			"pays the affiliate a share of the gross, rounded down; both remainders are the creator's", func(t *campaign.Terms) { t.AffiliateBasisPoints = 555 },
			earnings.Progress{CreditableViews: 1500, BudgetLeftMinor: plenty, HasAffiliate: true},
			earnings.Accrual{GrossMinor: 375, CreatorMinor: 318, FeeMinor: 37, AffiliateMinor: 20, CreditedViewsAfter: 1500, LimitedBy: earnings.NoLimit},
		},
		{
			"pays no commission for a creator without an affiliate", func(t *campaign.Terms) { t.AffiliateBasisPoints = 555 },
			earnings.Progress{CreditableViews: 1500, BudgetLeftMinor: plenty},
			earnings.Accrual{GrossMinor: 375, CreatorMinor: 338, FeeMinor: 37, CreditedViewsAfter: 1500, LimitedBy: earnings.NoLimit},
		},
		{
			"pays only what is new, and rounds the fee of all that the clip has earned", nil,
			earnings.Progress{CreditableViews: 3000, CreditedViews: 1500, ClipGrossMinor: 375, BudgetLeftMinor: plenty},
			earnings.Accrual{GrossMinor: 375, CreatorMinor: 337, FeeMinor: 38, CreditedViewsAfter: 3000, LimitedBy: earnings.NoLimit},
		},
		{
			"pays nothing below the minimum of views", func(t *campaign.Terms) { t.MinimumViews = 2000 },
			earnings.Progress{CreditableViews: 1999, BudgetLeftMinor: plenty},
			earnings.Accrual{LimitedBy: earnings.MinimumViews},
		},
		{
			"pays for every view once the minimum is reached", func(t *campaign.Terms) { t.MinimumViews = 2000 },
			earnings.Progress{CreditableViews: 2000, BudgetLeftMinor: plenty},
			earnings.Accrual{GrossMinor: 500, CreatorMinor: 450, FeeMinor: 50, CreditedViewsAfter: 2000, LimitedBy: earnings.NoLimit},
		},
		{
			"stops at the cap per clip", func(t *campaign.Terms) { t.MaxPerClipMinor = 400 },
			earnings.Progress{CreditableViews: 9000, CreditedViews: 1500, ClipGrossMinor: 375, BudgetLeftMinor: plenty},
			earnings.Accrual{GrossMinor: 25, CreatorMinor: 22, FeeMinor: 3, CreditedViewsAfter: 1598, LimitedBy: earnings.PerClip},
		},
		{
			"stops at the cap per creator", func(t *campaign.Terms) { t.MaxPerCreatorMinor = 1000 },
			earnings.Progress{CreditableViews: 1000, CreatorGrossMinor: 990, BudgetLeftMinor: plenty},
			earnings.Accrual{GrossMinor: 10, CreatorMinor: 9, FeeMinor: 1, CreditedViewsAfter: 38, LimitedBy: earnings.PerCreator},
		},
		{
			"defers what is above the daily pace", func(t *campaign.Terms) { t.DailyPacingMinor = 100 },
			earnings.Progress{CreditableViews: 1000, DayGrossMinor: 100, BudgetLeftMinor: plenty},
			earnings.Accrual{LimitedBy: earnings.DailyPacing},
		},
		{
			"defers what is above the hourly pace", func(t *campaign.Terms) { t.HourlyPacingMinor, t.DailyPacingMinor = 100, 200 },
			earnings.Progress{CreditableViews: 1000, HourGrossMinor: 90, DayGrossMinor: 90, BudgetLeftMinor: plenty},
			earnings.Accrual{GrossMinor: 10, CreatorMinor: 9, FeeMinor: 1, CreditedViewsAfter: 38, LimitedBy: earnings.HourlyPacing},
		},
		{
			"says daily pace when the day has less left than the hour", func(t *campaign.Terms) { t.HourlyPacingMinor, t.DailyPacingMinor = 100, 200 },
			earnings.Progress{CreditableViews: 1000, HourGrossMinor: 0, DayGrossMinor: 190, BudgetLeftMinor: plenty},
			earnings.Accrual{GrossMinor: 10, CreatorMinor: 9, FeeMinor: 1, CreditedViewsAfter: 38, LimitedBy: earnings.DailyPacing},
		},
		{
			"credits at the final reading what both paces have deferred", func(t *campaign.Terms) { t.HourlyPacingMinor, t.DailyPacingMinor = 100, 200 },
			earnings.Progress{CreditableViews: 3000, CreditedViews: 800, ClipGrossMinor: 200, HourGrossMinor: 100, DayGrossMinor: 200, BudgetLeftMinor: plenty, IsFinal: true},
			earnings.Accrual{GrossMinor: 550, CreatorMinor: 495, FeeMinor: 55, CreditedViewsAfter: 3000, LimitedBy: earnings.NoLimit},
		},
		{
			"keeps every other cap at the final reading", func(t *campaign.Terms) { t.DailyPacingMinor, t.MaxPerClipMinor = 100, 400 },
			earnings.Progress{CreditableViews: 3000, DayGrossMinor: 100, BudgetLeftMinor: plenty, IsFinal: true},
			earnings.Accrual{GrossMinor: 400, CreatorMinor: 360, FeeMinor: 40, CreditedViewsAfter: 1598, LimitedBy: earnings.PerClip},
		},
		{
			"ends at the budget at the final reading", func(t *campaign.Terms) { t.DailyPacingMinor = 100 },
			earnings.Progress{CreditableViews: 3000, DayGrossMinor: 100, BudgetLeftMinor: 300, IsFinal: true},
			earnings.Accrual{GrossMinor: 300, CreatorMinor: 270, FeeMinor: 30, CreditedViewsAfter: 1198, LimitedBy: earnings.Budget},
		},
		{
			"ends exactly at the budget", nil,
			earnings.Progress{CreditableViews: 1000, BudgetLeftMinor: 7},
			earnings.Accrual{GrossMinor: 7, CreatorMinor: 7, FeeMinor: 0, CreditedViewsAfter: 26, LimitedBy: earnings.Budget},
		},
		{
			"says budget when it is met to the cent", nil,
			earnings.Progress{CreditableViews: 1000, BudgetLeftMinor: 250},
			earnings.Accrual{GrossMinor: 250, CreatorMinor: 225, FeeMinor: 25, CreditedViewsAfter: 1000, LimitedBy: earnings.Budget},
		},
		{
			"pays nothing from an empty budget", nil,
			earnings.Progress{CreditableViews: 1000, BudgetLeftMinor: 0},
			earnings.Accrual{LimitedBy: earnings.Budget},
		},
		{
			"waits at what a dispute left of the budget", nil,
			earnings.Progress{CreditableViews: 1000, BudgetLeftMinor: 7, BudgetDisputed: true},
			earnings.Accrual{GrossMinor: 7, CreatorMinor: 7, FeeMinor: 0, CreditedViewsAfter: 26, LimitedBy: earnings.Dispute},
		},
		{
			"pays nothing for no new views", nil,
			earnings.Progress{CreditableViews: 1000, CreditedViews: 1000, ClipGrossMinor: 250, BudgetLeftMinor: plenty},
			earnings.Accrual{CreditedViewsAfter: 1000, LimitedBy: earnings.NoLimit},
		},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			terms := terms
			if tc.terms != nil {
				tc.terms(&terms)
			}

			got, err := earnings.Accrue(terms, tc.standing)

			require.NoError(t, err)
			require.Equal(t, tc.want, got)
		})
	}

	t.Run("refuses a negative standing", func(t *testing.T) {
		t.Parallel()

		_, err := earnings.Accrue(terms, earnings.Progress{CreditableViews: -1})

		require.Equal(t, "negative_standing", fault.CodeOf(err))
	})
}

// Whatever the readings and caps: nothing above any cap, nothing above the formula,
// nothing taken back, and without caps the total is the formula of the last count.
func TestAccruingManyTimes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		terms := campaign.Terms{
			RateMinorPerThousand: rapid.Int64Range(1, 5000).Draw(t, "rate"),
			MinimumViews:         rapid.Int64Range(0, 2000).Draw(t, "minimum"),
			MaxPerClipMinor:      rapid.SampledFrom([]int64{0, 1, 777, 20_000}).Draw(t, "per clip"),
			FeeBasisPoints:       rapid.IntRange(0, 5000).Draw(t, "fee"),
			AffiliateBasisPoints: rapid.IntRange(0, 5000).Draw(t, "affiliate"),
		}
		budgetMinor := rapid.Int64Range(0, 50_000).Draw(t, "budget")
		var standing earnings.Progress
		standing.BudgetLeftMinor, standing.HasAffiliate = budgetMinor, rapid.Bool().Draw(t, "referred")
		standing.BudgetDisputed = rapid.Bool().Draw(t, "disputed")
		for _, gained := range rapid.SliceOfN(rapid.Int64Range(0, 3000), 1, 30).Draw(t, "gains") {
			standing.CreditableViews += gained

			got, err := earnings.Accrue(terms, standing)

			require.NoError(t, err)
			require.GreaterOrEqual(t, got.GrossMinor, int64(0))
			require.Equal(t, got.GrossMinor, got.CreatorMinor+got.FeeMinor+got.AffiliateMinor)
			require.GreaterOrEqual(t, min(got.CreatorMinor+1, got.FeeMinor, got.AffiliateMinor), int64(0))
			require.GreaterOrEqual(t, got.CreditedViewsAfter, standing.CreditedViews)
			require.LessOrEqual(t, got.CreditedViewsAfter, standing.CreditableViews)
			standing.ClipGrossMinor += got.GrossMinor
			standing.BudgetLeftMinor -= got.GrossMinor
			standing.CreditedViews = got.CreditedViewsAfter
			require.GreaterOrEqual(t, standing.BudgetLeftMinor, int64(0))
			worthMinor, err := money.PerThousandHalfUp(standing.CreditedViews, terms.RateMinorPerThousand)
			require.NoError(t, err)
			require.LessOrEqual(t, standing.ClipGrossMinor, worthMinor)
			require.Equal(t, got.ExhaustsBudget(), got.GrossMinor > 0 && standing.BudgetLeftMinor == 0 && !standing.BudgetDisputed)
		}
		fullMinor, err := money.PerThousandHalfUp(standing.CreditableViews, terms.RateMinorPerThousand)
		require.NoError(t, err)
		if terms.MaxPerClipMinor > 0 {
			fullMinor = min(fullMinor, terms.MaxPerClipMinor)
		}
		if standing.CreditableViews < terms.MinimumViews {
			fullMinor = 0
		}
		require.Equal(t, min(fullMinor, budgetMinor), standing.ClipGrossMinor)
	})
}

// Whatever the pace, the final reading credits the same sum as a campaign without pacing.
func TestPacingLosesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		terms := campaign.Terms{
			RateMinorPerThousand: rapid.Int64Range(1, 5000).Draw(t, "rate"),
			DailyPacingMinor:     rapid.SampledFrom([]int64{0, 1, 500, 20_000}).Draw(t, "per day"),
			HourlyPacingMinor:    rapid.SampledFrom([]int64{0, 1, 100, 5_000}).Draw(t, "per hour"),
			MaxPerClipMinor:      rapid.SampledFrom([]int64{0, 777, 20_000}).Draw(t, "per clip"),
		}
		budgetMinor := rapid.Int64Range(0, 50_000).Draw(t, "budget")
		paced := earnings.Progress{BudgetLeftMinor: budgetMinor}
		gains := rapid.SliceOfN(rapid.Int64Range(0, 3000), 1, 30).Draw(t, "gains")
		for i, gained := range gains {
			paced.CreditableViews += gained
			paced.IsFinal = i == len(gains)-1
			if rapid.Bool().Draw(t, "next hour") {
				paced.HourGrossMinor = 0
			}
			got, err := earnings.Accrue(terms, paced)
			require.NoError(t, err)
			paced.ClipGrossMinor += got.GrossMinor
			paced.HourGrossMinor += got.GrossMinor
			paced.DayGrossMinor += got.GrossMinor
			paced.BudgetLeftMinor -= got.GrossMinor
			paced.CreditedViews = got.CreditedViewsAfter
			if !paced.IsFinal && terms.HourlyPacingMinor > 0 {
				require.LessOrEqual(t, paced.HourGrossMinor, terms.HourlyPacingMinor)
			}
			if !paced.IsFinal && terms.DailyPacingMinor > 0 {
				require.LessOrEqual(t, paced.DayGrossMinor, terms.DailyPacingMinor)
			}
		}

		terms.DailyPacingMinor, terms.HourlyPacingMinor = 0, 0
		unpaced, err := earnings.Accrue(terms, earnings.Progress{CreditableViews: paced.CreditableViews, BudgetLeftMinor: budgetMinor})

		require.NoError(t, err)
		require.Equal(t, unpaced.GrossMinor, paced.ClipGrossMinor)
	})
}

func TestLimitsHaveATextForPeople(t *testing.T) {
	t.Parallel()

	for _, limit := range []earnings.Limit{
		earnings.MinimumViews, earnings.PerClip, earnings.PerCreator, earnings.HourlyPacing, earnings.DailyPacing, earnings.Budget,
		earnings.Dispute, earnings.Kept, earnings.Review, earnings.ChannelUnproven,
	} {
		require.NotEmpty(t, limit.Text(), limit)
	}
	require.Empty(t, earnings.NoLimit.Text())
}
