package workflows_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/workflows"
)

// wary terms have the default limits of what is plausible.
func wary(agreed *campaign.Terms) { agreed.Plausibility = views.Plausibility{} }

func (c *tracked) decisions(t *testing.T) (found []views.Decision) {
	t.Helper()
	listed, err := c.store.Clips.ListObservations(t.Context(), c.input.ClipID, -1, 1000)
	require.NoError(t, err)
	for _, each := range listed {
		found = append(found, each.Decision)
	}
	return found
}

func confirmed(count int64) workflows.Review {
	return workflows.Review{Decision: clip.Confirm, Actor: uuid.NewString(), Views: count}
}

func TestClipsWithClaims(t *testing.T) {
	t.Parallel()

	t.Run("are read again soon by another provider, which confirms a real jump", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, wary)
		c.posts.answers("apify", readings(10, 1_000, 8_000)...)
		c.posts.answers("rapidapi", readings(8_100)...)
		h := c.begin(t)
		var held, after int64
		var asked []string
		h.at(70*time.Minute, func() { held = c.onRecord(t).EarnedMinor })
		h.at(80*time.Minute, func() { after, asked = c.onRecord(t).EarnedMinor, c.posts.asked[:4] })

		result := c.track(h)

		require.Equal(t, []string{"apify", "apify", "apify", "rapidapi"}, asked)
		require.Equal(t, int64(2_500), held, "the jump counts up to five times the last count")
		require.Equal(t, int64(4_050), after)
		require.Equal(t, clip.Finished, result.Status)
		c.requireEarned(t, 4_050)
	})

	t.Run("are not paid for what another provider contradicts", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, wary)
		c.posts.answers("apify", readings(10, 100, 9_000_000, 140)...)
		c.posts.answers("rapidapi", readings(130)...)

		result := c.track(c.begin(t))

		require.Equal(t, clip.Finished, result.Status)
		require.Equal(t, []views.Decision{views.Plausible, views.Capped, views.Contradicted, views.Plausible}, c.decisions(t)[:4])
		c.requireEarned(t, 1_050)
	})

	t.Run("wait longer and longer for a provider that is stuck, and a reviewer confirms what is true", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, wary)
		c.input.Chain = []string{"apify"}
		c.posts.answers("apify", readings(10, 1_000, 8_000)...)
		h := c.begin(t)
		early := h.ask(30*time.Minute, workflows.UpdateReview, confirmed(8_000))
		tooMany := h.ask(5*hour, workflows.UpdateReview, confirmed(8_001))
		var before, after int64
		h.at(10*hour, func() { before = c.onRecord(t).EarnedMinor })
		reviewed := h.ask(10*hour, workflows.UpdateReview, confirmed(8_000))
		h.at(10*hour+time.Minute, func() { after = c.onRecord(t).EarnedMinor })

		result := c.track(h)

		require.Equal(t, "nothing_to_confirm", fault.CodeOf(early.rejected))
		require.Equal(t, "views_out_of_range", fault.CodeOf(tooMany.rejected))
		require.NoError(t, reviewed.failed)
		require.Equal(t, int64(2_500), before)
		require.Equal(t, int64(4_000), after)
		require.Equal(t, clip.Finished, result.Status)
		require.Empty(t, result.Reason)
		c.requireEarned(t, 4_000)
	})

	t.Run("get two days after the final reading, and then end with what was accepted", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, wary)
		c.input.Chain = []string{"apify"}
		c.posts.answers("apify", readings(10, 1_000, 8_000)...)
		h := c.begin(t)
		h.at(90*time.Minute, func() { h.SignalWorkflow(workflows.SignalFinalSweep, nil) })

		result := c.track(h)

		require.Equal(t, clip.Finished, result.Status)
		require.Equal(t, clip.UnconfirmedCount, c.onRecord(t).StatusReason)
		require.Equal(t, int64(3_000), c.onRecord(t).HeldViews)
		require.WithinDuration(t, start.Add(49*hour+30*time.Minute), h.Now(), hour)
		require.Less(t, result.Polls, 25)
		c.requireEarned(t, 2_500)
	})

	t.Run("are credited by a final reading that grows", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, wary)
		c.input.Chain = []string{"apify"}
		c.posts.answers("apify", readings(10, 1_000, 8_000)...)
		h := c.begin(t)
		h.at(90*time.Minute, func() { h.SignalWorkflow(workflows.SignalFinalSweep, nil) })
		h.at(20*hour, func() { c.posts.answers("apify", readings(8_001)...) })

		result := c.track(h)

		require.Equal(t, clip.Finished, result.Status)
		require.Empty(t, result.Reason)
		c.requireEarned(t, 4_001)
	})

	t.Run("are confirmed by a reviewer even if no provider answers any more", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, wary)
		c.input.Chain = []string{"apify"}
		c.posts.answers("apify", readings(10, 1_000, 8_000)...)
		h := c.begin(t)
		h.at(5*hour, func() { c.posts.answers("apify") })
		h.ask(6*hour, workflows.UpdateReview, confirmed(7_000))
		h.at(7*hour, func() { h.SignalWorkflow(workflows.SignalFinalSweep, nil) })

		result := c.track(h)

		require.Equal(t, clip.Finished, result.Status)
		c.requireEarned(t, 3_500)
	})

	t.Run("are credited once, whatever befalls the recording", func(t *testing.T) {
		t.Parallel()
		for clause, rule := range misfortunesAt(step{"RecordReading", 2}, step{"RecordReading", 3}) {
			t.Run(clause, func(t *testing.T) {
				t.Parallel()
				c := setupClip(t, wary)
				c.posts.answers("apify", readings(10, 1_000, 8_000)...)
				c.posts.answers("rapidapi", readings(8_100)...)
				c.befall(t, rule)

				survive[workflows.ClipResult](func() *history { return c.begin(t) }, workflows.ClipTracking, c.input)

				c.requireEarned(t, 4_050)
			})
		}
	})
}

