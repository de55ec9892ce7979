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

func TestAccruingInSmallSteps(t *testing.T) {
	t.Parallel()
	terms := campaign.Terms{RateMinorPerThousand: 100, FeeBasisPoints: 1000, AffiliateBasisPoints: 500}

	t.Run("pays fee and commission in full for a clip that is read a thousand times", func(t *testing.T) {
		t.Parallel()
		m := meter{terms: terms, hasAffiliate: true}

		for range 1000 {
			m.read(t, 90)
		}

		require.Equal(t, earnings.Split{CreatorMinor: 7650, FeeMinor: 900, AffiliateMinor: 450}, m.sums)
	})

	t.Run("takes a minor unit back from the creator when both roundings are due in one step", func(t *testing.T) {
		t.Parallel()
		m := meter{terms: terms, hasAffiliate: true}
		m.read(t, 190)
		require.Equal(t, earnings.Split{CreatorMinor: 18, FeeMinor: 1, AffiliateMinor: 0}, m.sums)

		step := m.read(t, 10)

		require.Equal(t, earnings.Accrual{GrossMinor: 1, CreatorMinor: -1, FeeMinor: 1, AffiliateMinor: 1, CreditedViewsAfter: 200, LimitedBy: earnings.NoLimit}, step)
		require.Equal(t, earnings.Split{CreatorMinor: 17, FeeMinor: 2, AffiliateMinor: 1}, m.sums)
	})

	t.Run("gives the creator all of a step in which no rounding is due", func(t *testing.T) {
		t.Parallel()
		m := meter{terms: terms, hasAffiliate: true}
		m.read(t, 200)

		require.Equal(t, int64(9), m.read(t, 90).CreatorMinor)
	})

	t.Run("counts only what was not clawed back for fee and commission", func(t *testing.T) {
		t.Parallel()
		m := meter{terms: terms, hasAffiliate: true}
		m.read(t, 190)
		m.takeBack(t, 19)

		step := m.read(t, 10)

		require.Equal(t, int64(1), step.CreatorMinor)
		require.Equal(t, earnings.Split{CreatorMinor: 1}, m.sums)
	})

	t.Run("refuses a clip of which more was clawed back than it earned", func(t *testing.T) {
		t.Parallel()

		_, err := earnings.Accrue(terms, earnings.Progress{CreditableViews: 10, ClipGrossMinor: 5, ClipClawedBackMinor: 6, BudgetLeftMinor: 10})

		require.Equal(t, "negative_standing", fault.CodeOf(err))
	})
}

func TestTakeBack(t *testing.T) {
	t.Parallel()
	terms := campaign.Terms{FeeBasisPoints: 1000, AffiliateBasisPoints: 500}

	t.Run("takes the whole as it was split", func(t *testing.T) {
		t.Parallel()

		taken, err := earnings.TakeBack(terms, 375, 375, true)

		require.NoError(t, err)
		require.Equal(t, earnings.Split{CreatorMinor: 320, FeeMinor: 37, AffiliateMinor: 18}, taken)
	})

	t.Run("leaves the floors of the rest", func(t *testing.T) {
		t.Parallel()

		taken, err := earnings.TakeBack(terms, 375, 100, true)

		require.NoError(t, err) // 275 is split into 235+27+13
		require.Equal(t, earnings.Split{CreatorMinor: 85, FeeMinor: 10, AffiliateMinor: 5}, taken)
	})

	t.Run("takes no commission of a clip without an affiliate", func(t *testing.T) {
		t.Parallel()

		taken, err := earnings.TakeBack(terms, 375, 100, false)

		require.NoError(t, err)
		require.Equal(t, earnings.Split{CreatorMinor: 90, FeeMinor: 10}, taken)
	})

	t.Run("gives the creator the minor unit back that both roundings had taken", func(t *testing.T) {
		t.Parallel()

		taken, err := earnings.TakeBack(terms, 20, 1, true)

		require.NoError(t, err)
		require.Equal(t, earnings.Split{CreatorMinor: -1, FeeMinor: 1, AffiliateMinor: 1}, taken)
	})

	for name, grossMinor := range map[string]int64{"refuses more than the whole": 376, "refuses nothing": 0, "refuses less than nothing": -1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			_, err := earnings.TakeBack(terms, 375, grossMinor, true)

			require.Equal(t, "clawback_too_large", fault.CodeOf(err))
		})
	}
}

