package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/workflows"
)

// A day spends 100 and an hour 10, and a view earns half a minor unit.
func slowly(agreed *campaign.Terms) { agreed.DailyPacingMinor, agreed.HourlyPacingMinor = 100, 10 }

func TestClipOfAPacedCampaign(t *testing.T) {
	t.Parallel()

	t.Run("is credited in full at the end of its window", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, slowly)
		c.posts.answers("apify", readings(10, 10_000)...)
		h := c.begin(t)
		var paced int64
		h.at(71*hour, func() { paced = c.onRecord(t).EarnedMinor })

		result := c.track(h)

		require.Equal(t, clip.Finished, result.Status)
		require.Positive(t, paced)
		require.LessOrEqual(t, paced, int64(400), "three days begin and end in a fourth")
		require.Equal(t, int64(5_000), result.EarnedMinor)
		c.requireEarned(t, 5_000)
	})

	t.Run("is credited day by day although its views are enough for the whole budget", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, slowly)
		c.posts.answers("apify", readings(10, 400_000)...)
		h := c.begin(t)
		h.gone[names.Campaign(c.campaignID)] = true
		var paced int64
		h.at(71*hour, func() { paced = c.onRecord(t).EarnedMinor })

		c.track(h)

		require.Greater(t, paced, int64(100), "more than what the first day may spend")
	})

	t.Run("is credited in full when the campaign ends", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, slowly)
		c.posts.answers("apify", readings(10, 10_000)...)
		h := c.begin(t)
		h.at(5*hour+30*time.Minute, func() { h.SignalWorkflow(workflows.SignalFinalSweep, nil) })

		result := c.track(h)

		require.Equal(t, clip.Finished, result.Status)
		require.Less(t, h.Now().Sub(start), 6*hour)
		c.requireEarned(t, 5_000)
	})

	t.Run("is credited in full although no provider gives the last reading", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, slowly)
		c.posts.answers("apify", readings(10, 10_000)...)
		h := c.begin(t)
		h.at(5*hour, func() {
			c.posts.answers("apify")
			h.SignalWorkflow(workflows.SignalFinalSweep, nil)
		})

		result := c.track(h)

		require.Equal(t, "last_reading_missing", result.Reason)
		require.Equal(t, int64(5_000), result.EarnedMinor)
		c.requireEarned(t, 5_000)
	})

	t.Run("ends the budget by its final reading, and reports it", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, slowly)
		c.posts.answers("apify", readings(10, 400_000)...)
		h := c.begin(t)
		h.gone[names.Campaign(c.campaignID)] = true

		c.track(h)

		require.Equal(t, []string{names.Campaign(c.campaignID) + " " + workflows.SignalBudgetExhausted}, h.signals.all())
		c.requireEarned(t, 100_000)
	})

	t.Run("keeps what it earned when it is removed, without what was deferred", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, slowly)
		c.posts.answers("apify", readings(10, 10_000)...)
		h := c.begin(t)
		h.ask(5*hour, workflows.UpdateReview, decided(clip.Remove))

		result := c.track(h)

		require.Equal(t, clip.Removed, result.Status)
		require.Less(t, result.EarnedMinor, int64(5_000))
		c.requireEarned(t, result.EarnedMinor)
	})
}

func TestEndOfAPacedCampaign(t *testing.T) {
	t.Parallel()

	t.Run("credits what was deferred of a clip that no workflow tracks", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, slowly)
		who := b.creator(t, goodBank)
		h := b.begin(t)
		b.fund(h, "pm_card_bypassPending")
		h.at(hour, func() {
			b.submit(t, who, 10_000)
			h.gone[names.Clip(b.open)], b.open = true, ""
			require.Equal(t, int64(10), b.onRecord(t).SpentMinor)
		})
		ended := b.status(h, 14*days+20*time.Minute)
		payoutID := ""
		h.at(15*days, func() { payoutID = b.reserve(t, who) })
		h.at(16*days, func() { b.settle(t, payoutID) })

		result := b.live(h)

		require.Equal(t, campaign.Completed, *ended)
		require.Equal(t, int64(5_000), result.SpentMinor)
		b.requireRefunded(t, 5_000)
	})

	t.Run("waits for tracking before it ends such a clip", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, slowly)
		who := b.creator(t, goodBank)
		h := b.begin(t)
		b.fund(h, "pm_card_bypassPending")
		h.at(hour, func() {
			b.submit(t, who, 10_000)
			h.gone[names.Clip(b.open)], b.open = true, ""
			b.switchTracking(t, true)
		})
		stopped := b.status(h, 15*days)
		h.at(15*days, func() { b.switchTracking(t, false) })
		ended := b.status(h, 15*days+hour)
		payoutID := ""
		h.at(16*days, func() { payoutID = b.reserve(t, who) })
		h.at(17*days, func() { b.settle(t, payoutID) })

		result := b.live(h)

		require.Equal(t, campaign.Live, *stopped)
		require.Equal(t, campaign.Completed, *ended)
		require.Equal(t, int64(5_000), result.SpentMinor)
		b.requireRefunded(t, 5_000)
	})
}
