package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/duration"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/workflows"
)

// without is the answer of a provider that sees the post and no counter.
func without(kind clip.Counterless) count { return count{missing: string(kind)} }

const oneDay = 24 * time.Hour

func longWindow(agreed *campaign.Terms) { agreed.TrackingWindow = duration.Text(30 * oneDay) }

func TestPostWithoutCounter(t *testing.T) {
	t.Parallel()

	for _, kind := range clip.CounterlessKinds() {
		t.Run("waits for days, says for what, and ends with "+string(kind), func(t *testing.T) {
			t.Parallel()
			c := setupClip(t, nil)
			c.posts.answers("apify", without(kind))
			h := c.begin(t)
			h.at(3*oneDay, func() {
				require.Equal(t, clip.Verifying, c.onRecord(t).Status)
				require.Equal(t, string(kind), c.onRecord(t).WaitingFor)
				require.Contains(t, h.details(), string(kind))
				require.Empty(t, c.attentionReason())
			})

			result := c.track(h)

			require.Equal(t, clip.Rejected, result.Status)
			require.Equal(t, string(kind), c.onRecord(t).StatusReason)
			require.Empty(t, c.onRecord(t).WaitingFor)
			after := 7 * oneDay
			if kind == clip.Premiere {
				after = 30 * oneDay
			}
			require.WithinDuration(t, start.Add(after), h.Now(), oneDay)
			require.LessOrEqual(t, len(c.posts.asked), 100, "it is asked for seldom")
			require.Empty(t, c.attentionReason())
			c.requireEarned(t, 0)
		})
	}

	t.Run("is paid in full once it has a counter", func(t *testing.T) {
		t.Parallel()
		for _, kind := range []clip.Counterless{clip.ViewsHidden, clip.Premiere, clip.Unlisted} {
			c := setupClip(t, nil)
			c.posts.answers("apify", without(kind))
			h := c.begin(t)
			h.at(5*oneDay, func() { c.posts.answers("apify", readings(10, 4_000)...) })
			h.at(7*oneDay, func() {
				require.Equal(t, clip.Tracking, c.onRecord(t).Status)
				require.Empty(t, c.onRecord(t).WaitingFor)
			})

			result := c.track(h)

			require.Equal(t, clip.Finished, result.Status)
			c.requireEarned(t, 2_000)
		}
	})

	t.Run("is read from another provider that has a counter", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.posts.answers("apify", without(clip.ViewsHidden))
		c.posts.answers("rapidapi", readings(10, 4_000)...)

		result := c.track(c.begin(t))

		require.Equal(t, clip.Finished, result.Status)
		c.requireEarned(t, 2_000)
	})

	t.Run("is not read from another provider while it is unlisted", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.posts.answers("apify", without(clip.Unlisted))
		c.posts.answers("rapidapi", readings(4_000)...)

		result := c.track(c.begin(t))

		require.Equal(t, clip.Rejected, result.Status)
		require.NotContains(t, c.posts.asked, "rapidapi")
		c.requireEarned(t, 0)
	})

	t.Run("exists, although another provider does not find it", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.posts.answers("apify", count{missing: views.NotFound})
		c.posts.answers("rapidapi", without(clip.Photo))
		h := c.begin(t)
		h.at(5*oneDay, func() { require.Equal(t, string(clip.Photo), c.onRecord(t).WaitingFor) })

		result := c.track(h)

		require.Equal(t, string(clip.Photo), result.Reason)
	})

	t.Run("needs no attention, although another provider fails", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.posts.answers("rapidapi", without(clip.Photo))
		h := c.begin(t)

		result := c.track(h)

		require.Equal(t, string(clip.Photo), result.Reason)
		require.Empty(t, c.attentionReason())
	})

	t.Run("gets the whole time after a premiere that has begun", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.posts.answers("apify", without(clip.Premiere))
		h := c.begin(t)
		h.at(10*oneDay, func() { c.posts.answers("apify", without(clip.MembersOnly)) })
		h.at(15*oneDay, func() { c.posts.answers("apify", readings(10, 4_000)...) })

		result := c.track(h)

		require.Equal(t, clip.Finished, result.Status)
		c.requireEarned(t, 2_000)
	})

	t.Run("can be submitted again when it has a counter", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.posts.answers("apify", without(clip.MembersOnly))
		require.Equal(t, clip.Rejected, c.track(c.begin(t)).Status)
		c.posts.answers("apify", readings(10, 4_000)...)

		result := c.track(c.begin(t))

		require.Equal(t, clip.Finished, result.Status)
		c.requireEarned(t, 2_000)
	})

	t.Run("ends a day after the campaign does", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.posts.answers("apify", without(clip.Premiere))
		h := c.begin(t)
		h.at(hour, func() { h.SignalWorkflow(workflows.SignalFinalSweep, nil) })

		result := c.track(h)

		require.Equal(t, string(clip.Premiere), result.Reason)
		require.WithinDuration(t, start.Add(oneDay), h.Now(), 6*hour)
	})
}

