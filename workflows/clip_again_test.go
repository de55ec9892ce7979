package workflows_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/workflow"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/workflows"
)

func TestClipStartsAgain(t *testing.T) {
	t.Parallel()

	steps := []step{{"CreateClip", 1}, {"Observe", 2}, {"VerifyClip", 1}, {"RecordReading", 1}, {"RecordReading", 3}, {"MoveClip", 1}, {"MoveClip", 2}}
	for clause, rule := range misfortunesAt(steps...) {
		t.Run("and credits once although "+clause, func(t *testing.T) {
			t.Parallel()
			c := setupClip(t, nil)
			c.posts.answers("apify", readings(10, 1_000, 2_000, 3_000, 4_000)...)
			c.befall(t, rule)

			survive[workflows.ClipResult](func() *history { return c.begin(t) }, workflows.ClipTracking, c.input)

			require.Equal(t, clip.Finished, c.onRecord(t).Status)
			c.requireEarned(t, 2_000)
		})
	}

	t.Run("and goes on with the numbers of its readings", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.posts.answers("apify", readings(10, 1_000, 2_000, 3_000, 4_000)...)
		c.mishaps.add(&mishap{activity: "RecordReading", when: afterWork, skip: 2, times: 1, ends: true})
		h := c.begin(t)
		h.ExecuteWorkflow(workflows.ClipTracking, c.input)
		h.requireTerminated()

		result := c.track(c.begin(t))

		observed, err := c.store.Clips.ListObservations(t.Context(), c.input.ClipID, 0, 1000)
		require.NoError(t, err)
		require.Len(t, observed, result.Polls)
		require.Equal(t, int64(2_000), result.EarnedMinor)
	})

	t.Run("in review, and is tracked when it is approved", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, manualReview)
		c.posts.answers("apify", readings(10)...)
		c.mishaps.terminate("MoveClip", afterWork)
		h := c.begin(t)
		h.ExecuteWorkflow(workflows.ClipTracking, c.input)
		h.requireTerminated()
		h = c.begin(t)
		h.ask(2*hour, workflows.UpdateReview, reviewed(true))
		h.at(10*hour, func() { c.posts.answers("apify", readings(4_000)...) })

		result := c.track(h)

		require.Equal(t, clip.Finished, result.Status)
		c.requireEarned(t, 2_000)
	})

	t.Run("and is removed when the post has gone in that time", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.posts.answers("apify", readings(10, 1_000)...)
		c.mishaps.add(&mishap{activity: "RecordReading", when: afterWork, skip: 2, times: 1, ends: true})
		h := c.begin(t)
		h.ExecuteWorkflow(workflows.ClipTracking, c.input)
		h.requireTerminated()
		c.posts.answers("apify", count{missing: views.Removed})

		result := c.track(c.begin(t))

		require.True(t, result.Status.Terminal())
		require.Equal(t, result.Status, c.onRecord(t).Status)
		c.requireEarned(t, 500)
	})

	t.Run("as new and keeps its state", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.posts.answers("apify", readings(10, 1_000, 2_000, 3_000, 4_000)...)
		histories := 0
		for ; histories < 300; histories++ {
			h := c.begin(t)
			h.SetContinueAsNewSuggested(true)
			h.ExecuteWorkflow(workflows.ClipTracking, c.input)
			var next *workflow.ContinueAsNewError
			if !errors.As(h.GetWorkflowError(), &next) {
				require.NoError(t, h.GetWorkflowError())
				break
			}
			carryOver(t, next, &c.input)
		}

		require.Greater(t, histories, 5)
		require.Equal(t, clip.Finished, c.onRecord(t).Status)
		c.requireEarned(t, 2_000)
	})
}
