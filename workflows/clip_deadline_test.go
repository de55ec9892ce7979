package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/workflows"
)

func TestReviewDeadline(t *testing.T) {
	t.Parallel()

	t.Run("approves a clean clip by rule, which then earns all of its views", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, manualReview)
		c.posts.answers("apify", readings(10, 400)...)
		h := c.begin(t)
		h.SetWorkflowRunTimeout(10 * days)
		before := c.clipStatus(h, 71*hour)

		result := c.track(h)

		require.Equal(t, clip.InReview, *before)
		require.Equal(t, clip.Finished, result.Status)
		require.Equal(t, clip.ByRule, c.onRecord(t).DecidedKind)
		c.requireEarned(t, 200)
	})

	t.Run("leaves a clip to a person whose last reading has signals", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, manualReview)
		c.posts.answers("apify", readings(10, 4_000)...) // without a like
		h := c.begin(t)
		h.SetWorkflowRunTimeout(10 * days)
		held := c.clipStatus(h, 80*hour)
		h.ask(90*hour, workflows.UpdateReview, reviewed(true))

		result := c.track(h)

		require.Equal(t, clip.InReview, *held)
		require.Equal(t, clip.Finished, result.Status)
		c.requireEarned(t, 2_000)
	})

	t.Run("leaves a clip to a person whose post is gone, although its channel was looked at since", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, manualReview)
		c.posts.answers("apify", readings(10)...)
		h := c.begin(t)
		h.SetWorkflowRunTimeout(10 * days)
		h.at(hour, func() {
			c.disturb(t, "UPDATE channels SET status = 'unproven', proven_at = NULL WHERE id = (SELECT channel_id FROM clips WHERE id = $1)", c.input.ClipID)
			c.disturb(t, "UPDATE clips SET holds_post = false WHERE id = $1", c.input.ClipID)
		})
		h.at(60*hour, func() {
			c.posts.answers("apify", count{missing: views.NotFound})
			c.posts.answers("rapidapi", count{missing: views.NotFound})
			h.SignalWorkflow(workflows.SignalRead, nil)
		})
		h.at(72*hour+time.Minute, func() { h.SignalWorkflow(workflows.SignalChannelChanged, nil) })
		h.at(73*hour, func() {
			require.Equal(t, views.NotFound, c.onRecord(t).WaitingFor)
			require.Equal(t, clip.InReview, c.onRecord(t).Status)
			require.Equal(t, "review_overdue", c.attentionReason())
		})

		require.Equal(t, clip.Removed, c.track(h).Status)
	})

	t.Run("is not rejected by the end of its campaign, and is read once more", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, manualReview)
		c.posts.answers("apify", readings(10, 1_000)...)
		h := c.begin(t)
		h.at(hour, func() { h.SignalWorkflow(workflows.SignalFinalSweep, nil) })
		waiting := c.clipStatus(h, 2*hour)
		h.ask(3*hour, workflows.UpdateReview, reviewed(true))

		result := c.track(h)

		require.Equal(t, clip.InReview, *waiting)
		require.Equal(t, clip.Finished, result.Status)
		require.Equal(t, int64(1_000), c.onRecord(t).ObservedViews)
		c.requireEarned(t, 500)
	})

	t.Run("keeps what was read of a post that is gone when its campaign ends, for a person", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, manualReview)
		c.posts.answers("apify", readings(10, 400)...)
		h := c.begin(t)
		h.SetWorkflowRunTimeout(40 * days)
		h.at(60*hour, func() {
			c.posts.answers("apify", count{missing: views.NotFound})
			c.posts.answers("rapidapi", count{missing: views.NotFound})
			h.SignalWorkflow(workflows.SignalFinalSweep, nil)
		})
		held := c.clipStatus(h, 19*days)
		h.ask(20*days, workflows.UpdateReview, reviewed(true))

		result := c.track(h)

		require.Equal(t, clip.InReview, *held)
		require.Equal(t, clip.Finished, result.Status)
		c.requireEarned(t, 200)
	})
}
