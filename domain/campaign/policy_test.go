package campaign_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
)

func policy() campaign.Policy {
	return campaign.Policy{
		FeeBasisPoints: 1000, HoldMin: 24 * time.Hour, PaidBy: campaign.BrandPays,
		ProcessingFee: campaign.ProcessingFee{BasisPoints: 290, FixedMinor: map[money.Currency]int64{"USD": 30}},
	}
}

func asked(change func(*campaign.Asked)) campaign.Asked {
	a := campaign.Asked{Terms: campaign.Terms{Currency: "USD", BudgetMinor: 100_000, Hold: duration.Text(48 * time.Hour)}}
	if change != nil {
		change(&a)
	}
	return a
}

func TestFreeze(t *testing.T) {
	t.Parallel()

	t.Run("takes the platform's fee, and charges the brand for the processing", func(t *testing.T) {
		t.Parallel()

		terms, err := policy().Freeze(asked(nil))

		require.NoError(t, err)
		require.Equal(t, 1000, terms.FeeBasisPoints)
		require.Equal(t, campaign.BrandPays, terms.ProcessingFeePaidBy)
		require.Equal(t, int64(3018), terms.SurchargeMinor) // 2.9 % of 1030.18 and 0.30 are 30.175
		require.Equal(t, int64(103_018), terms.PaymentMinor())
	})

	t.Run("refuses a currency without a known fixed fee if the brand pays, and names the setting", func(t *testing.T) {
		t.Parallel()
		yen := asked(func(a *campaign.Asked) { a.Terms.Currency = "JPY" })
		free, byPlatform := policy(), policy()
		free.ProcessingFee.FixedMinor["JPY"] = 0
		byPlatform.PaidBy = campaign.PlatformPays

		_, refused := policy().Freeze(yen)
		terms, err := free.Freeze(yen)
		_, platformErr := byPlatform.Freeze(yen)

		require.Equal(t, "processing_fee_unknown", fault.CodeOf(refused))
		require.ErrorContains(t, refused, "JPY=AMOUNT to CREDITROLL_PROCESSING_FEE_FIXED_MINOR")
		require.NoError(t, err)
		require.Equal(t, int64(2987), terms.SurchargeMinor)
		require.NoError(t, platformErr)
	})

	t.Run("charges the budget alone if the platform pays", func(t *testing.T) {
		t.Parallel()
		p := policy()
		p.PaidBy = campaign.PlatformPays

		terms, err := p.Freeze(asked(nil))

		require.NoError(t, err)
		require.Equal(t, campaign.PlatformPays, terms.ProcessingFeePaidBy)
		require.Equal(t, terms.BudgetMinor, terms.PaymentMinor())
	})

	t.Run("lets an admin alone agree on another ceiling for the cost of readings", func(t *testing.T) {
		t.Parallel()
		ceiling := policy()
		ceiling.TrackingCostMaxMicros = 500
		other := func(a *campaign.Asked) { a.Terms.TrackingCostMaxMicros = 900 }

		usual, usualErr := ceiling.Freeze(asked(func(*campaign.Asked) {}))
		_, otherErr := ceiling.Freeze(asked(other))
		agreed, err := ceiling.Freeze(asked(func(a *campaign.Asked) { other(a); a.ByAdmin = true }))

		require.NoError(t, usualErr)
		require.Equal(t, int64(500), usual.TrackingCostMaxMicros)
		require.Equal(t, "cost_ceiling_not_negotiable", fault.CodeOf(otherErr))
		require.NoError(t, err)
		require.Equal(t, int64(900), agreed.TrackingCostMaxMicros)
	})

	t.Run("lets an admin alone agree on a schedule", func(t *testing.T) {
		t.Parallel()
		scheduled := func(tiers string) func(*campaign.Asked) {
			return func(a *campaign.Asked) { a.Terms.PollTiers, a.ByAdmin = tiers, true }
		}

		_, otherErr := policy().Freeze(asked(func(a *campaign.Asked) { a.Terms.PollTiers = "max=1h" }))
		agreed, err := policy().Freeze(asked(scheduled("24h=30m,max=1h")))

		require.Equal(t, "schedule_not_negotiable", fault.CodeOf(otherErr))
		require.NoError(t, err)
		require.Equal(t, "24h=30m,max=1h", agreed.PollTiers)
	})

	t.Run("lets an admin alone agree on another fee and a shorter hold", func(t *testing.T) {
		t.Parallel()
		other := func(a *campaign.Asked) { a.FeeBasisPoints = new(900) }
		short := func(a *campaign.Asked) { a.Terms.Hold = duration.Text(time.Hour) }

		_, otherErr := policy().Freeze(asked(other))
		_, shortErr := policy().Freeze(asked(short))
		agreed, err := policy().Freeze(asked(func(a *campaign.Asked) { other(a); short(a); a.ByAdmin = true }))

		require.Equal(t, "fee_not_negotiable", fault.CodeOf(otherErr))
		require.Equal(t, "hold_too_short", fault.CodeOf(shortErr))
		require.NoError(t, err)
		require.Equal(t, 900, agreed.FeeBasisPoints)
	})

	t.Run("does not refuse the platform's own fee", func(t *testing.T) {
		t.Parallel()

		_, err := policy().Freeze(asked(func(a *campaign.Asked) { a.FeeBasisPoints = new(1000) }))

		require.NoError(t, err)
	})
}

