package campaign_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/fault"
)

var start = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)

func settled() campaign.Facts {
	return campaign.Facts{Now: start.Add(time.Hour), StartsAt: start, BudgetMinor: 100, FundedMinor: 100, SpentMinor: 100}
}

func TestLifecycle(t *testing.T) {
	t.Parallel()

	t.Run("walks from draft to closed", func(t *testing.T) {
		t.Parallel()
		walk := []struct {
			command campaign.Command
			want    campaign.Status
		}{
			{campaign.Submit, campaign.Reviewing},
			{campaign.Approve, campaign.Approved},
			{campaign.ConfirmFunding, campaign.Funded},
			{campaign.GoLive, campaign.Live},
			{campaign.Pause, campaign.Paused},
			{campaign.Resume, campaign.Live},
			{campaign.Complete, campaign.Completed},
			{campaign.FinishPaying, campaign.PaidOut},
			{campaign.Close, campaign.Closed},
		}

		status := campaign.Draft
		for _, step := range walk {
			next, err := campaign.Next(status, step.command, settled())
			require.NoError(t, err, step.command)
			require.Equal(t, step.want, next)
			status = next
		}
	})

	guards := []struct {
		name    string
		from    campaign.Status
		command campaign.Command
		breakIt func(*campaign.Facts)
		code    string
	}{
		{"no funding without the whole escrow", campaign.Approved, campaign.ConfirmFunding, func(f *campaign.Facts) { f.FundedMinor = 99 }, "escrow_not_confirmed"},
		{"not live without confirmed escrow", campaign.Funded, campaign.GoLive, func(f *campaign.Facts) { f.FundedMinor = 0 }, "escrow_not_confirmed"},
		{"not live without a verified brand where one is due", campaign.Funded, campaign.GoLive, func(f *campaign.Facts) { f.VerificationDue = true }, "brand_not_verified"},
		{"not live before the start", campaign.Funded, campaign.GoLive, func(f *campaign.Facts) { f.Now = start.Add(-time.Second) }, "not_started"},
		{"not completed without a final sweep", campaign.Live, campaign.Complete, func(f *campaign.Facts) { f.OpenClips = 1 }, "clips_not_swept"},
		{"not cancelled without a final sweep", campaign.Live, campaign.Cancel, func(f *campaign.Facts) { f.OpenClips = 1 }, "clips_not_swept"},
		{"not paid out with money held", campaign.Completed, campaign.FinishPaying, func(f *campaign.Facts) { f.HeldMinor = 1 }, "money_held"},
		{"not paid out with earnings that no payout has taken", campaign.Completed, campaign.FinishPaying, func(f *campaign.Facts) { f.UnpaidMinor = 1 }, "earnings_unpaid"},
		{"not paid out with escrow left", campaign.Completed, campaign.FinishPaying, func(f *campaign.Facts) { f.SpentMinor = 99 }, "escrow_not_refunded"},
		{"not paid out while the brand's bank disputes the payment", campaign.Completed, campaign.FinishPaying, func(f *campaign.Facts) { f.OpenDisputes = 1 }, "dispute_open"},
		{"not closed while the brand's bank disputes the payment", campaign.PaidOut, campaign.Close, func(f *campaign.Facts) { f.OpenDisputes = 1 }, "dispute_open"},
		{"not paid out with frozen escrow", campaign.Completed, campaign.FinishPaying, func(f *campaign.Facts) { f.SpentMinor, f.DisputedMinor = 99, 1 }, "dispute_open"},
		{"not closed with payouts in flight", campaign.PaidOut, campaign.Close, func(f *campaign.Facts) { f.InFlightMinor = 1 }, "payouts_in_flight"},
	}
	for _, tc := range guards {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			facts := settled()
			tc.breakIt(&facts)

			status, err := campaign.Next(tc.from, tc.command, facts)

			require.Equal(t, tc.code, fault.CodeOf(err))
			require.True(t, fault.Is(err, fault.Conflict))
			require.Equal(t, tc.from, status)
		})
	}

	t.Run("tells what is possible instead", func(t *testing.T) {
		t.Parallel()

		err := campaign.Check(campaign.Draft, campaign.Pause)

		require.ErrorContains(t, err, "possible now: submit cancel")
	})
}