func TestPostThatLosesItsCounter(t *testing.T) {
	t.Parallel()

	lost := func(t *testing.T, after time.Duration) (*tracked, *history) {
		t.Helper()
		c := setupClip(t, longWindow)
		c.posts.answers("apify", readings(1_000, 4_000)...)
		h := c.begin(t)
		h.at(after, func() { c.posts.answers("apify", without(clip.ViewsHidden)) })
		return c, h
	}

	t.Run("keeps what it earned", func(t *testing.T) {
		t.Parallel()
		c, h := lost(t, 5*hour)
		h.at(3*oneDay, func() {
			require.Equal(t, clip.Tracking, c.onRecord(t).Status)
			require.Equal(t, string(clip.ViewsHidden), c.onRecord(t).WaitingFor)
		})

		result := c.track(h)

		require.Equal(t, clip.Removed, result.Status)
		require.Equal(t, string(clip.ViewsHidden), c.onRecord(t).StatusReason)
		require.WithinDuration(t, start.Add(7*oneDay), h.Now(), oneDay)
		c.requireEarned(t, 2_000)
	})

	t.Run("is paid for what pacing has deferred", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, slowly)
		c.posts.answers("apify", readings(10, 10_000)...)
		h := c.begin(t)
		h.at(5*hour, func() { c.posts.answers("apify", without(clip.ViewsHidden)) })

		result := c.track(h)

		require.Equal(t, clip.Removed, result.Status)
		c.requireEarned(t, 5_000)
	})

	t.Run("earns on when it is back", func(t *testing.T) {
		t.Parallel()
		c, h := lost(t, 5*hour)
		h.at(4*oneDay, func() { c.posts.answers("apify", readings(9_000)...) })
		h.at(6*oneDay, func() { require.Empty(t, c.onRecord(t).WaitingFor) })

		result := c.track(h)

		require.Equal(t, clip.Finished, result.Status)
		c.requireEarned(t, 4_500)
	})

	t.Run("ends in time, although some looks miss it altogether", func(t *testing.T) {
		t.Parallel()
		c, h := lost(t, 5*hour)
		for day := 1; day < 7; day++ {
			h.at(time.Duration(day)*oneDay, func() { c.posts.answers("apify", count{missing: views.NotFound}, without(clip.ViewsHidden)) })
		}

		result := c.track(h)

		require.Equal(t, clip.Removed, result.Status)
		require.Less(t, h.Now().Sub(start), 10*oneDay)
		c.requireEarned(t, 2_000)
	})

	t.Run("ends soon after the campaign does", func(t *testing.T) {
		t.Parallel()
		c, h := lost(t, 5*hour)
		h.at(3*oneDay, func() { h.SignalWorkflow(workflows.SignalFinalSweep, nil) })

		result := c.track(h)

		require.Equal(t, clip.Removed, result.Status)
		require.Less(t, h.Now().Sub(start), 4*oneDay)
		c.requireEarned(t, 2_000)
	})

	t.Run("is noted once, whatever befalls the note", func(t *testing.T) {
		t.Parallel()
		for clause, rule := range misfortunesAt(step{"NoteWaiting", 1}, step{"NoteWaiting", 2}) {
			t.Run(clause, func(t *testing.T) {
				t.Parallel()
				c := setupClip(t, nil)
				c.posts.answers("apify", count{views: 10}, without(clip.ViewsHidden), without(clip.ViewsHidden), count{views: 4_000})
				c.befall(t, rule)

				survive[workflows.ClipResult](func() *history { return c.begin(t) }, workflows.ClipTracking, c.input)

				require.Equal(t, clip.Finished, c.onRecord(t).Status)
				require.Empty(t, c.onRecord(t).WaitingFor)
				c.requireEarned(t, 2_000)
			})
		}
	})
}

