package workflows_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/clips"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/workflows"
)

func TestDecisionsOnClips(t *testing.T) {
	t.Parallel()

	t.Run("are refused where they are impossible, and change nothing", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, manualReview)
		c.posts.answers("apify", readings(10, 4_000)...)
		h := c.begin(t)
		flagged := h.ask(hour, workflows.UpdateReview, decided(clip.Flag))
		unexplained := h.ask(hour, workflows.UpdateReview, workflows.Review{Decision: clip.Remove, Actor: "reviewer"})
		unknown := h.ask(hour, workflows.UpdateReview, decided("like"))
		restored := h.ask(hour, workflows.UpdateRestored, workflows.Restored{ID: uuid.NewString(), Actor: "reviewer", Reason: clip.DecidedInError})
		h.ask(2*hour, workflows.UpdateReview, decided(clip.Approve))

		result := c.track(h)

		require.Equal(t, "not_tracked", fault.CodeOf(flagged.rejected))
		require.Equal(t, "code_missing", fault.CodeOf(unexplained.rejected))
		require.Equal(t, "unknown_decision", fault.CodeOf(unknown.rejected))
		require.Equal(t, "clip_not_ended", fault.CodeOf(restored.rejected))
		require.Equal(t, clip.Finished, result.Status)
		c.requireEarned(t, 2_000)
	})

	t.Run("remove one that waits for review", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, manualReview)
		c.posts.answers("apify", readings(10, 4_000)...)
		h := c.begin(t)
		removed := h.ask(2*hour, workflows.UpdateReview, decided(clip.Remove))

		result := c.track(h)

		require.NoError(t, removed.failed)
		require.Equal(t, clip.Removed, result.Status)
		c.requireEarned(t, 0)
	})

	t.Run("remove one that is being verified, and say so", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		h := c.begin(t)
		removed := h.ask(hour, workflows.UpdateReview, decided(clip.Remove))

		result := c.track(h)

		require.NoError(t, removed.failed)
		require.Equal(t, clip.Rejected, result.Status)
		require.Equal(t, clip.RemovedByReviewer, c.onRecord(t).StatusReason)
	})

	t.Run("do not flag one that takes its final reading", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.posts.answers("apify", readings(1_000)...)
		h := c.begin(t)
		h.at(5*hour, func() {
			c.posts.answers("apify")
			h.SignalWorkflow(workflows.SignalFinalSweep, nil)
		})
		flagged := h.ask(5*hour+10*time.Minute, workflows.UpdateReview, decided(clip.Flag))

		result := c.track(h)

		require.Equal(t, "campaign_ending", fault.CodeOf(flagged.rejected))
		require.Equal(t, clip.Finished, result.Status)
		c.requireEarned(t, 500)
	})

	t.Run("of a reviewer stay when the post is submitted again", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.posts.answers("apify", readings(10, 1_000)...)
		h := c.begin(t)
		h.ask(5*hour, workflows.UpdateReview, decided(clip.Flag))
		free := h.ask(6*hour, workflows.UpdateReview, workflows.Review{Decision: clip.Reject, Actor: "reviewer", Reason: views.Private})
		h.ask(6*hour, workflows.UpdateReview, decided(clip.Reject))
		c.track(h)

		result := c.track(c.begin(t))

		require.Equal(t, "unknown_code", fault.CodeOf(free.rejected))
		require.Equal(t, clip.Rejected, result.Status)
		c.requireEarned(t, 500)
	})

	t.Run("are carried out once, whatever befalls them", func(t *testing.T) {
		t.Parallel()
		for clause, rule := range misfortunesAt(step{"RecordOperatorAction", 1}, step{"MoveClip", 2}) {
			t.Run(clause, func(t *testing.T) {
				t.Parallel()
				c := setupClip(t, nil)
				c.posts.answers("apify", readings(1_000)...)
				c.befall(t, rule)
				asked := false

				survive[workflows.ClipResult](func() *history {
					h := c.begin(t)
					if !asked {
						asked = true
						h.ask(5*hour, workflows.UpdateReview, decided(clip.Remove))
					}
					return h
				}, workflows.ClipTracking, c.input)

				require.True(t, c.onRecord(t).Status.Terminal())
				c.requireEarned(t, 500)
			})
		}
	})
}

