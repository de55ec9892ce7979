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

// claimedInReview is a clip in review whose only provider claims 8,000 views again and again.
func claimedInReview(t *testing.T) *tracked {
	t.Helper()
	c := setupClip(t, func(agreed *campaign.Terms) {
		wary(agreed)
		manualReview(agreed)
	})
	c.input.Chain = []string{"apify"}
	c.posts.answers("apify", readings(10, 8_000)...)
	return c
}

// endedInReview has the campaign end after two hours, which completes once the review is closed.
func (c *tracked) endedInReview(t *testing.T) *history {
	t.Helper()
	h := c.begin(t)
	h.SetWorkflowRunTimeout(60 * days)
	h.at(2*hour, func() {
		require.NoError(t, c.store.Campaigns.StopSubmissions(t.Context(), c.campaignID))
		h.SignalWorkflow(workflows.SignalFinalSweep, nil)
	})
	h.at(60*hour, func() {
		require.True(t, c.onRecord(t).ReviewClosed)
		_, err := c.store.Campaigns.Move(t.Context(), campaign.Move{CampaignID: c.campaignID, Command: campaign.Complete, StartsAt: start, Now: c.clock.Now()})
		require.NoError(t, err)
		require.Equal(t, int64(4_000), c.onRecord(t).KeptMinor, "for the claim too")
	})
	return h
}

func (c *tracked) releaseKept(t *testing.T, at time.Time) {
	t.Helper()
	_, err := c.store.Campaigns.ReleaseKept(t.Context(), c.campaignID, at)
	require.NoError(t, err)
}

func TestClaimsOfClipsInReview(t *testing.T) {
	t.Parallel()

	t.Run("are confirmed while the clip is read, and earn with its approval", func(t *testing.T) {
		t.Parallel()
		c := claimedInReview(t)
		h := c.begin(t)
		confirm := h.ask(30*hour, workflows.UpdateReview, confirmed(8_000))
		h.at(31*hour, func() {
			require.Equal(t, int64(8_000), c.onRecord(t).AcceptedViews)
			require.Zero(t, c.onRecord(t).EarnedMinor)
		})
		h.ask(32*hour, workflows.UpdateReview, decided(clip.Approve))

		c.track(h)

		require.NoError(t, confirm.failed)
		c.requireEarned(t, 4_000)
	})

	t.Run("are confirmed after the end of the campaign, and earn with the approval", func(t *testing.T) {
		t.Parallel()
		c := claimedInReview(t)
		h := c.endedInReview(t)
		tooMany := h.ask(69*hour, workflows.UpdateReview, confirmed(8_001))
		confirm := h.ask(70*hour, workflows.UpdateReview, confirmed(8_000))
		again := h.ask(71*hour, workflows.UpdateReview, confirmed(8_000))
		h.ask(72*hour, workflows.UpdateReview, decided(clip.Approve))

		result := c.track(h)

		require.Equal(t, "views_out_of_range", fault.CodeOf(tooMany.rejected))
		require.NoError(t, confirm.failed)
		require.Equal(t, "nothing_to_confirm", fault.CodeOf(again.rejected))
		require.Equal(t, clip.Finished, result.Status)
		require.Empty(t, result.Reason)
		require.Zero(t, c.onRecord(t).KeptMinor)
		c.requireEarned(t, 4_000)
	})

	t.Run("are confirmed although the workflow was terminated after the end", func(t *testing.T) {
		t.Parallel()
		c := claimedInReview(t)
		terminated := c.endedInReview(t)
		terminated.SetWorkflowRunTimeout(65 * hour)
		terminated.ExecuteWorkflow(workflows.ClipTracking, c.input)
		h := c.begin(t)
		h.SetWorkflowRunTimeout(60 * days)
		confirm := h.ask(hour, workflows.UpdateReview, confirmed(8_000))
		h.ask(2*hour, workflows.UpdateReview, decided(clip.Approve))

		result := c.track(h)

		require.NoError(t, confirm.rejected)
		require.NoError(t, confirm.failed)
		require.Empty(t, result.Reason)
		c.requireEarned(t, 4_000)
	})

	for name, late := range map[string]bool{"are confirmed after the clip was approved and credited without them": true, "are released if no reviewer confirms them": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := claimedInReview(t)
			h := c.endedInReview(t)
			h.ask(72*hour, workflows.UpdateReview, decided(clip.Approve))

			result := c.track(h)

			approved := c.onRecord(t)
			require.Equal(t, clip.UnconfirmedCount, result.Reason)
			require.Less(t, approved.EarnedMinor, int64(4_000))
			require.Equal(t, int64(4_000), approved.EarnedMinor+approved.KeptMinor)
			c.releaseKept(t, c.clock.Now().Add(clip.LateConfirmWindow-time.Hour))
			require.Equal(t, approved.KeptMinor, c.onRecord(t).KeptMinor)
			if late {
				c.input.Restored = &workflows.Restored{ID: uuid.NewString(), Actor: "reviewer", Views: 8_000}
				h := c.begin(t)
				confirm := h.ask(0, workflows.UpdateRestored, *c.input.Restored)
				require.Equal(t, clip.Finished, c.track(h).Status)
				require.NoError(t, confirm.failed)
				c.requireEarned(t, 4_000)
			}
			c.releaseKept(t, c.clock.Now().Add(clip.LateConfirmWindow+time.Hour))
			require.Zero(t, c.onRecord(t).KeptMinor)
			if !late {
				c.requireEarned(t, approved.EarnedMinor)
			}
		})
	}
}