func TestConfirmedCountsWithoutAReading(t *testing.T) {
	t.Parallel()
	// whileSilent has a claim of 8,000 views, which a reviewer confirms up to some count while no provider answers.
	whileSilent := func(t *testing.T, change func(*campaign.Terms), count int64) (*tracked, *history) {
		t.Helper()
		c := alone(setupClip(t, change))
		c.posts.answers("apify", readings(10, 1_000, 8_000)...)
		h := c.begin(t)
		c.answersAt(h, 5*hour, "apify")
		h.ask(6*hour, workflows.UpdateReview, confirmed(count))
		return c, h
	}

	t.Run("are credited soon although no provider answers, and the next reading counts from there", func(t *testing.T) {
		t.Parallel()
		c, h := whileSilent(t, wary, 7_000)
		var soon int64
		h.at(6*hour+10*time.Minute, func() { soon = c.onRecord(t).EarnedMinor })
		again := h.ask(7*hour, workflows.UpdateReview, confirmed(8_000))
		c.answersAt(h, 30*hour, "apify", 8_200)

		result := c.track(h)

		require.Equal(t, int64(3_500), soon)
		require.Equal(t, "nothing_to_confirm", fault.CodeOf(again.rejected))
		require.Equal(t, clip.Finished, result.Status)
		require.Empty(t, result.Reason)
		c.requireEarned(t, 4_100)
	})

	t.Run("are credited soon although the post is missing", func(t *testing.T) {
		t.Parallel()
		c := alone(setupClip(t, wary))
		c.posts.answers("apify", readings(10, 1_000, 8_000)...)
		h := c.begin(t)
		h.at(5*hour, func() { c.posts.answers("apify", count{missing: "not_found"}) })
		h.ask(6*hour, workflows.UpdateReview, confirmed(7_000))
		var soon int64
		h.at(6*hour+10*time.Minute, func() { soon = c.onRecord(t).EarnedMinor })

		result := c.track(h)

		require.Equal(t, int64(3_500), soon)
		require.Equal(t, clip.Removed, result.Status)
		c.requireEarned(t, 3_500)
	})

	t.Run("leave pacing alone", func(t *testing.T) {
		t.Parallel()
		c, h := whileSilent(t, func(agreed *campaign.Terms) {
			wary(agreed)
			agreed.DailyPacingMinor = 3_000
		}, 8_000)
		var soon int64
		h.at(6*hour+10*time.Minute, func() { soon = c.onRecord(t).EarnedMinor })
		c.answersAt(h, 30*hour, "apify", 8_000)

		c.track(h)

		require.Equal(t, int64(3_000), soon)
		c.requireEarned(t, 4_000)
	})

	t.Run("are credited once, whatever befalls", func(t *testing.T) {
		t.Parallel()
		for clause, rule := range misfortunesAt(step{"CreditDeferred", 1}) {
			t.Run(clause, func(t *testing.T) {
				t.Parallel()
				c, h := whileSilent(t, wary, 7_000)
				c.answersAt(h, 30*hour, "apify", 7_900)
				c.befall(t, rule)

				survive[workflows.ClipResult](func() *history {
					begun := h
					if h = nil; begun == nil {
						begun = c.begin(t)
						begun.ask(40*hour, workflows.UpdateReview, confirmed(7_000)) // the first one may be lost
						c.answersAt(begun, 30*hour, "apify", 7_900)
					}
					return begun
				}, workflows.ClipTracking, c.input)

				c.requireEarned(t, 3_950)
			})
		}
	})
}
