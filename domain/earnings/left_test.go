package earnings_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/earnings"
)

func TestViewsLeft(t *testing.T) {
	t.Parallel()
	terms := campaign.Terms{RateMinorPerThousand: 500, MaxPerClipMinor: 2_000, MaxPerCreatorMinor: 5_000}
	progress := earnings.Progress{CreditableViews: 1_000, CreditedViews: 1_000, ClipGrossMinor: 500, CreatorGrossMinor: 500, BudgetLeftMinor: 100_000}

	for name, given := range map[string]struct {
		change func(*campaign.Terms, *earnings.Progress)
		want   int64
	}{
		"is what the cap of the clip leaves":           {func(*campaign.Terms, *earnings.Progress) {}, 2_999},
		"is what the cap of the creator leaves":        {func(_ *campaign.Terms, p *earnings.Progress) { p.CreatorGrossMinor = 4_500 }, 999},
		"is what the budget leaves":                    {func(_ *campaign.Terms, p *earnings.Progress) { p.BudgetLeftMinor = 50 }, 99},
		"counts views that pacing has deferred":        {func(_ *campaign.Terms, p *earnings.Progress) { p.CreditableViews = 3_000 }, 999},
		"is nothing if deferred views reach the cap":   {func(_ *campaign.Terms, p *earnings.Progress) { p.CreditableViews = 30_000 }, 0},
		"is nothing at the cap":                        {func(_ *campaign.Terms, p *earnings.Progress) { p.ClipGrossMinor = 2_000 }, 0},
		"is nothing above a lowered cap":               {func(t *campaign.Terms, _ *earnings.Progress) { t.MaxPerCreatorMinor = 100 }, 0},
		"is nothing without a budget":                  {func(_ *campaign.Terms, p *earnings.Progress) { p.BudgetLeftMinor = 0 }, 0},
		"is nothing while more is frozen than is left": {func(_ *campaign.Terms, p *earnings.Progress) { p.BudgetLeftMinor = -5 }, 0},
		"is nothing at a rate of zero":                 {func(t *campaign.Terms, _ *earnings.Progress) { t.RateMinorPerThousand = 0 }, 0},
		"is endless if the cap is out of reach": {func(t *campaign.Terms, p *earnings.Progress) {
			t.RateMinorPerThousand, t.MaxPerClipMinor, t.MaxPerCreatorMinor, p.BudgetLeftMinor = 1, 0, 0, math.MaxInt64/2
		}, math.MaxInt64},
		"is limited by the budget without caps": {func(t *campaign.Terms, _ *earnings.Progress) { t.MaxPerClipMinor, t.MaxPerCreatorMinor = 0, 0 }, 199_999},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			terms, progress := terms, progress
			given.change(&terms, &progress)

			require.Equal(t, given.want, earnings.ViewsLeft(terms, progress))
		})
	}

	t.Run("is the fewest views after which nothing more is earned", rapid.MakeCheck(func(t *rapid.T) {
		terms := campaign.Terms{
			RateMinorPerThousand: rapid.Int64Range(1, 100_000).Draw(t, "rate"),
			MaxPerClipMinor:      rapid.Int64Range(0, 10_000).Draw(t, "per_clip"),
		}
		budget := rapid.Int64Range(1, 20_000).Draw(t, "budget")
		views := rapid.Int64Range(0, 100_000).Draw(t, "views")
		first, err := earnings.Accrue(terms, earnings.Progress{CreditableViews: views, BudgetLeftMinor: budget})
		require.NoError(t, err)
		after := earnings.Progress{CreditableViews: views, CreditedViews: first.CreditedViewsAfter, ClipGrossMinor: first.GrossMinor, CreatorGrossMinor: first.GrossMinor, BudgetLeftMinor: budget - first.GrossMinor}

		left := earnings.ViewsLeft(terms, after)

		earn := func(more int64) int64 {
			progress := after
			progress.CreditableViews += more
			accrual, err := earnings.Accrue(terms, progress)
			require.NoError(t, err)
			return accrual.GrossMinor
		}
		require.Equal(t, earn(left), earn(1_000_000_000), "more views earn no more")
		if left > 0 {
			require.Less(t, earn(left-1), earn(left), "fewer earn less")
		}
	}))
}

func TestNearlySpent(t *testing.T) {
	t.Parallel()

	for name, given := range map[string]struct {
		before, after int64
		want          bool
	}{
		"the accrual that leaves a tenth":        {101, 100, true},
		"the accrual that jumps below it":        {900, 5, true},
		"no accrual before":                      {900, 101, false},
		"no accrual after":                       {100, 99, false},
		"not the one that leaves nothing at all": {500, 0, false},
	} {
		t.Run("is "+name, func(t *testing.T) {
			t.Parallel()

			require.Equal(t, given.want, earnings.NearlySpent(1_000, given.before, given.after))
			require.False(t, earnings.NearlySpent(math.MaxInt64, given.before+math.MaxInt64/2, given.after+math.MaxInt64/2))
		})
	}
}
