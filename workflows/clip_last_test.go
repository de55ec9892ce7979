package workflows_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/workflows"
)

// one chain without a second provider.
func alone(c *tracked) *tracked {
	c.input.Chain = []string{"apify"}
	return c
}

func (h *history) sweepAt(d time.Duration) {
	h.at(d, func() { h.SignalWorkflow(workflows.SignalFinalSweep, nil) })
}

// answersAt changes what a provider answers from a moment on.
func (c *tracked) answersAt(h *history, d time.Duration, provider string, counts ...int64) {
	h.at(d, func() { c.posts.answers(provider, readings(counts...)...) })
}

func TestLastReadings(t *testing.T) {
	t.Parallel()

	t.Run("wait for providers that failed before the end and answer after it", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.posts.answers("apify", readings(10, 4_000)...)
		h := c.begin(t)
		c.answersAt(h, 20*hour, "apify")
		h.sweepAt(26 * hour)
		c.answersAt(h, 26*hour+10*time.Minute, "apify", 9_000)

		result := c.track(h)

		require.Equal(t, clip.Finished, result.Status)
		require.Empty(t, result.Reason)
		require.Empty(t, c.attentionReason())
		c.requireEarned(t, 4_500)
	})

	t.Run("of a post that was never read wait as well", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		h := c.begin(t)
		h.sweepAt(3 * hour)
		c.answersAt(h, 10*hour, "apify", 4_000)

		result := c.track(h)

		require.Equal(t, clip.Finished, result.Status)
		c.requireEarned(t, 2_000)
	})

	t.Run("of a post that was never read end after a day of failures", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		h := c.begin(t)
		h.sweepAt(3 * hour)

		result := c.track(h)

		require.Equal(t, clip.Rejected, result.Status)
		require.Equal(t, clip.NotVerifiable, result.Reason)
		require.WithinDuration(t, start.Add(27*hour), h.Now(), 2*hour)
		require.Less(t, len(c.posts.asked), 200)
		require.Empty(t, c.attentionReason())
	})

	t.Run("do not count the time in which tracking was off", func(t *testing.T) {
		t.Parallel()
		c := alone(setupClip(t, wary))
		c.posts.answers("apify", readings(10, 1_000, 8_000)...)
		h := c.begin(t)
		h.sweepAt(90 * time.Minute)
		h.at(3*hour, func() { c.switchTracking(t, true) })
		h.at(63*hour, func() { c.switchTracking(t, false) })
		c.answersAt(h, 100*hour, "apify", 8_001)

		result := c.track(h)

		require.Empty(t, result.Reason)
		c.requireEarned(t, 4_001)
	})

	t.Run("ask on although the queue of a provider has no worker any more", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, wary)
		c.posts.answers("apify", readings(10, 1_000, 8_000, 8_000, 8_001)...)
		c.mishaps.leave(workflows.QueueViews("rapidapi"))

		result := c.track(c.begin(t))

		require.Equal(t, clip.Finished, result.Status)
		c.requireEarned(t, 4_001)
	})
}