func TestDecisionsOnPostWithoutCounter(t *testing.T) {
	t.Parallel()

	t.Run("let an approved one wait until it has a counter", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, manualReview)
		c.posts.answers("apify", without(clip.Photo))
		h := c.begin(t)
		approved := h.ask(5*hour, workflows.UpdateReview, decided(clip.Approve))
		waiting := c.clipStatus(h, 9*oneDay)
		h.at(12*oneDay, func() { c.posts.answers("apify", readings(10, 4_000)...) })

		result := c.track(h)

		require.NoError(t, approved.failed)
		require.Equal(t, clip.Verifying, *waiting)
		require.Equal(t, clip.Finished, result.Status, "it is not reviewed again")
		c.requireEarned(t, 2_000)
	})

	t.Run("let an approved one wait no longer than the campaign", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.posts.answers("apify", without(clip.Photo))
		h := c.begin(t)
		h.ask(5*hour, workflows.UpdateReview, decided(clip.Approve))
		h.at(20*oneDay, func() { h.SignalWorkflow(workflows.SignalFinalSweep, nil) })

		result := c.track(h)

		require.Equal(t, clip.Rejected, result.Status)
		require.Equal(t, string(clip.Photo), result.Reason)
		require.Less(t, h.Now().Sub(start), 21*oneDay)
	})

	t.Run("reject one at any time", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.posts.answers("apify", without(clip.Photo))
		h := c.begin(t)
		rejected := h.ask(5*hour, workflows.UpdateReview, decided(clip.Reject))

		result := c.track(h)

		require.NoError(t, rejected.failed)
		require.Equal(t, clip.Rejected, result.Status)
		require.Less(t, h.Now().Sub(start), 6*hour)
	})

	t.Run("remove one at any time, which keeps what it earned", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.posts.answers("apify", count{views: 10}, count{views: 4_000}, without(clip.ViewsHidden))
		h := c.begin(t)
		removed := h.ask(30*hour, workflows.UpdateReview, decided(clip.Remove))

		result := c.track(h)

		require.NoError(t, removed.failed)
		require.Equal(t, clip.Removed, result.Status)
		require.Equal(t, clip.RemovedByReviewer, result.Reason)
		c.requireEarned(t, 2_000)
	})

	t.Run("let a tracked one wait until its window ends", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, longWindow)
		c.posts.answers("apify", count{views: 10}, count{views: 1_000}, without(clip.ViewsHidden))
		h := c.begin(t)
		approved := h.ask(30*hour, workflows.UpdateReview, decided(clip.Approve))
		waiting := c.clipStatus(h, 12*oneDay)

		result := c.track(h)

		require.NoError(t, approved.failed)
		require.Equal(t, clip.Tracking, *waiting)
		require.Equal(t, clip.Removed, result.Status)
		c.requireEarned(t, 500)
	})

	t.Run("let one wait that a reviewer approves out of review", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, longWindow)
		c.posts.answers("apify", count{views: 10}, count{views: 1_000}, without(clip.ViewsHidden))
		h := c.begin(t)
		h.ask(4*oneDay, workflows.UpdateReview, decided(clip.Flag))
		h.ask(10*oneDay, workflows.UpdateReview, decided(clip.Approve))
		waiting := c.clipStatus(h, 15*oneDay)
		h.at(16*oneDay, func() { c.posts.answers("apify", readings(4_000)...) })

		result := c.track(h)

		require.Equal(t, clip.Tracking, *waiting)
		require.Equal(t, clip.Finished, result.Status)
		c.requireEarned(t, 2_000)
	})

	t.Run("are refused as always once it has a counter", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, longWindow)
		c.posts.answers("apify", without(clip.Photo), count{views: 1_000})
		h := c.begin(t)
		late := h.ask(5*oneDay, workflows.UpdateReview, decided(clip.Approve))

		c.track(h)

		require.Equal(t, "not_in_review", fault.CodeOf(late.rejected))
	})
}
