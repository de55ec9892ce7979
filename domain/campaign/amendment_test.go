package campaign_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/fault"
)

func terms() campaign.Terms {
	start := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	return campaign.Terms{
		Currency: "USD", BudgetMinor: 100_000, RateMinorPerThousand: 100, Platforms: []clip.Platform{clip.TikTok},
		StartsAt: start, EndsAt: start.Add(30 * 24 * time.Hour), TrackingWindow: duration.Text(time.Hour),
	}
}

func TestAmend(t *testing.T) {
	t.Parallel()
	now := terms().StartsAt.Add(time.Hour)
	later := terms().EndsAt.Add(24 * time.Hour)
	paced := func(t *campaign.Terms) { t.HourlyPacingMinor = 100 }

	for name, allowed := range map[string]struct {
		change campaign.Change
		terms  func(*campaign.Terms)
	}{
		"a higher budget":                    {change: campaign.Change{BudgetMinor: terms().BudgetMinor + 100}},
		"a lower budget":                     {change: campaign.Change{BudgetMinor: terms().BudgetMinor - 100}},
		"a later end":                        {change: campaign.Change{EndsAt: later}},
		"both":                               {change: campaign.Change{BudgetMinor: terms().BudgetMinor + 100, EndsAt: later}},
		"a higher budget of one with pacing": {campaign.Change{BudgetMinor: terms().BudgetMinor + 100}, paced},
		"a lower budget of one with pacing":  {campaign.Change{BudgetMinor: terms().BudgetMinor - 100}, paced},
		"the same budget with a later end":   {change: campaign.Change{BudgetMinor: terms().BudgetMinor, EndsAt: later}},
		"the same end with a higher budget":  {change: campaign.Change{BudgetMinor: terms().BudgetMinor + 1, EndsAt: terms().EndsAt}},
	} {
		t.Run("takes "+name+" and keeps the rest", func(t *testing.T) {
			t.Parallel()
			before := terms()
			if allowed.terms != nil {
				allowed.terms(&before)
			}

			after, err := before.Amend(allowed.change, now)

			require.NoError(t, err)
			expected := before
			if allowed.change.BudgetMinor != 0 {
				expected.BudgetMinor = allowed.change.BudgetMinor
			}
			if !allowed.change.EndsAt.IsZero() {
				expected.EndsAt = allowed.change.EndsAt
			}
			require.Equal(t, expected, after)
		})
	}

	for name, bad := range map[string]struct {
		change campaign.Change
		terms  func(*campaign.Terms)
		now    time.Time
		code   string
	}{
		"nothing":            {code: "nothing_changes"},
		"the present values": {change: campaign.Change{BudgetMinor: terms().BudgetMinor, EndsAt: terms().EndsAt}, code: "nothing_changes"},
		"an end that the books cannot tell from the present one": {change: campaign.Change{EndsAt: terms().EndsAt.Add(500 * time.Nanosecond)}, code: "nothing_changes"},
		"an earlier end":               {change: campaign.Change{EndsAt: terms().EndsAt.Add(-time.Second)}, code: "end_not_later"},
		"a budget below zero":          {change: campaign.Change{BudgetMinor: -1}, code: "budget_not_positive"},
		"a budget beyond every limit":  {change: campaign.Change{BudgetMinor: 1_000_000_000_000_001}, code: "budget_too_large"},
		"a budget that cannot be paid": {change: campaign.Change{BudgetMinor: 100_150}, terms: func(t *campaign.Terms) { t.Currency = "MGA" }, code: "amount_not_whole_units"},
		"a budget after the end":       {change: campaign.Change{BudgetMinor: terms().BudgetMinor + 1}, now: terms().EndsAt, code: "end_in_the_past"},
	} {
		t.Run("refuses "+name, func(t *testing.T) {
			t.Parallel()
			before := terms()
			if bad.terms != nil {
				bad.terms(&before)
			}
			at := now
			if !bad.now.IsZero() {
				at = bad.now
			}

			_, err := before.Amend(bad.change, at)

			require.Equal(t, bad.code, fault.CodeOf(err))
			require.True(t, fault.Is(err, fault.Invalid))
		})
	}
}

func TestCheckAmendable(t *testing.T) {
	t.Parallel()
	for _, status := range []campaign.Status{campaign.Draft, campaign.Reviewing, campaign.Approved, campaign.Completed, campaign.PaidOut, campaign.Closed, campaign.Cancelled} {
		require.Equal(t, "not_amendable", fault.CodeOf(campaign.CheckAmendable(status)), status)
	}
	for _, status := range []campaign.Status{campaign.Funded, campaign.Live, campaign.Paused} {
		require.NoError(t, campaign.CheckAmendable(status), status)
	}
}

func TestCheckReduction(t *testing.T) {
	t.Parallel()
	// Of 1,000.00, 300.00 are earned and 100.00 are disputed.
	facts := campaign.Facts{FundedMinor: 100_000, SpentMinor: 30_000, DisputedMinor: 10_000}
	require.NoError(t, facts.CheckReduction(59_999, "USD"))
	require.Equal(t, "budget_below_earned", fault.CodeOf(facts.CheckReduction(60_000, "USD")), "nothing would stay")

	facts.DeferredMinor = 20_000
	require.NoError(t, facts.CheckReduction(40_000, "USD"))
	refused := facts.CheckReduction(40_001, "USD")
	require.Equal(t, "pacing_defers_earnings", fault.CodeOf(refused))
	require.ErrorContains(t, refused, "at most 400.00 USD")
	facts.DeferredMinor = 90_000
	require.ErrorContains(t, facts.CheckReduction(1, "USD"), "at most 0.00 USD")
	facts.CreditsWithheld = true
	require.Equal(t, "credits_withheld", fault.CodeOf(facts.CheckReduction(1, "USD")))
}

func TestReturnable(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		facts             campaign.Facts
		returnable, moved int64
	}{
		"all that is free came from the balance": {campaign.Facts{FundedMinor: 100, AllocatedMinor: 100, SpentMinor: 30, DisputedMinor: 10}, 60, 0},
		"a part came from the balance":           {campaign.Facts{FundedMinor: 100, AllocatedMinor: 20, SpentMinor: 30}, 20, 0},
		"less is free than came from it":         {campaign.Facts{FundedMinor: 100, AllocatedMinor: 20, RefundedMinor: 90}, 10, 0},
		"nothing is free":                        {campaign.Facts{FundedMinor: 100, AllocatedMinor: 20, RefundedMinor: 90, SpentMinor: 20}, 0, 0},
		"a part of the payment was moved":        {campaign.Facts{FundedMinor: 100, AllocatedMinor: -60, RefundedMinor: 60}, 0, 60},
		"and was withdrawn":                      {campaign.Facts{FundedMinor: 100, AllocatedMinor: -60, RefundedMinor: 60, WithdrawnMinor: 40}, 0, 20},
		"other money took its place":             {campaign.Facts{FundedMinor: 160, RefundedMinor: 60, WithdrawnMinor: 60}, 60, 0},
		"of which creators earned a part":        {campaign.Facts{FundedMinor: 160, RefundedMinor: 60, WithdrawnMinor: 60, SpentMinor: 50}, 10, 0},
		"of which creators earned the most":      {campaign.Facts{FundedMinor: 160, RefundedMinor: 60, WithdrawnMinor: 60, SpentMinor: 70}, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.returnable, c.facts.ReturnableMinor())
			require.Equal(t, c.moved, c.facts.MovedMinor())
		})
	}
}
