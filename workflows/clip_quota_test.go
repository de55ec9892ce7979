package workflows_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/views"
)

// midnightPacific is the next one after a time.
func midnightPacific(after time.Time) time.Time {
	return views.DayQuota{Zone: "America/Los_Angeles"}.NextDay(views.QuotaState{}, after)
}

func (c *tracked) timesAsked(provider string) int {
	c.posts.mu.Lock()
	defer c.posts.mu.Unlock()
	return len(slices.DeleteFunc(slices.Clone(c.posts.asked), func(asked string) bool { return asked != provider }))
}

func TestQuota(t *testing.T) {
	t.Parallel()
	both := []string{"apify", "rapidapi"}

	t.Run("is waited for, which the clip says, and it is read after midnight Pacific", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, longWindow)
		c.posts.answers("apify", readings(10, 1_000, 4_000)...)
		h := c.begin(t)
		midnight := midnightPacific(start.Add(3 * hour))
		h.at(3*hour, func() { c.posts.ration(midnight, both...) })
		untilMidnight := midnight.Sub(start)
		for _, at := range []time.Duration{9 * hour, untilMidnight - time.Minute} {
			h.at(at, func() {
				require.Equal(t, clip.WaitingForQuota, c.onRecord(t).WaitingFor)
				require.Empty(t, c.attentionReason())
			})
		}
		var waited int
		h.at(untilMidnight, func() { waited = c.timesAsked("apify") })
		h.at(untilMidnight+hour, func() {
			require.Empty(t, c.onRecord(t).WaitingFor)
			require.Equal(t, waited+1, c.timesAsked("apify"), "it is read within the half hour over which clips are spread")
		})

		result := c.track(h)

		require.Equal(t, clip.Finished, result.Status)
		c.requireEarned(t, 2_000)
	})

	t.Run("of one provider leaves the next one, which is asked at once", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.posts.ration(start.Add(365*oneDay), "apify")
		c.posts.answers("rapidapi", readings(10, 4_000)...)
		h := c.begin(t)
		h.at(5*time.Second, func() { require.Equal(t, clip.Tracking, c.onRecord(t).Status) })
		h.at(20*hour, func() { require.Empty(t, c.onRecord(t).WaitingFor) })
		h.sweepAt(26 * hour)

		result := c.track(h)

		require.Equal(t, clip.Finished, result.Status)
		require.Equal(t, c.timesAsked("rapidapi"), c.timesAsked("apify"), "no refusal is tried again by itself")
		c.requireEarned(t, 2_000)
	})

	t.Run("is waited for if another provider fails, and nothing needs attention", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, longWindow)
		c.posts.ration(start.Add(4*oneDay), "apify")
		h := c.begin(t)
		h.at(3*oneDay, func() {
			require.Equal(t, clip.WaitingForQuota, c.onRecord(t).WaitingFor)
			require.Empty(t, c.attentionReason())
			c.posts.answers("apify", readings(4_000)...)
		})
		h.at(5*oneDay, func() {
			require.Equal(t, clip.Tracking, c.onRecord(t).Status)
			require.Empty(t, c.onRecord(t).WaitingFor)
		})

		result := c.track(h)

		require.Equal(t, clip.Finished, result.Status)
		c.requireEarned(t, 2_000)
	})

	t.Run("that is over leaves the attention to providers that fail then", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, longWindow)
		c.posts.ration(start.Add(10*hour), both...)
		h := c.begin(t)
		h.at(11*hour, func() {
			require.Empty(t, c.onRecord(t).WaitingFor, "providers fail, and no quota is waited for")
			require.Empty(t, c.attentionReason())
		})
		h.at(3*oneDay, func() {
			require.Equal(t, "providers_failing", c.attentionReason())
			c.posts.ration(start.Add(4*oneDay), both...)
			c.posts.answers("apify", readings(4_000)...)
		})
		h.at(4*oneDay-time.Minute, func() { require.Empty(t, c.attentionReason()) })

		result := c.track(h)

		require.Equal(t, clip.Finished, result.Status)
	})

	t.Run("does not replace what is known against a post", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, longWindow)
		c.posts.answers("apify", count{missing: views.NotFound})
		c.posts.answers("rapidapi", count{missing: views.NotFound})
		h := c.begin(t)
		h.at(time.Hour, func() { c.posts.ration(start.Add(3*hour), both...) })
		h.at(2*hour, func() {
			require.Equal(t, views.NotFound, c.onRecord(t).WaitingFor)
			c.posts.answers("apify", readings(4_000)...)
		})

		require.Equal(t, clip.Finished, c.track(h).Status)
	})
}

func TestLastReadingsWithoutQuota(t *testing.T) {
	t.Parallel()
	both := []string{"apify", "rapidapi"}

	t.Run("wait for it, longer than for providers that fail", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.posts.answers("apify", readings(10, 4_000)...)
		h := c.begin(t)
		h.at(25*hour, func() { c.posts.ration(start.Add(26*hour+40*hour), both...) })
		h.sweepAt(26 * hour)
		c.answersAt(h, 26*hour, "apify", 9_000)
		h.at(50*hour, func() { require.Equal(t, clip.WaitingForQuota, c.onRecord(t).WaitingFor) })

		result := c.track(h)

		require.Equal(t, clip.Finished, result.Status)
		require.Empty(t, result.Reason)
		c.requireEarned(t, 4_500)
	})

	t.Run("end after two days without it", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.posts.answers("apify", readings(10, 4_000)...)
		h := c.begin(t)
		h.at(25*hour, func() { c.posts.ration(start.Add(365*oneDay), both...) })
		h.sweepAt(26 * hour)

		result := c.track(h)

		require.Equal(t, clip.Finished, result.Status)
		require.Equal(t, clip.LastReadingMissing, result.Reason)
		require.WithinDuration(t, start.Add(26*hour+48*hour), h.Now(), time.Hour)
		require.Empty(t, c.attentionReason())
		require.Less(t, c.timesAsked("apify"), 100)
		c.requireEarned(t, 2_000)
	})

	t.Run("do not count it as a time in which providers failed", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.posts.answers("apify", readings(10, 4_000)...)
		h := c.begin(t)
		c.answersAt(h, 25*hour, "apify")
		h.sweepAt(26 * hour)
		h.at(36*hour, func() { c.posts.ration(start.Add(60*hour), both...) })
		c.answersAt(h, 68*hour, "apify", 9_000)

		result := c.track(h)

		require.Equal(t, clip.Finished, result.Status)
		require.Empty(t, result.Reason)
		c.requireEarned(t, 4_500)
	})

	t.Run("of a post that was never read end as not verifiable", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.posts.ration(start.Add(365*oneDay), both...)
		h := c.begin(t)
		h.sweepAt(3 * hour)

		result := c.track(h)

		require.Equal(t, clip.Rejected, result.Status)
		require.Equal(t, clip.NotVerifiable, result.Reason)
	})
}
