package workflows_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest/live"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/views"
)

// Twelve clips on three platforms are not found for an hour, or no provider answers about them. None is removed, and all
// are paid in full once the answers are back.
func TestTwelveClipsThatAreSilentForAnHour(t *testing.T) {
	t.Parallel()
	platforms := []clip.Platform{clip.TikTok, clip.Instagram, clip.YouTube}
	c := setupClip(t, func(agreed *campaign.Terms) {
		agreed.Platforms, agreed.TrackingWindow = platforms, agreed.TrackingWindow*4
	})
	c.posts.author = "UC" + c.creator.handle[:14] + "01234567"
	for _, platform := range platforms {
		_, err := live.Prove(t.Context(), c.store, c.creator.id, platform, c.posts.author)
		require.NoError(t, err)
	}
	silences := [][]count{
		{{missing: views.NotFound}},
		{{missing: views.Removed}},
		{{missing: views.Private}},
		{{err: fault.New(fault.Unavailable, "provider_unavailable", "it does not answer")}},
	}

	for i := range 12 {
		platform, silence := platforms[i%len(platforms)], silences[i/len(platforms)]
		c.input.ClipID, c.input.Platform, c.input.ExternalID = uuid.NewString(), platform, newPost()
		c.posts.at = c.clock.Now().Add(-time.Hour)
		says := fmt.Sprintf("clip %d on %s", i, platform)
		c.posts.answers("apify", readings(100, 1_000)...)
		c.posts.answers("rapidapi", count{missing: views.NotFound})
		h := c.begin(t)
		var before int
		h.at(150*time.Minute, func() {
			before = len(c.posts.asked)
			for _, provider := range c.input.Chain {
				c.posts.answers(provider, silence...)
			}
		})
		during := c.clipStatus(h, 209*time.Minute)
		h.at(210*time.Minute, func() {
			require.GreaterOrEqual(t, len(c.posts.asked)-before, 2*len(c.input.Chain), "%s was asked for", says)
			c.posts.answers("apify", readings(4_000)...)
		})
		h.sweepAt(8 * hour)

		result := c.track(h)

		require.Equal(t, clip.Tracking, *during, says)
		require.Equal(t, clip.Finished, result.Status, says)
		require.Empty(t, result.Reason, says)
		require.Equal(t, int64(2_000), c.onRecord(t).EarnedMinor, says)
	}

	c.requireBooksInOrder(t)
}