func TestRestoredClip(t *testing.T) {
	t.Parallel()

	// removed returns a clip that a reviewer removed after it had earned 500.
	removed := func(t *testing.T) *tracked {
		t.Helper()
		c := setupClip(t, manualReview)
		c.posts.answers("apify", readings(10, 1_000)...)
		h := c.begin(t)
		h.ask(hour, workflows.UpdateReview, decided(clip.Approve))
		h.ask(5*hour, workflows.UpdateReview, decided(clip.Remove))
		c.track(h)
		require.Equal(t, clip.RemovedByReviewer, c.onRecord(t).StatusReason)
		c.posts.answers("apify", readings(4_000)...)
		c.input.Restored = &workflows.Restored{ID: uuid.NewString(), Actor: "reviewer", Reason: clip.DecidedInError}
		return c
	}

	t.Run("earns on without another review, and its reviewer is on record", func(t *testing.T) {
		t.Parallel()
		c := removed(t)
		h := c.begin(t)
		restored := h.ask(0, workflows.UpdateRestored, *c.input.Restored)
		again := h.ask(2*hour, workflows.UpdateRestored, *c.input.Restored)
		other := h.ask(2*hour, workflows.UpdateRestored, workflows.Restored{ID: uuid.NewString(), Actor: "reviewer", Reason: clip.DecidedInError})

		result := c.track(h)

		require.NoError(t, restored.failed)
		require.NoError(t, again.rejected)
		require.Equal(t, "clip_not_ended", fault.CodeOf(other.rejected))
		require.Equal(t, clip.Finished, result.Status)
		c.requireEarned(t, 2_000)
		var actor string
		require.NoError(t, c.store.DB.Pool.QueryRow(t.Context(), "SELECT actor FROM operator_actions WHERE subject = $1 AND action = 'restore'", names.Clip(c.input.ClipID)).Scan(&actor))
		require.Equal(t, "reviewer", actor)
	})

	for clause, rule := range misfortunesAt(step{"RestoreClip", 1}) {
		t.Run("starts again once although "+clause, func(t *testing.T) {
			t.Parallel()
			c := removed(t)
			c.befall(t, rule)

			survive[workflows.ClipResult](func() *history { return c.begin(t) }, workflows.ClipTracking, c.input)

			require.Equal(t, clip.Finished, c.onRecord(t).Status)
			c.requireEarned(t, 2_000)
		})
	}

	t.Run("is not rejected as never seen when its post is missing", func(t *testing.T) {
		t.Parallel()
		c := removed(t)
		c.posts.answers("apify", count{missing: views.NotFound})
		c.posts.answers("rapidapi", count{missing: views.NotFound})
		h := c.begin(t)
		waiting := c.clipStatus(h, 20*hour)

		result := c.track(h)

		require.Equal(t, clip.Verifying, *waiting)
		require.Equal(t, clip.Removed, result.Status)
		c.requireEarned(t, 500)
	})

	t.Run("takes its final reading at once when its campaign is ending", func(t *testing.T) {
		t.Parallel()
		for _, status := range []string{"live", "paused"} {
			t.Run("and "+status, func(t *testing.T) {
				t.Parallel()
				c := removed(t)
				c.posts.answers("apify", readings(4_000, 4_000, 50_000)...)
				c.disturb(t, "UPDATE campaigns SET status = $2, closing_at = now() WHERE id = $1", c.campaignID, status)
				h := c.begin(t)
				restored := h.ask(0, workflows.UpdateRestored, *c.input.Restored)

				result := c.track(h)

				require.NoError(t, restored.failed)
				require.Equal(t, clip.Finished, result.Status)
				require.Equal(t, int64(4_000), result.Views)
				c.requireEarned(t, 2_000)
			})
		}
	})

	t.Run("starts again while its campaign is paused, and earns what is gained after that", func(t *testing.T) {
		t.Parallel()
		c := removed(t)
		c.posts.answers("apify", append(readings(1_000, 1_000), readings(10, 3_000)...)...)
		c.disturb(t, "UPDATE campaigns SET status = 'paused' WHERE id = $1", c.campaignID)
		h := c.begin(t)
		restored := h.ask(0, workflows.UpdateRestored, *c.input.Restored)
		h.at(30*time.Minute, func() { c.disturb(t, "UPDATE campaigns SET status = 'live' WHERE id = $1", c.campaignID) })

		result := c.track(h)

		require.NoError(t, restored.failed)
		require.Equal(t, clip.Finished, result.Status)
		c.requireEarned(t, 1_500)
	})

	t.Run("stays removed when its appeal is overturned after the end of its campaign, and nothing is kept", func(t *testing.T) {
		t.Parallel()
		c := removed(t)
		filed, err := c.store.Clips.FileAppeal(t.Context(), clips.NewAppeal{ID: uuid.NewString(), ClipID: c.input.ClipID, Statement: "It is mine.", FiledBy: "creator", At: c.clock.Now()})
		require.NoError(t, err)
		c.disturb(t, "UPDATE campaigns SET status = 'completed', closing_at = now() WHERE id = $1", c.campaignID)
		c.input.Restored.AppealID, c.input.Restored.Reason = filed.ID, clip.OverturnedOnAppeal
		h := c.begin(t)
		restored := h.ask(0, workflows.UpdateRestored, *c.input.Restored)

		result := c.track(h)

		require.NoError(t, restored.failed)
		require.Equal(t, clip.Removed, result.Status)
		require.Equal(t, string(clip.OverturnedOnAppeal), c.onRecord(t).StatusReason)
		require.Equal(t, clip.AppealOverturned, c.onRecord(t).AppealStatus)
		c.requireEarned(t, 500)
	})

	t.Run("stays finished when it has earned to its end", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.posts.answers("apify", readings(10, 1_000)...)
		c.track(c.begin(t))
		c.input.Restored = &workflows.Restored{ID: uuid.NewString(), Actor: "reviewer", Reason: clip.DecidedInError}
		h := c.begin(t)
		restored := h.ask(0, workflows.UpdateRestored, *c.input.Restored)

		c.track(h)

		require.Equal(t, "clip_not_ended", fault.CodeOf(restored.failed))
		c.requireEarned(t, 500)
	})
}
