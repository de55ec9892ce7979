package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/killswitch"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/workflows"
)

// switchTracking sets the switch of tracking.
func (w *world) switchTracking(t *testing.T, off bool) {
	t.Helper()
	require.NoError(t, w.store.Edge.SetSwitch(t.Context(), killswitch.Switch{Name: killswitch.Tracking, Off: off, Actor: "eve", Reason: "an incident"}, w.clock.Now()))
}

func TestClipWhileTrackingIsOff(t *testing.T) {
	t.Parallel()

	t.Run("asks no provider, and is credited in full once tracking is on", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.posts.answers("apify", readings(10, 1_000, 2_000, 9_000)...)
		h := c.begin(t)
		var before, after int
		h.at(90*time.Minute, func() {
			c.switchTracking(t, true)
			before = len(c.posts.asked)
		})
		h.at(50*hour, func() {
			after = len(c.posts.asked)
			require.Equal(t, clip.Tracking, c.onRecord(t).Status)
			require.Contains(t, h.details(), "Tracking is switched off")
			c.switchTracking(t, false)
		})
		h.at(60*hour, func() { require.NotContains(t, h.details(), "Tracking is switched off") })

		result := c.track(h)

		require.Positive(t, before)
		require.Equal(t, before, after)
		require.Equal(t, clip.Finished, result.Status)
		require.Empty(t, result.Reason)
		c.requireEarned(t, 4_500)
		c.requireEveryReading(t, result.Polls)
	})

	t.Run("tries no more often than tracking does, however long it takes", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.posts.answers("apify", readings(10, 1_000)...)
		h := c.begin(t)
		tries := h.countActivities()
		h.at(30*time.Minute, func() { c.switchTracking(t, true) })
		off := 0
		h.at(71*hour, func() {
			off = tries["Observe"]
			c.switchTracking(t, false)
		})

		c.track(h)

		require.LessOrEqual(t, off, 45, "hourly on the first day, then less often")
	})

	t.Run("is verified after a stop, which rejects no post", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.posts.answers("apify", readings(1_000)...)
		c.switchTracking(t, true)
		h := c.begin(t)
		waiting := c.clipStatus(h, 20*hour)
		h.at(20*hour, func() {
			require.Empty(t, c.posts.asked)
			c.switchTracking(t, false)
		})
		verified := c.clipStatus(h, 21*hour+time.Minute)

		result := c.track(h)

		require.Equal(t, clip.Verifying, *waiting)
		require.Equal(t, clip.Tracking, *verified)
		require.Equal(t, clip.Finished, result.Status)
		c.requireEarned(t, 500)
	})

	t.Run("keeps its final reading for later, however long that takes", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.posts.answers("apify", readings(1_000)...)
		h := c.begin(t)
		h.at(5*hour, func() {
			c.switchTracking(t, true)
			h.SignalWorkflow(workflows.SignalFinalSweep, nil)
		})
		waiting := c.clipStatus(h, 200*hour)
		h.at(200*hour, func() {
			c.posts.answers("apify", readings(9_000)...)
			c.switchTracking(t, false)
		})

		result := c.track(h)

		require.Equal(t, clip.Tracking, *waiting)
		require.Equal(t, clip.Finished, result.Status)
		require.Empty(t, result.Reason)
		require.Less(t, h.Now().Sub(start), 201*hour+time.Minute)
		c.requireEarned(t, 4_500)
	})

	t.Run("does not credit a reading that a provider gave before", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.posts.answers("apify", readings(10, 1_000, 4_000)...)
		h := c.begin(t)
		h.during("RecordReading", func() { c.switchTracking(t, true) })
		earnedMinor := int64(-1)
		h.at(10*hour, func() {
			earnedMinor = c.onRecord(t).EarnedMinor
			c.switchTracking(t, false)
		})

		result := c.track(h)

		require.Zero(t, earnedMinor)
		c.requireEarned(t, 2_000)
		c.requireEveryReading(t, result.Polls)
	})

	t.Run("can be removed, and still be flagged", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.posts.answers("apify", readings(1_000)...)
		h := c.begin(t)
		h.at(90*time.Minute, func() { c.switchTracking(t, true) })
		h.ask(5*hour, workflows.UpdateReview, decided(clip.Flag))
		flagged := c.clipStatus(h, 6*hour)
		h.ask(7*hour, workflows.UpdateReview, decided(clip.Remove))

		result := c.track(h)

		require.Equal(t, clip.InReview, *flagged)
		require.Equal(t, clip.Removed, result.Status)
		c.requireEarned(t, 500)
	})

	t.Run("waits from history to history", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.posts.answers("apify", readings(1_000)...)
		c.switchTracking(t, true)
		histories := 0
		for ; ; histories++ {
			require.Less(t, histories, 20, "every history makes one try")
			if histories == 6 {
				c.switchTracking(t, false)
				break
			}
			h := c.begin(t)
			h.SetContinueAsNewSuggested(true)
			h.ExecuteWorkflow(workflows.ClipTracking, c.input)
			var next *workflow.ContinueAsNewError
			require.ErrorAs(t, h.GetWorkflowError(), &next)
			carryOver(t, next, &c.input)
		}
		waited := c.clock.Now().Sub(start)

		result := c.track(c.begin(t))

		require.Greater(t, waited, 4*hour, "the waits grow across histories")
		require.Equal(t, clip.Finished, result.Status)
		c.requireEarned(t, 500)
	})
}

// requireEveryReading says that the readings on record have the numbers from 1, without a gap.
func (c *tracked) requireEveryReading(t *testing.T, polls int) {
	t.Helper()
	observed, err := c.store.Clips.ListObservations(t.Context(), c.input.ClipID, 0, 1000)
	require.NoError(t, err)
	require.Len(t, observed, polls)
}

func TestCampaignThatEndsWhileTrackingIsOff(t *testing.T) {
	t.Parallel()

	t.Run("says why it waits, and completes once its clips are read", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		who := b.creator(t, goodBank)
		h := b.begin(t)
		b.fund(h, "pm_card_bypassPending")
		swept := 0
		h.at(hour, func() { b.submit(t, who, 10_000) })
		h.at(90*time.Minute, func() {
			b.switchTracking(t, true)
			h.onSignal = func(workflowID, _ string) {
				require.Equal(t, names.Clip(b.open), workflowID)
				swept++
			}
		})
		h.ask(2*hour, workflows.UpdateTransition, asks(campaign.Complete))
		waiting := b.status(h, 30*hour)
		h.at(30*hour, func() {
			require.Contains(t, h.details(), "**Needs attention: tracking_paused**")
			b.switchTracking(t, false)
			b.finish(t)
		})
		completed := b.status(h, 31*hour)
		h.at(31*hour, func() { require.NotContains(t, h.details(), "tracking") })
		h.at(32*hour, func() { b.settle(t, b.reserve(t, who)) })

		result := b.live(h)

		require.Equal(t, campaign.Live, *waiting)
		require.Equal(t, campaign.Completed, *completed)
		require.Equal(t, 2, swept, "when it ends, and a day later")
		require.Equal(t, campaign.Closed, result.Status)
		b.requireRefunded(t, 5_000)
	})

	t.Run("does not wait without open clips", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, nil)
		b.switchTracking(t, true)
		h := b.begin(t)
		b.fund(h, "pm_card_bypassPending")
		h.ask(hour, workflows.UpdateTransition, asks(campaign.Complete))
		completed := b.status(h, hour+time.Minute)

		result := b.live(h)

		require.NotEqual(t, campaign.Live, *completed)
		require.Equal(t, campaign.Closed, result.Status)
	})
}
