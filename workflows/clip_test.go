package workflows_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/workflows"
)

func TestClipTracking(t *testing.T) {
	t.Parallel()

	t.Run("verifies, has reviewed and tracks to the end of the window", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, manualReview)
		c.posts.answers("apify", readings(100, 1_000, 5_000, 20_000)...)
		h := c.begin(t)
		submitted := h.ask(0, workflows.UpdateSubmitted)
		waiting := c.clipStatus(h, hour)
		h.ask(2*hour, workflows.UpdateReview, reviewed(true))
		tracking := c.clipStatus(h, 3*hour)
		late := h.ask(4*hour, workflows.UpdateReview, reviewed(false))

		result := c.track(h)

		require.NoError(t, submitted.failed)
		require.Equal(t, clip.InReview, *waiting)
		require.Equal(t, clip.Tracking, *tracking)
		require.Equal(t, "not_in_review", fault.CodeOf(late.rejected))
		require.Equal(t, clip.Finished, result.Status)
		require.Equal(t, int64(10_000), result.EarnedMinor)
		require.WithinDuration(t, c.posts.at.Add(72*hour), h.Now(), time.Minute, "the last reading is at the window's end")
		require.Equal(t, int64(20_000), c.onRecord(t).ObservedViews)
		c.requireEarned(t, 10_000)
	})

	t.Run("is rejected by the reviewer, who says why", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, manualReview)
		c.posts.answers("apify", readings(100)...)
		h := c.begin(t)
		unnamed := h.ask(hour, workflows.UpdateReview, workflows.Review{Decision: clip.Approve})
		unexplained := h.ask(hour, workflows.UpdateReview, workflows.Review{Decision: clip.Reject, Actor: "reviewer"})
		h.ask(2*hour, workflows.UpdateReview, reviewed(false))

		result := c.track(h)

		require.Equal(t, "actor_missing", fault.CodeOf(unnamed.rejected))
		require.Equal(t, "code_missing", fault.CodeOf(unexplained.rejected))
		require.Equal(t, clip.Rejected, result.Status)
		require.Equal(t, string(clip.OffBrief), c.onRecord(t).StatusReason)
		c.requireEarned(t, 0)
	})

	for name, tc := range map[string]struct {
		change func(*tracked)
		reason string
	}{
		"of the channel of another author": {func(c *tracked) { c.posts.author = "another.author" }, "not_the_creators_channel"},
		"from before the campaign":         {func(c *tracked) { c.posts.at = start.Add(-25 * hour) }, "published_before_campaign"},
		"from after the campaign":          {func(c *tracked) { c.posts.at = start.Add(15 * days) }, "published_after_campaign"},
		"that no one ever sees":            {func(c *tracked) { c.posts.answers("apify", count{missing: views.NotFound}) }, views.NotFound},
	} {
		t.Run("rejects a post "+name, func(t *testing.T) {
			t.Parallel()
			c := setupClip(t, nil)
			c.posts.answers("apify", readings(100_000)...)
			tc.change(c)

			result := c.track(c.begin(t))

			require.Equal(t, clip.Rejected, result.Status)
			require.Equal(t, tc.reason, c.onRecord(t).StatusReason)
			c.requireEarned(t, 0)
		})
	}

	t.Run("refuses a post that was submitted before", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.posts.answers("apify", readings(1_000)...)
		c.track(c.begin(t))
		again := *c
		again.input.ClipID = uuid.NewString()
		h := c.begin(t)
		submitted := h.ask(0, workflows.UpdateSubmitted)

		again.track(h)

		require.Equal(t, "duplicate_clip", fault.CodeOf(submitted.failed))
		c.requireEarned(t, 500)
	})

	t.Run("looks again for a new post that does not show yet", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.posts.answers("apify", append([]count{{missing: views.NotFound}, {missing: views.NotFound}}, readings(1_000)...)...)

		result := c.track(c.begin(t))

		require.Equal(t, clip.Finished, result.Status)
		c.requireEarned(t, 500)
	})

	t.Run("pays a count that falls and comes back once", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.posts.answers("apify", readings(10, 10_000, 4_000, 10_000, 12_000)...)

		c.track(c.begin(t))

		c.requireEarned(t, 6_000)
	})

	t.Run("asks the next provider when one fails or makes no sense", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		denied := count{err: fault.New(fault.Denied, "token_rejected", "the token is rejected")}
		down := count{err: fault.New(fault.Unavailable, "down", "down")}
		c.posts.answers("apify", denied, count{missing: views.Unreadable}, down)
		c.posts.answers("rapidapi", readings(8_000)...)

		result := c.track(c.begin(t))

		require.Equal(t, clip.Finished, result.Status)
		require.Equal(t, "rapidapi", c.posts.asked[1], "a token that is rejected is not tried again")
		c.requireEarned(t, 4_000)
	})

	t.Run("waits for providers that are all down, and loses nothing", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		h := c.begin(t)
		verifying := c.clipStatus(h, 10*hour)
		h.at(11*hour, func() { c.posts.answers("rapidapi", readings(8_000)...) })
		h.at(20*hour, func() { c.posts.answers("rapidapi") })
		h.at(30*hour, func() { c.posts.answers("apify", readings(12_000)...) })

		result := c.track(h)

		require.Equal(t, clip.Verifying, *verifying)
		require.Equal(t, clip.Finished, result.Status)
		c.requireEarned(t, 6_000)
	})

	t.Run("reads once more when the campaign ends, and then finishes", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.posts.answers("apify", readings(1_000)...)
		h := c.begin(t)
		h.at(5*hour+30*time.Minute, func() {
			c.posts.answers("apify", readings(9_000)...)
			h.SignalWorkflow(workflows.SignalFinalSweep, nil)
		})

		result := c.track(h)

		require.Equal(t, clip.Finished, result.Status)
		require.Less(t, h.Now().Sub(start), 6*hour)
		c.requireEarned(t, 4_500)
	})

	t.Run("finishes without a last reading when providers stay down at the campaign's end", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.posts.answers("apify", readings(1_000)...)
		h := c.begin(t)
		h.at(5*hour, func() {
			c.posts.answers("apify")
			h.SignalWorkflow(workflows.SignalFinalSweep, nil)
		})

		result := c.track(h)

		require.Equal(t, "last_reading_missing", result.Reason)
		require.WithinDuration(t, start.Add(29*hour), h.Now(), 2*hour, "an outage has a day to end")
		c.requireEarned(t, 500)
	})

	t.Run("goes back in review when it is flagged, and on when it is approved", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.posts.answers("apify", readings(10, 1_000)...)
		h := c.begin(t)
		h.ask(5*hour, workflows.UpdateReview, decided(clip.Flag))
		flagged := c.clipStatus(h, 10*hour)
		h.at(11*hour, func() { c.posts.answers("apify", readings(3_000)...) })
		h.ask(12*hour, workflows.UpdateReview, reviewed(true))
		approved := c.clipStatus(h, 13*hour)

		result := c.track(h)

		require.Equal(t, clip.InReview, *flagged)
		require.Equal(t, clip.Tracking, *approved)
		require.Equal(t, clip.Finished, result.Status)
		c.requireEarned(t, 1_500)
	})

	for name, tell := range map[string]func(*history){
		clip.RemovedByReviewer: func(h *history) { h.ask(5*hour, workflows.UpdateReview, decided(clip.Remove)) },
		clip.RemovedByOperator: func(h *history) { h.at(5*hour, func() { h.CancelWorkflow() }) },
	} {
		t.Run("is "+name+" and keeps what it earned", func(t *testing.T) {
			t.Parallel()
			c := setupClip(t, nil)
			c.posts.answers("apify", readings(1_000)...)
			h := c.begin(t)
			tell(h)

			result := c.track(h)

			require.Equal(t, clip.Removed, result.Status)
			require.Equal(t, name, c.onRecord(t).StatusReason)
			c.requireEarned(t, 500)
		})
	}

	t.Run("tells the campaign once that the budget is exhausted", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.posts.answers("apify", readings(10, 500_000, 600_000)...)
		h := c.begin(t)
		h.gone[names.Campaign(c.campaignID)] = true // it ends at that moment

		result := c.track(h)

		require.Equal(t, clip.Finished, result.Status)
		require.Equal(t, []string{names.Campaign(c.campaignID) + " " + workflows.SignalBudgetExhausted}, h.signals.all())
		c.requireEarned(t, 100_000)
	})
}