// No sequence of commands under any facts leaves the published order of states.
func TestNoIllegalJump(t *testing.T) {
	t.Parallel()
	allowed := map[campaign.Status][]campaign.Status{
		campaign.Draft:     {campaign.Reviewing, campaign.Cancelled},
		campaign.Reviewing: {campaign.Approved, campaign.Cancelled},
		campaign.Approved:  {campaign.Funded, campaign.Cancelled},
		campaign.Funded:    {campaign.Live, campaign.Cancelled},
		campaign.Live:      {campaign.Paused, campaign.Completed, campaign.Cancelled},
		campaign.Paused:    {campaign.Live, campaign.Completed, campaign.Cancelled},
		campaign.Completed: {campaign.PaidOut},
		campaign.PaidOut:   {campaign.Closed},
	}
	rapid.Check(t, func(t *rapid.T) {
		status := campaign.Draft
		for _, command := range rapid.SliceOfN(rapid.SampledFrom(campaign.Commands()), 1, 40).Draw(t, "commands") {
			facts := anyFacts(t)
			next, err := campaign.Next(status, command, facts)
			if err != nil {
				require.Equal(t, status, next, "a refusal changes nothing")
				require.True(t, fault.Is(err, fault.Conflict))
				continue
			}
			require.NoError(t, campaign.Check(status, command))
			require.Contains(t, allowed[status], next)
			requireGuarded(t, next, facts)
			status = next
		}
	})
}

func requireGuarded(t *rapid.T, entered campaign.Status, facts campaign.Facts) {
	switch entered {
	case campaign.Funded, campaign.Live:
		require.GreaterOrEqual(t, facts.FundedMinor, facts.BudgetMinor)
	case campaign.Completed, campaign.Cancelled:
		require.Zero(t, facts.OpenClips)
	case campaign.PaidOut:
		require.Zero(t, facts.HeldMinor+facts.UnpaidMinor)
		require.LessOrEqual(t, facts.EscrowMinor(), int64(0))
	case campaign.Closed:
		require.Zero(t, facts.HeldMinor+facts.InFlightMinor)
	}
}

func anyFacts(t *rapid.T) campaign.Facts {
	small := rapid.Int64Range(0, 2)
	return campaign.Facts{
		Now:           start.Add(time.Duration(rapid.IntRange(-1, 1).Draw(t, "hour")) * time.Hour),
		StartsAt:      start,
		BudgetMinor:   rapid.Int64Range(1, 2).Draw(t, "budget"),
		FundedMinor:   small.Draw(t, "funded"),
		SpentMinor:    small.Draw(t, "spent"),
		RefundedMinor: small.Draw(t, "refunded"),
		HeldMinor:     small.Draw(t, "held"),
		InFlightMinor: small.Draw(t, "in flight"),
		UnpaidMinor:   small.Draw(t, "unpaid"),
		OpenClips:     small.Draw(t, "open clips"),
	}
}

func TestRefundable(t *testing.T) {
	t.Parallel()

	t.Run("is what was neither earned nor returned nor frozen", func(t *testing.T) {
		t.Parallel()
		facts := campaign.Facts{FundedMinor: 100, SpentMinor: 30, RefundedMinor: 20, DisputedMinor: 40}

		require.Equal(t, int64(50), facts.EscrowMinor())
		require.Equal(t, int64(10), facts.RefundableMinor())
	})

	t.Run("leaves in escrow what the currency cannot be refunded in, and that holds nothing up", func(t *testing.T) {
		t.Parallel()
		facts := campaign.Facts{FundedMinor: 100, SpentMinor: 43, RefundStepMinor: 10}

		require.Equal(t, int64(50), facts.RefundableMinor())
		require.Equal(t, "escrow_not_refunded", fault.CodeOf(campaign.Settled(facts)))

		facts.RefundedMinor = 50

		require.Zero(t, facts.RefundableMinor())
		require.Equal(t, int64(7), facts.EscrowMinor())
		require.NoError(t, campaign.Settled(facts))
	})
}
