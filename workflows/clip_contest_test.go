package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/clips"
	"github.com/creditroll/creditroll/db/dbtest/live"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/workflows"
)

// attentionAt is what the needs-attention list shows at a moment.
func (c *tracked) attentionAt(h *history, d time.Duration) *string {
	var seen string
	h.at(d, func() { seen = c.attentionReason() })
	return &seen
}

// cappedAt4000Views are wary terms by which a clip earns no more after 4,000 views.
func cappedAt4000Views(agreed *campaign.Terms) {
	wary(agreed)
	agreed.MaxPerClipMinor = 2_000
}

func TestContestedClaims(t *testing.T) {
	t.Parallel()

	t.Run("of a final reading are read again, by the claimant first", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, wary)
		c.posts.answers("apify", readings(10, 1_000, 9_000_000, 1_100)...)
		c.posts.answers("rapidapi", readings(1_000)...)
		h := c.begin(t)
		h.sweepAt(65 * time.Minute)

		result := c.track(h)

		require.Equal(t, clip.Finished, result.Status)
		require.Empty(t, result.Reason, "the claimant has taken it back")
		require.Less(t, h.Now().Sub(start), 2*hour)
		require.Equal(t, []string{"apify", "apify", "apify", "rapidapi", "apify"}, c.posts.asked)
		c.requireEarned(t, 2_500)
	})

	t.Run("of a final reading need a person after three times, who confirms the true one", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, wary)
		c.posts.answers("apify", readings(10, 1_000, 8_000)...)
		c.posts.answers("rapidapi", readings(1_000)...)
		h := c.begin(t)
		h.sweepAt(65 * time.Minute)
		early, shown := c.attentionAt(h, 2*hour), c.attentionAt(h, 20*hour)
		var details string
		h.at(20*hour, func() { details = h.details() })
		reviewed := h.ask(20*hour+time.Minute, workflows.UpdateReview, confirmed(8_000))

		result := c.track(h)

		require.Empty(t, *early)
		require.Equal(t, "providers_disagree", *shown)
		require.Contains(t, details, "8000 views")
		require.NoError(t, reviewed.failed)
		require.Equal(t, clip.Finished, result.Status)
		require.Empty(t, c.attentionReason())
		c.requireEarned(t, 4_000)
	})

	t.Run("of a final reading do not wait if a confirmation would pay nothing", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, cappedAt4000Views)
		c.posts.answers("apify", readings(10, 1_000, 8_000)...)
		c.posts.answers("rapidapi", readings(1_000)...)
		h := c.begin(t)
		h.sweepAt(65 * time.Minute)

		result := c.track(h)

		require.Contains(t, c.decisions(t), views.Contradicted)
		require.Equal(t, clip.Finished, result.Status)
		require.Equal(t, clip.FullyEarned, result.Reason)
		require.Less(t, h.Now().Sub(start), 2*hour)
		c.requireEarned(t, 2_000)
	})

	t.Run("need no person if a confirmation would pay nothing", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, cappedAt4000Views)
		c.posts.answers("apify", readings(10, 1_000, 8_000)...)
		c.posts.answers("rapidapi", readings(1_000)...)
		h := c.begin(t)
		shown := c.attentionAt(h, 20*hour)

		result := c.track(h)

		require.Empty(t, *shown)
		require.Equal(t, clip.FullyEarned, result.Reason)
	})

	t.Run("are shown with the count that a reviewer can confirm, until their provider gives it up", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, wary)
		c.posts.answers("apify", readings(10, 1_000, 8_000)...)
		c.posts.answers("rapidapi", readings(1_000)...)
		h := c.begin(t)
		var during, after clips.Clip
		h.at(20*hour, func() { during = c.onRecord(t) })
		tooMany := h.ask(20*hour, workflows.UpdateReview, confirmed(8_001))
		c.answersAt(h, 21*hour, "apify", 1_000)
		h.at(40*hour, func() { after = c.onRecord(t) })
		tooLate := h.ask(40*hour, workflows.UpdateReview, confirmed(8_000))

		c.track(h)

		require.Equal(t, int64(8_000), during.ClaimedViews)
		require.True(t, during.IsContradicted)
		require.Equal(t, "views_out_of_range", fault.CodeOf(tooMany.rejected))
		require.Zero(t, after.ClaimedViews)
		require.False(t, after.IsContradicted)
		require.Equal(t, "nothing_to_confirm", fault.CodeOf(tooLate.rejected))
	})

	t.Run("need a person while the clip is tracked, whenever that is", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, wary)
		counts := []int64{10, 1_000}
		for i := range int64(200) {
			counts = append(counts, 100_000+5_000*i)
		}
		c.posts.answers("apify", readings(counts...)...)
		c.posts.answers("rapidapi", readings(1_000)...)
		h := c.begin(t)
		shown := c.attentionAt(h, 20*hour)
		var before int64
		h.at(20*hour, func() { before = c.onRecord(t).EarnedMinor })
		reviewed := h.ask(20*hour+time.Minute, workflows.UpdateReview, confirmed(100_000))
		cleared := c.attentionAt(h, 20*hour+2*time.Minute)

		c.track(h)

		require.Equal(t, "providers_disagree", *shown)
		require.Less(t, before, int64(20_000))
		require.NoError(t, reviewed.failed)
		require.Empty(t, *cleared)
		require.GreaterOrEqual(t, c.onRecord(t).EarnedMinor, int64(50_000))
	})
}

