package workflows_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/workflows"
)

// vanish has providers miss the post from then on.
func (c *tracked) vanish(h *history, after time.Duration, providers ...string) {
	h.at(after, func() {
		for _, provider := range providers {
			c.posts.answers(provider, count{missing: views.Removed})
		}
	})
}

func TestMissingPost(t *testing.T) {
	t.Parallel()

	for name, tc := range map[string]struct {
		providers []string
		after     time.Duration
	}{
		"two days after one provider misses it, while the other does not answer": {[]string{"apify"}, 48 * time.Hour},
		"a day after two providers miss it":                                      {[]string{"apify", "rapidapi"}, 24 * time.Hour},
	} {
		t.Run("is removed "+name+", and keeps what it earned", func(t *testing.T) {
			t.Parallel()
			c := setupClip(t, nil)
			c.input.Schedule.VelocityFactor = 1 // hourly, although nothing grows
			c.posts.answers("apify", readings(1_000, 4_000)...)
			h := c.begin(t)
			c.vanish(h, 5*hour, tc.providers...)

			result := c.track(h)

			require.Equal(t, clip.Removed, result.Status)
			require.Equal(t, views.Removed, c.onRecord(t).StatusReason)
			require.WithinDuration(t, start.Add(5*hour+tc.after), h.Now(), 2*hour)
			c.requireEarned(t, 2_000)
		})
	}

	t.Run("is paid in full when it is back", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.posts.answers("apify", readings(10, 1_000)...)
		h := c.begin(t)
		c.vanish(h, 5*hour, "apify", "rapidapi")
		h.at(26*hour, func() { c.posts.answers("apify", readings(4_000)...) })
		c.vanish(h, 40*hour, "apify", "rapidapi")
		h.at(60*hour, func() { c.posts.answers("apify", readings(6_000)...) })

		result := c.track(h)

		require.Equal(t, clip.Finished, result.Status)
		c.requireEarned(t, 3_000)
	})

	t.Run("is not gone because time has passed in which no provider answered", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, longWindow)
		c.posts.answers("apify", readings(1_000)...)
		h := c.begin(t)
		c.vanish(h, 5*hour, "apify", "rapidapi")
		h.at(9*hour, func() { c.posts.answers("apify"); c.posts.answers("rapidapi") })
		c.vanish(h, 49*hour, "apify", "rapidapi")
		h.at(60*hour, func() { c.posts.answers("apify", readings(4_000)...) })

		result := c.track(h)

		require.Equal(t, clip.Finished, result.Status)
		c.requireEarned(t, 2_000)
	})

	t.Run("is not gone because it was in review for days", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, longWindow)
		c.posts.answers("apify", readings(1_000)...)
		h := c.begin(t)
		c.vanish(h, 5*hour, "apify", "rapidapi")
		h.ask(9*hour, workflows.UpdateReview, decided(clip.Flag))
		h.at(10*hour, func() { c.posts.answers("apify", readings(1_000)...) })
		c.vanish(h, 5*oneDay-hour, "apify", "rapidapi")
		h.ask(5*oneDay, workflows.UpdateReview, decided(clip.Approve))
		h.at(5*oneDay+5*hour, func() { c.posts.answers("apify", readings(4_000)...) })

		result := c.track(h)

		require.Equal(t, clip.Finished, result.Status)
		c.requireEarned(t, 2_000)
	})

	t.Run("is read from another provider that finds it", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.posts.answers("apify", count{missing: views.NotFound})
		c.posts.answers("rapidapi", readings(10, 4_000)...)

		result := c.track(c.begin(t))

		require.Equal(t, clip.Finished, result.Status)
		c.requireEarned(t, 2_000)
	})

	t.Run("is read from the next provider at once while the circuit of the first is open", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.posts.answers("apify", count{err: fault.New(fault.Unavailable, views.CircuitOpen, "apify is not asked about tiktok")})
		c.posts.answers("rapidapi", readings(10, 4_000)...)

		result := c.track(c.begin(t))

		require.Equal(t, clip.Finished, result.Status)
		require.Equal(t, []string{"apify", "rapidapi", "apify", "rapidapi"}, c.posts.asked[:4], "without a retry")
		c.requireEarned(t, 2_000)
	})

	t.Run("is looked for seldom", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.posts.answers("apify", count{views: 10}, count{missing: views.NotFound})
		c.posts.answers("rapidapi", count{missing: views.NotFound})

		c.track(c.begin(t))

		require.LessOrEqual(t, len(c.posts.asked), 25)
	})

	t.Run("gets hours to become visible when it is new", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.posts.answers("apify", count{missing: views.NotFound})
		h := c.begin(t)
		waiting := c.clipStatus(h, 5*hour)
		h.at(5*hour, func() { c.posts.answers("apify", readings(4_000)...) })

		result := c.track(h)

		require.Equal(t, clip.Verifying, *waiting)
		require.Equal(t, clip.Finished, result.Status)
		c.requireEarned(t, 2_000)
	})

	t.Run("is proved to be missing after the campaign's end too", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.posts.answers("apify", readings(1_000)...)
		h := c.begin(t)
		c.vanish(h, 5*hour, "apify", "rapidapi")
		h.at(6*hour, func() { h.SignalWorkflow(workflows.SignalFinalSweep, nil) })
		h.at(20*hour, func() { c.posts.answers("apify", readings(9_000)...) })

		result := c.track(h)

		require.Equal(t, clip.Finished, result.Status)
		require.Less(t, h.Now().Sub(start), 30*hour)
		c.requireEarned(t, 4_500)
	})

	t.Run("keeps what pacing has deferred", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, slowly)
		c.posts.answers("apify", readings(10, 10_000)...)
		h := c.begin(t)
		c.vanish(h, 5*hour, "apify", "rapidapi")

		result := c.track(h)

		require.Equal(t, clip.Removed, result.Status)
		require.Equal(t, int64(5_000), result.EarnedMinor)
		c.requireEarned(t, 5_000)
	})
}