func TestSurcharge(t *testing.T) {
	t.Parallel()

	t.Run("leaves the budget after the fee, and is not larger than that needs", rapid.MakeCheck(func(t *rapid.T) {
		currency := money.Currency(rapid.SampledFrom([]string{"USD", "JPY", "KWD", "MGA"}).Draw(t, "currency"))
		step := currency.ChargeStepMinor()
		budget := rapid.Int64Range(1, 1_000_000_000_000).Draw(t, "budget") * step
		fee := campaign.ProcessingFee{BasisPoints: rapid.IntRange(0, 4999).Draw(t, "share"), FixedMinor: map[money.Currency]int64{currency: rapid.Int64Range(0, 1000).Draw(t, "fixed")}}

		surcharge, err := fee.Surcharge(budget, currency)

		require.NoError(t, err)
		require.Zero(t, surcharge%step)
		require.True(t, covers(fee, budget, surcharge, currency))
		require.True(t, surcharge == 0 || !covers(fee, budget, surcharge-step, currency))
	}))

	t.Run("refuses what does not fit", func(t *testing.T) {
		t.Parallel()
		none := map[money.Currency]int64{"USD": 0}

		_, overflow := campaign.ProcessingFee{BasisPoints: 9999, FixedMinor: none}.Surcharge(1<<62, "USD")
		_, negative := campaign.ProcessingFee{BasisPoints: 290, FixedMinor: none}.Surcharge(-1, "USD")
		_, all := campaign.ProcessingFee{BasisPoints: 10_000, FixedMinor: none}.Surcharge(1, "USD")

		require.Equal(t, "amount_overflow", fault.CodeOf(overflow))
		require.Equal(t, "negative_amount", fault.CodeOf(negative))
		require.Equal(t, "fee_takes_all", fault.CodeOf(all))
	})
}

// covers reports whether a surcharge is at least the exact fee of the whole payment.
func covers(fee campaign.ProcessingFee, budgetMinor, surchargeMinor int64, currency money.Currency) bool {
	paid := budgetMinor + surchargeMinor
	return surchargeMinor*money.BasisPointsPerWhole >= paid*int64(fee.BasisPoints)+fee.FixedMinor[currency]*money.BasisPointsPerWhole
}

func TestPolicyValidate(t *testing.T) {
	t.Parallel()

	require.NoError(t, policy().Validate())
	for code, spoil := range map[string]func(*campaign.Policy){
		"unknown_fee_payer":  func(p *campaign.Policy) { p.PaidBy = "bank" },
		"fee_out_of_range":   func(p *campaign.Policy) { p.ProcessingFee.BasisPoints = -1 },
		"limit_out_of_range": func(p *campaign.Policy) { p.TrackingCostMaxMicros = -1 },
		"hold_out_of_range":  func(p *campaign.Policy) { p.HoldMin = -1 },
	} {
		p := policy()
		spoil(&p)
		require.Equal(t, code, fault.CodeOf(p.Validate()))
	}
}