func TestClaimsAtTheEnd(t *testing.T) {
	t.Parallel()

	t.Run("outlast an outage, and stay open to a reviewer", func(t *testing.T) {
		t.Parallel()
		c := alone(setupClip(t, wary))
		c.posts.answers("apify", readings(10, 1_000, 8_000)...)
		h := c.begin(t)
		h.sweepAt(90 * time.Minute)
		c.answersAt(h, 95*time.Minute, "apify")

		result := c.track(h)

		require.Equal(t, clip.Finished, result.Status)
		require.Equal(t, clip.UnconfirmedCount, result.Reason)
		require.WithinDuration(t, start.Add(49*hour+30*time.Minute), h.Now(), hour)
		require.Less(t, len(c.posts.asked), 80)
		require.Empty(t, c.attentionReason())
		c.requireEarned(t, 2_500)
	})

	t.Run("are confirmed after the clip has finished", func(t *testing.T) {
		t.Parallel()
		c := finishedUnconfirmed(t, nil)

		result, confirmed := c.confirmLate(t, 8_000)

		require.NoError(t, confirmed.rejected)
		require.NoError(t, confirmed.failed)
		require.Equal(t, clip.Finished, result.Status)
		require.Empty(t, c.onRecord(t).StatusReason)
		require.Zero(t, c.onRecord(t).HeldViews)
		c.requireEarned(t, 4_000)

		_, again := c.confirmLate(t, 8_000)

		require.Equal(t, "nothing_to_confirm", fault.CodeOf(again.failed))
		c.requireEarned(t, 4_000)
	})

	t.Run("are confirmed late although another provider has contradicted them", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, wary)
		c.posts.answers("apify", readings(10, 1_000, 8_000)...)
		c.posts.answers("rapidapi", readings(1_000)...)
		h := c.begin(t)
		h.sweepAt(65 * time.Minute)
		c.track(h)
		require.Equal(t, clip.UnconfirmedCount, c.onRecord(t).StatusReason)

		c.confirmLate(t, 7_000)

		c.requireEarned(t, 3_500)
	})

	t.Run("are not confirmed above the claim, nor after the campaign", func(t *testing.T) {
		t.Parallel()
		c := finishedUnconfirmed(t, nil)

		_, tooMany := c.confirmLate(t, 8_001)
		_, err := c.store.Campaigns.Move(t.Context(), campaign.Move{CampaignID: c.campaignID, Command: campaign.Complete, Now: c.clock.Now()})
		require.NoError(t, err)
		_, tooLate := c.confirmLate(t, 8_000)

		require.Equal(t, "views_out_of_range", fault.CodeOf(tooMany.failed))
		require.Equal(t, "campaign_completed", fault.CodeOf(tooLate.failed))
		require.Equal(t, clip.UnconfirmedCount, c.onRecord(t).StatusReason)
		c.requireEarned(t, 2_500)
	})

	t.Run("are credited once when they are confirmed late, whatever befalls", func(t *testing.T) {
		t.Parallel()
		for clause, rule := range misfortunesAt(step{"ReopenClip", 1}, step{"CreditDeferred", 1}) {
			t.Run(clause, func(t *testing.T) {
				t.Parallel()
				c := finishedUnconfirmed(t, nil)
				c.befall(t, rule)
				c.input.Restored = &workflows.Restored{ID: uuid.NewString(), Actor: "reviewer", Views: 8_000}

				survive[workflows.ClipResult](func() *history { return c.begin(t) }, workflows.ClipTracking, c.input)

				require.Equal(t, clip.Finished, c.onRecord(t).Status)
				c.requireEarned(t, 4_000)
			})
		}
	})

	t.Run("wait in an outage no longer than others if no budget is left for them", func(t *testing.T) {
		t.Parallel()
		c := alone(setupClip(t, cappedAt4000Views))
		c.posts.answers("apify", readings(10, 1_000, 8_000)...)
		h := c.begin(t)
		c.answersAt(h, 89*time.Minute, "apify")
		h.sweepAt(90 * time.Minute)

		result := c.track(h)

		require.Equal(t, clip.FullyEarned, result.Reason)
		require.WithinDuration(t, start.Add(25*hour+30*time.Minute), h.Now(), hour)
		c.requireEarned(t, 2_000)
	})

	t.Run("do not wait if no budget is left for them", func(t *testing.T) {
		t.Parallel()
		c := alone(setupClip(t, cappedAt4000Views))
		c.posts.answers("apify", readings(10, 1_000, 8_000)...)
		h := c.begin(t)
		h.sweepAt(90 * time.Minute)

		result := c.track(h)

		require.Equal(t, clip.Finished, result.Status)
		require.Equal(t, clip.FullyEarned, result.Reason)
		require.Less(t, h.Now().Sub(start), 2*hour)
		c.requireEarned(t, 2_000)
	})
}

// finishedUnconfirmed is a clip that finished with 5,000 views paid and 8,000 claimed.
func finishedUnconfirmed(t *testing.T, change func(*tracked)) *tracked {
	t.Helper()
	c := alone(setupClip(t, wary))
	if change != nil {
		change(c)
	}
	c.posts.answers("apify", readings(10, 1_000, 8_000)...)
	h := c.begin(t)
	h.sweepAt(90 * time.Minute)
	c.track(h)
	require.Equal(t, clip.UnconfirmedCount, c.onRecord(t).StatusReason)
	return c
}

// confirmLate starts a clip that has ended again, as the API does.
func (c *tracked) confirmLate(t *testing.T, count int64) (workflows.ClipResult, *answer) {
	t.Helper()
	c.input.Restored = &workflows.Restored{ID: uuid.NewString(), Actor: uuid.NewString(), Views: count}
	h := c.begin(t)
	sent := h.ask(time.Millisecond, workflows.UpdateRestored, *c.input.Restored)
	return c.track(h), sent
}