func TestPostThatIsBack(t *testing.T) {
	t.Parallel()

	// missed returns a clip that ended because its post was missing.
	missed := func(t *testing.T, seen ...count) *tracked {
		t.Helper()
		c := setupClip(t, nil)
		c.posts.answers("apify", append(seen, count{missing: views.NotFound})...)
		require.True(t, c.track(c.begin(t)).Status.Terminal())
		c.posts.answers("apify", readings(4_000, 6_000)...)
		return c
	}

	t.Run("earns on when it is submitted again", func(t *testing.T) {
		t.Parallel()
		c := missed(t, readings(10, 1_000)...)
		require.Equal(t, clip.Removed, c.onRecord(t).Status)
		c.requireEarned(t, 500)

		result := c.track(c.begin(t))

		require.Equal(t, clip.Finished, result.Status)
		c.requireEarned(t, 3_000)
	})

	t.Run("is verified when it was not visible before", func(t *testing.T) {
		t.Parallel()
		c := missed(t)
		require.Equal(t, clip.Rejected, c.onRecord(t).Status)

		result := c.track(c.begin(t))

		require.Equal(t, clip.Finished, result.Status)
		c.requireEarned(t, 3_000)
	})

	t.Run("starts again once, although the answer is lost", func(t *testing.T) {
		t.Parallel()
		c := missed(t, readings(10, 1_000)...)
		c.mishaps.add(&mishap{activity: "CreateClip", when: afterWork, times: 1, ends: true})

		survive[workflows.ClipResult](func() *history { return c.begin(t) }, workflows.ClipTracking, c.input)

		require.Equal(t, clip.Finished, c.onRecord(t).Status)
		c.requireEarned(t, 3_000)
	})

	t.Run("stays removed if a person removed it", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.posts.answers("apify", readings(1_000)...)
		h := c.begin(t)
		h.ask(5*hour, workflows.UpdateReview, decided(clip.Remove))
		c.track(h)
		c.posts.answers("apify", readings(9_000)...)

		result := c.track(c.begin(t))

		require.Equal(t, clip.Removed, result.Status)
		c.requireEarned(t, 500)
	})

	t.Run("stays removed if the campaign accepts no clips any more", func(t *testing.T) {
		t.Parallel()
		c := missed(t, readings(10, 1_000)...)
		require.NoError(t, c.store.Campaigns.StopSubmissions(t.Context(), c.campaignID))

		result := c.track(c.begin(t))

		require.Equal(t, clip.Removed, result.Status)
		c.requireEarned(t, 500)
	})

	t.Run("belongs to the creator who submitted it in the time between", func(t *testing.T) {
		t.Parallel()
		c := missed(t)
		other := *c
		other.input.ClipID = uuid.NewString()
		other.track(other.begin(t))
		h := c.begin(t)
		submitted := h.ask(0, workflows.UpdateSubmitted)

		c.track(h)

		require.Equal(t, "duplicate_clip", fault.CodeOf(submitted.failed))
		require.Equal(t, clip.Rejected, c.onRecord(t).Status)
		require.Zero(t, c.onRecord(t).EarnedMinor)
		c.requireBooksInOrder(t)
	})
}
