package workflows_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/workflows"
)

func TestClipWhoseProviderWasTakenOut(t *testing.T) {
	t.Parallel()

	t.Run("waits for it once a day, and is read by the next one in time", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.input.Schedule.VelocityFactor = 1 // hourly, on the first day
		c.posts.answers("rapidapi", readings(10, 1_000, 2_000, 3_000, 4_000)...)
		c.mishaps.leave(workflows.QueueViews("apify"))
		h := c.begin(t)
		// The verification waits for half an hour, and each hour has a reading after that.
		var asked int
		h.at(20*hour+hour/2, func() { asked = len(c.posts.asked) })

		result := c.track(h)

		require.Equal(t, 1+20, asked)
		require.Equal(t, clip.Finished, result.Status)
		c.requireEarned(t, 2_000)
	})

	t.Run("is read by it again, after a day or as soon as the others fail", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.posts.answers("rapidapi", readings(10, 1_000)...)
		c.posts.answers("apify", readings(4_000)...)
		c.mishaps.leave(workflows.QueueViews("apify"))
		h := c.begin(t)
		h.at(5*hour, func() {
			c.mishaps.leave("")
			c.posts.answers("rapidapi")
		})
		h.sweepAt(10 * hour)

		result := c.track(h)

		require.Equal(t, clip.Finished, result.Status)
		c.requireEarned(t, 2_000)
	})
}

func TestFailoverIsReadableInTheHistory(t *testing.T) {
	t.Parallel()
	c := setupClip(t, nil)
	c.input.Chain = []string{"apify", "brightdata", "rapidapi"}
	c.posts.answers("apify") // is down
	c.posts.answers("brightdata", count{missing: views.NotFound})
	c.posts.answers("rapidapi", readings(10, 1_000)...)
	h := c.begin(t)

	c.track(h)

	require.Subset(t, c.mishaps.summaries.all(), []string{
		"Read the views from apify", "After apify (provider_down), read the views from brightdata", "After brightdata (not_found), read the views from rapidapi",
	})
	c.requireEarned(t, 500)
}