// However the readings of a clip are split in time, and whatever is clawed back between them,
// the sums of all parties are the floors of the clip's net gross after each step.
func TestSplittingInAnySteps(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		terms := campaign.Terms{
			RateMinorPerThousand: rapid.Int64Range(1, 5000).Draw(t, "rate"),
			MaxPerClipMinor:      rapid.SampledFrom([]int64{0, 777, 20_000}).Draw(t, "per clip"),
			FeeBasisPoints:       rapid.OneOf(rapid.IntRange(0, 5000), rapid.Just(5000)).Draw(t, "fee"),
			AffiliateBasisPoints: rapid.OneOf(rapid.IntRange(0, 5000), rapid.Just(5000)).Draw(t, "affiliate"),
		}
		m := meter{terms: terms, hasAffiliate: rapid.Bool().Draw(t, "referred")}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			netMinor := m.sums.GrossMinor()
			if netMinor > 0 && rapid.IntRange(0, 5).Draw(t, "claws back") == 0 {
				m.takeBack(t, rapid.Int64Range(1, netMinor).Draw(t, "taken"))
			} else {
				m.read(t, rapid.OneOf(rapid.Int64Range(0, 30), rapid.Int64Range(0, 3000)).Draw(t, "gained"))
			}
			m.requireFloors(t)
		}

		once := meter{terms: terms, hasAffiliate: m.hasAffiliate}
		once.read(t, m.standing.CreditableViews)
		if m.standing.ClipClawedBackMinor > 0 {
			once.takeBack(t, m.standing.ClipClawedBackMinor)
		}
		require.Equal(t, once.sums, m.sums, "read once")
	})
}

// meter reads one clip again and again, and sums up what each party gets.
type meter struct {
	terms        campaign.Terms
	hasAffiliate bool
	standing     earnings.Progress
	sums         earnings.Split
}

func (m *meter) read(t require.TestingT, gainedViews int64) earnings.Accrual {
	m.standing.CreditableViews += gainedViews
	m.standing.BudgetLeftMinor, m.standing.HasAffiliate = 1_000_000_000, m.hasAffiliate
	accrual, err := earnings.Accrue(m.terms, m.standing)
	require.NoError(t, err)
	m.standing.ClipGrossMinor += accrual.GrossMinor
	m.standing.CreditedViews = accrual.CreditedViewsAfter
	m.add(t, 1, accrual.GrossMinor, earnings.Split{CreatorMinor: accrual.CreatorMinor, FeeMinor: accrual.FeeMinor, AffiliateMinor: accrual.AffiliateMinor})
	return accrual
}

func (m *meter) takeBack(t require.TestingT, grossMinor int64) {
	taken, err := earnings.TakeBack(m.terms, m.sums.GrossMinor(), grossMinor, m.hasAffiliate)
	require.NoError(t, err)
	m.standing.ClipClawedBackMinor += grossMinor
	m.add(t, -1, grossMinor, taken)
}

func (m *meter) add(t require.TestingT, sign, grossMinor int64, parts earnings.Split) {
	require.Equal(t, grossMinor, parts.GrossMinor())
	require.GreaterOrEqual(t, min(parts.FeeMinor, parts.AffiliateMinor, parts.CreatorMinor+1), int64(0))
	m.sums.CreatorMinor += sign * parts.CreatorMinor
	m.sums.FeeMinor += sign * parts.FeeMinor
	m.sums.AffiliateMinor += sign * parts.AffiliateMinor
}

func (m *meter) requireFloors(t require.TestingT) {
	netMinor := m.standing.ClipGrossMinor - m.standing.ClipClawedBackMinor
	feeMinor, err := money.BasisPointsFloor(netMinor, m.terms.FeeBasisPoints)
	require.NoError(t, err)
	commissionMinor := int64(0)
	if m.hasAffiliate {
		commissionMinor, err = money.BasisPointsFloor(netMinor, m.terms.AffiliateBasisPoints)
		require.NoError(t, err)
	}
	require.Equal(t, earnings.Split{CreatorMinor: netMinor - feeMinor - commissionMinor, FeeMinor: feeMinor, AffiliateMinor: commissionMinor}, m.sums)
	require.GreaterOrEqual(t, m.sums.CreatorMinor, int64(0))
}
