package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/workflows"
)

// moves gives the clip's campaign a command after a while, and has the clip read as the campaign would.
func (c *tracked) moves(h *history, after time.Duration, command campaign.Command) {
	h.at(after, func() {
		_, err := c.store.Campaigns.Move(h.t.Context(), campaign.Move{CampaignID: c.campaignID, Command: command, Now: h.Now()})
		require.NoError(h.t, err)
		h.SignalWorkflow(workflows.SignalRead, nil)
	})
}

func TestClipsOfPausedCampaigns(t *testing.T) {
	t.Parallel()

	t.Run("are credited up to the pause, even if it comes just before the next reading", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.posts.answers("apify", readings(1_000)...)
		h := c.begin(t)
		h.at(5*hour+58*time.Minute, func() { c.posts.answers("apify", readings(51_000)...) })
		c.moves(h, 5*hour+59*time.Minute, campaign.Pause)
		h.at(7*hour, func() { c.posts.answers("apify", readings(90_000)...) })

		c.track(h)

		c.requireEarned(t, 25_500)
	})

	t.Run("are credited nothing of a pause between two readings", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.posts.answers("apify", readings(1_000)...)
		h := c.begin(t)
		c.moves(h, 5*hour+10*time.Minute, campaign.Pause)
		h.at(5*hour+20*time.Minute, func() { c.posts.answers("apify", readings(41_000)...) })
		c.moves(h, 5*hour+50*time.Minute, campaign.Resume)

		c.track(h)

		c.requireEarned(t, 500)
	})

	t.Run("are credited by the share of time if no provider answers at that moment", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.input.Schedule.VelocityFactor = 1 // hourly, although nothing grows
		c.posts.answers("apify", readings(1_000)...)
		h := c.begin(t)
		h.at(5*hour+30*time.Minute, func() { c.posts.answers("apify") })
		c.moves(h, 6*hour, campaign.Pause)
		c.moves(h, 9*hour, campaign.Resume)
		h.at(11*hour+time.Minute, func() { c.posts.answers("apify", readings(7_000)...) })

		c.track(h)

		earned := c.onRecord(t).EarnedMinor
		require.InDelta(t, 2_000, earned, 200, "three of six hours are paid, or a little more: the clip is read at most an hour later")
		c.requireEarned(t, earned)
	})

	t.Run("are read once a minute if the campaign is paused and resumed again and again", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.posts.answers("apify", readings(1_000)...)
		h := c.begin(t)
		asked := 0
		h.at(5*hour+9*time.Minute, func() { asked = len(c.posts.asked) })
		for i := range 60 {
			c.moves(h, 5*hour+10*time.Minute+time.Duration(i)*time.Second, []campaign.Command{campaign.Pause, campaign.Resume}[i%2])
		}
		h.at(5*hour+20*time.Minute, func() { asked = len(c.posts.asked) - asked })

		result := c.track(h)

		require.Equal(t, clip.Finished, result.Status)
		require.Equal(t, 2, asked)
	})
}
