package clip_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/clip"
)

func TestCounterless(t *testing.T) {
	t.Parallel()

	t.Run("tells its kinds from the other reasons", func(t *testing.T) {
		t.Parallel()
		for _, kind := range clip.CounterlessKinds() {
			require.True(t, clip.IsCounterless(string(kind)))
		}
		for _, reason := range []string{"", "not_found", "private", "removed", "error", "Photo"} {
			require.False(t, clip.IsCounterless(reason), reason)
		}
	})

	t.Run("explains each kind to the creator, while it waits and when it has ended", func(t *testing.T) {
		t.Parallel()
		for _, kind := range clip.CounterlessKinds() {
			waiting, ok := clip.ExplainWaiting(string(kind))
			require.True(t, ok, kind)
			ended, ok := clip.ExplainEnd(string(kind), false)
			require.True(t, ok, kind)
			for _, found := range []clip.Explanation{waiting, ended} {
				require.NotEmpty(t, found.Text, kind)
				require.Contains(t, []clip.Actor{clip.ByCreator, clip.ByReviewer, clip.ByPlatform, clip.NoActor}, found.Next)
			}
		}
	})

	t.Run("has no words for a reason in a reviewer's own words", func(t *testing.T) {
		t.Parallel()
		_, ok := clip.ExplainEnd("seen by the reviewer", true)
		require.False(t, ok)
	})

	t.Run("lets a post start again that has its counter by now", func(t *testing.T) {
		t.Parallel()
		for _, kind := range clip.CounterlessKinds() {
			require.True(t, clip.StartsAgain(clip.Rejected, string(kind)))
			require.True(t, clip.StartsAgain(clip.Removed, string(kind)))
			require.False(t, clip.StartsAgain(clip.Tracking, string(kind)))
		}
	})

	t.Run("can be decided on before it is verified", func(t *testing.T) {
		t.Parallel()
		for decision, statuses := range map[clip.Decision][]clip.Status{
			clip.Approve: {clip.Verifying, clip.InReview, clip.Tracking},
			clip.Reject:  {clip.Verifying, clip.InReview},
			clip.Flag:    {clip.Tracking},
			clip.Remove:  {clip.Verifying, clip.InReview, clip.Tracking},
			clip.Restore: {clip.Rejected, clip.Removed},
		} {
			for _, status := range clip.Statuses() {
				if err := decision.AllowWaiting(status); err == nil {
					require.Contains(t, statuses, status, decision)
				} else {
					require.NotContains(t, statuses, status, decision)
				}
			}
		}
	})
}
