package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/workflows"
)

// waits collects how long the clip sleeps.
func (h *history) waits() *[]time.Duration {
	var waits []time.Duration
	h.SetOnTimerScheduledListener(func(_ string, wait time.Duration) { waits = append(waits, wait) })
	return &waits
}

func TestClipsNearTheEndOfTheMoney(t *testing.T) {
	t.Parallel()

	t.Run("are read when the budget should end, at their own rate", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil) // 200,000 views end the budget
		c.posts.answers("apify", readings(10, 100_000, 180_000, 190_000)...)
		h := c.begin(t)
		waits := h.waits()

		c.track(h)

		// 80,000 views came in the first hour, so the other 20,000 should come in 15 minutes.
		require.Equal(t, []time.Duration{time.Hour, 15 * time.Minute}, (*waits)[:2])
	})

	t.Run("are read seldom once they can earn nothing more", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, func(terms *campaign.Terms) { terms.MaxPerClipMinor = 1_000 })
		c.posts.answers("apify", readings(10, 5_000, 50_000, 500_000)...)
		h := c.begin(t)
		waits := h.waits()

		result := c.track(h)

		require.Equal(t, []time.Duration{71 * time.Hour}, *waits, "until the window ends")
		require.Equal(t, 2, result.Polls)
		c.requireEarned(t, 1_000)
	})

	t.Run("tell the campaign once that its budget is nearly spent", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.posts.answers("apify", readings(10, 179_000, 181_000, 190_000)...)
		h := c.begin(t)
		h.gone[names.Campaign(c.campaignID)] = true

		c.track(h)

		require.Equal(t, []string{names.Campaign(c.campaignID) + " " + workflows.SignalBudgetNearlySpent}, h.signals.all())
		c.requireEarned(t, 95_000)
	})
}

func TestClipsOfACampaignWithACeilingForCosts(t *testing.T) {
	t.Parallel()

	t.Run("are read less often in review, and not at all when it is used up", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, func(terms *campaign.Terms) {
			manualReview(terms)
			terms.TrackingCostMaxMicros, terms.ReviewDeadline, terms.TrackingWindow = 1_000, 300*duration.Text(hour), 400*duration.Text(hour)
		})
		c.posts.costMicros = 260
		c.posts.answers("apify", readings(10, 20, 30, 40, 50, 60)...)
		h := c.begin(t)
		waits := h.waits()
		h.sweepAt(290 * hour)

		c.track(h)

		// The verification is the first reading. Each one costs 260 of 1,000, and the fourth is the last before the end.
		require.Equal(t, []time.Duration{24 * hour, 48 * hour, 72 * hour}, (*waits)[:3])
		require.Len(t, c.posts.asked, 5)
	})

	t.Run("are asked for less often while no provider answers", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, func(terms *campaign.Terms) { terms.TrackingCostMaxMicros = 1_000 })
		c.input.Schedule.VelocityFactor = 1
		c.posts.costMicros = 400
		c.posts.answers("apify", count{views: 10}, count{views: 1_000}, count{err: fault.New(fault.Unavailable, "provider_unavailable", "it does not answer")})
		h := c.begin(t)
		waits := h.waits()
		h.sweepAt(70 * hour)

		c.track(h)

		// 800 of 1,000 are used: four hours instead of one. After that round, waits double from a quarter of an hour up to the same.
		require.Equal(t, []time.Duration{4 * hour, hour / 4, hour / 2, hour, 2 * hour, 4 * hour, 4 * hour}, (*waits)[:7])
	})

	t.Run("are read less often, and only once more when it is used up", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, func(terms *campaign.Terms) { terms.TrackingCostMaxMicros = 1_000 })
		c.input.Schedule.VelocityFactor = 1 // hourly, on the first day
		c.posts.costMicros = 240
		c.posts.answers("apify", readings(10, 1_000, 2_000, 3_000, 4_000)...)
		h := c.begin(t)
		waits := h.waits()

		result := c.track(h)

		// The verification and each reading cost 240 of 1,000.
		require.Equal(t, []time.Duration{time.Hour, 2 * time.Hour, 4 * time.Hour, 64 * time.Hour}, *waits)
		require.Equal(t, clip.Finished, result.Status)
		c.requireEarned(t, 2_000)
	})
}

func TestClipsOfACampaignWithAScheduleOfItsOwn(t *testing.T) {
	t.Parallel()
	c := setupClip(t, func(terms *campaign.Terms) { terms.PollTiers = "24h=8h,max=40h" })
	c.posts.answers("apify", readings(10, 1_000, 1_100, 1_200)...)
	h := c.begin(t)
	waits := h.waits()

	c.track(h)

	require.Equal(t, 8*time.Hour, (*waits)[0])
}

func TestCampaignWhoseBudgetIsNearlySpent(t *testing.T) {
	t.Parallel()

	// reads counts how often the open clip was asked to read by a time.
	reads := func(b *brand, h *history, at time.Duration) *int {
		count := 0
		h.at(at, func() {
			for _, signal := range h.signals.all() {
				if signal == names.Clip(b.open)+" "+workflows.SignalRead {
					count++
				}
			}
		})
		return &count
	}

	t.Run("has its open clips read", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		who := b.creator(t, goodBank)
		h := b.begin(t)
		b.fund(h, "pm_card_bypassPending")
		h.at(hour, func() { b.submit(t, who, 185_000) })
		h.at(2*hour, func() { h.SignalWorkflow(workflows.SignalBudgetNearlySpent, nil) })
		count := reads(b, h, 3*hour)
		h.at(15*days, func() { b.settle(t, b.reserve(t, who)) })

		b.live(h)

		require.Equal(t, 1, *count)
	})

	t.Run("reads none if it has not started", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		h := b.begin(t)
		h.at(time.Minute, func() { h.SignalWorkflow(workflows.SignalBudgetNearlySpent, nil) })
		b.fund(h, "pm_card_bypassPending")
		count := reads(b, h, 3*hour)

		b.live(h)

		require.Zero(t, *count)
	})
}
