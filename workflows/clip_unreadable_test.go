package workflows_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/workflows"
)

func TestUnreadablePost(t *testing.T) {
	t.Parallel()

	alone := count{missing: views.Unreadable, alone: true}

	t.Run("says so, is read seldom, and needs no attention", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, longWindow)
		c.posts.answers("apify", alone)
		c.posts.answers("rapidapi", alone)
		h := c.begin(t)
		h.at(20*oneDay, func() {
			require.Equal(t, clip.WaitingUnreadable, c.onRecord(t).WaitingFor)
			require.Empty(t, c.attentionReason())
			require.Less(t, len(c.posts.asked), 200)
			c.posts.answers("apify", readings(4_000)...)
		})
		h.at(21*oneDay, func() { require.Empty(t, c.onRecord(t).WaitingFor) })

		result := c.track(h)

		require.Equal(t, clip.Finished, result.Status)
		c.requireEarned(t, 2_000)
	})

	t.Run("can be rejected and approved by a reviewer", func(t *testing.T) {
		t.Parallel()
		for _, decision := range []clip.Decision{clip.Reject, clip.Approve} {
			c := setupClip(t, manualReview)
			c.posts.answers("apify", alone)
			c.posts.answers("rapidapi", alone)
			h := c.begin(t)
			answered := h.ask(5*hour, workflows.UpdateReview, decided(decision))
			h.at(30*hour, func() { c.posts.answers("apify", readings(10, 4_000)...) })

			result := c.track(h)

			require.NoError(t, answered.failed)
			if decision == clip.Reject {
				require.Equal(t, clip.Rejected, result.Status)
				continue
			}
			require.Equal(t, clip.Finished, result.Status)
			c.requireEarned(t, 2_000)
		}
	})

	t.Run("is a matter of credentials if the provider reads no others either", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, longWindow)
		c.posts.answers("apify", count{missing: views.Unreadable})
		c.posts.answers("rapidapi", alone)
		h := c.begin(t)
		h.at(3*oneDay, func() {
			require.Equal(t, "providers_failing", c.attentionReason())
			c.posts.answers("apify", alone)
		})
		h.at(4*oneDay, func() {
			require.Empty(t, c.attentionReason())
			require.Equal(t, clip.WaitingUnreadable, c.onRecord(t).WaitingFor)
			h.SignalWorkflow(workflows.SignalFinalSweep, nil)
		})

		result := c.track(h)

		require.Equal(t, clip.NotVerifiable, result.Reason)
	})
}