func TestAttentionOfClaims(t *testing.T) {
	t.Parallel()

	t.Run("ends when the claim is confirmed, although another one opens before", func(t *testing.T) {
		t.Parallel()
		c := alone(setupClip(t, wary))
		c.posts.answers("apify", readings(10, 1_000, 8_000, 8_000, 8_000, 8_000, 8_000, 8_000, 8_000, 90_000, 90_001)...)
		h := c.begin(t)
		h.at(9*hour, func() {
			require.Equal(t, clip.UnconfirmedCount, c.attentionReason())
			require.Contains(t, h.details(), "Needs attention")
			require.Contains(t, h.details(), "A count of 8000")
		})

		c.track(h)

		require.Contains(t, c.decisions(t), views.Confirmed)
		require.Empty(t, c.attentionReason())
		c.requireEarned(t, 45_001)
	})

	t.Run("is shown again after an outage, and ends with the clip", func(t *testing.T) {
		t.Parallel()
		c := alone(setupClip(t, wary))
		c.posts.answers("apify", readings(10, 1_000, 8_000)...)
		h := c.begin(t)
		c.answersAt(h, 20*hour, "apify")
		during := c.attentionAt(h, 26*hour)
		c.answersAt(h, 26*hour, "apify", 8_000)
		after := c.attentionAt(h, 32*hour)
		h.ask(33*hour, workflows.UpdateReview, decided(clip.Remove))

		c.track(h)

		require.Equal(t, "providers_failing", *during)
		require.Equal(t, clip.UnconfirmedCount, *after)
		require.Empty(t, c.attentionReason())
	})

	t.Run("of a reviewer outlasts a reading that cannot be used", func(t *testing.T) {
		t.Parallel()
		c := alone(setupClip(t, wary))
		c.posts.answers("apify", readings(10, 1_000, 8_000)...)
		h := c.begin(t)
		h.at(5*hour, func() { c.posts.answers("apify", append(readings(-1), readings(8_000)...)...) })
		reviewed := h.ask(5*hour+time.Second, workflows.UpdateReview, confirmed(8_000))
		var after int64
		h.at(12*hour, func() { after = c.onRecord(t).EarnedMinor })

		c.track(h)

		require.NoError(t, reviewed.failed)
		require.Contains(t, c.decisions(t), views.Refused)
		require.Equal(t, int64(4_000), after)
		c.requireEarned(t, 4_000)
	})

	t.Run("ends with the wait for a proof, in which a count can be confirmed", func(t *testing.T) {
		t.Parallel()
		c := alone(setupClip(t, wary))
		c.unproven(t)
		c.posts.answers("apify", readings(10, 1_000, 8_000)...)
		h := c.begin(t)
		reviewed := h.ask(5*days+hour, workflows.UpdateReview, confirmed(8_000))
		var held int64
		h.at(5*days+2*hour, func() { held = c.onRecord(t).HeldViews })
		h.at(6*days, func() {
			_, err := live.Prove(t.Context(), c.store, c.creator.id, clip.TikTok, c.creator.handle)
			require.NoError(t, err)
		})

		result := c.track(h)

		require.NoError(t, reviewed.rejected)
		require.NoError(t, reviewed.failed)
		require.Zero(t, held)
		require.Equal(t, clip.Finished, result.Status)
		require.Empty(t, result.Reason)
		c.requireEarned(t, 4_000)
	})
}
