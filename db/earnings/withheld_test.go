package earnings_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/earnings"
	"github.com/creditroll/creditroll/domain/views"
)

// withheld is a campaign that has ended. A dispute has frozen its budget when its first clip, which has 10,000
// views, had its final reading.
func withheld(t *testing.T, end campaign.Command) *world.World {
	t.Helper()
	w := paced(t, nil)
	require.NoError(t, w.Campaigns.RecordDisputeOpened(t.Context(), w.Dispute(100_000)))
	recorded, err := w.Earnings.RecordReading(t.Context(), final(w.Reading(0, 1, 10_000)))
	require.NoError(t, err)
	require.Equal(t, earnings.Credit{LimitedBy: earnings.Dispute, Views: 10_000, HighWaterViews: 10_000, AcceptedViews: 10_000, Decision: views.Plausible, CampaignStatus: campaign.Live, ViewsLeft: 189_999}, recorded)
	require.NoError(t, w.Clips.Move(t.Context(), w.ClipIDs[0], clip.Finished, ""))
	w.Move(t, end)
	return w
}

func creditsWithheld(t *testing.T, w *world.World) bool {
	t.Helper()
	standing, err := w.Campaigns.GetStanding(t.Context(), w.CampaignID, 1)
	require.NoError(t, err)
	return standing.Facts.CreditsWithheld
}

func TestCreditWithheld(t *testing.T) {
	t.Parallel()
	for _, end := range []campaign.Command{campaign.Complete, campaign.Cancel} {
		t.Run("credits what a won dispute has held back, once, after "+string(end), func(t *testing.T) {
			t.Parallel()
			w := withheld(t, end)
			require.False(t, creditsWithheld(t, w), "the dispute is open")
			require.NoError(t, w.Campaigns.RecordDisputeWon(t.Context(), w.Dispute(1).DisputeID, world.Now))
			require.True(t, creditsWithheld(t, w))

			first, err := w.Earnings.CreditWithheld(t.Context(), w.CampaignID, world.Now)
			require.NoError(t, err)
			require.False(t, creditsWithheld(t, w))
			again, err := w.Earnings.CreditWithheld(t.Context(), w.CampaignID, world.Now)
			require.NoError(t, err)

			require.Equal(t, []int64{5000, 0}, []int64{first, again})
			w.RequireBooksInOrder(t)
		})
	}

	t.Run("credits from what one won dispute has released while another one is open", func(t *testing.T) {
		t.Parallel()
		w := paced(t, nil)
		first, second := w.Dispute(60_000), w.Dispute(40_000)
		second.DisputeID += "_2"
		require.NoError(t, w.Campaigns.RecordDisputeOpened(t.Context(), first))
		require.NoError(t, w.Campaigns.RecordDisputeOpened(t.Context(), second))
		_, err := w.Earnings.RecordReading(t.Context(), final(w.Reading(0, 1, 10_000)))
		require.NoError(t, err)
		require.NoError(t, w.Clips.Move(t.Context(), w.ClipIDs[0], clip.Finished, ""))
		w.Move(t, campaign.Complete)
		require.False(t, creditsWithheld(t, w), "nothing is free")
		require.NoError(t, w.Campaigns.RecordDisputeWon(t.Context(), first.DisputeID, world.Now))
		require.True(t, creditsWithheld(t, w))
		require.NoError(t, w.Campaigns.ReturnBudget(t.Context(), w.CampaignID, world.Now))

		credited, err := w.Earnings.CreditWithheld(t.Context(), w.CampaignID, world.Now)

		require.NoError(t, err)
		require.Equal(t, int64(5000), credited)
		require.False(t, creditsWithheld(t, w))
		w.RequireBooksInOrder(t)
	})

	t.Run("credits a clip that had no final reading", func(t *testing.T) {
		t.Parallel()
		w := paced(t, nil)
		require.NoError(t, w.Campaigns.RecordDisputeOpened(t.Context(), w.Dispute(100_000)))
		require.Zero(t, w.Read(t, 0, 1, 10_000).GrossMinor)
		_, err := w.Earnings.CreditDeferred(t.Context(), w.ClipIDs[0], views.Reviewed{}, world.Now)
		require.NoError(t, err)
		require.NoError(t, w.Clips.Move(t.Context(), w.ClipIDs[0], clip.Removed, "post_missing"))
		require.NoError(t, w.Campaigns.RecordDisputeWon(t.Context(), w.Dispute(1).DisputeID, world.Now))

		credited, err := w.Earnings.CreditWithheld(t.Context(), w.CampaignID, world.Now)

		require.NoError(t, err)
		require.Equal(t, int64(5000), credited)
		w.RequireBooksInOrder(t)
	})

	t.Run("credits nothing after a lost dispute, and is done", func(t *testing.T) {
		t.Parallel()
		w := withheld(t, campaign.Complete)
		require.NoError(t, w.Campaigns.RecordDisputeLost(t.Context(), w.Dispute(1).DisputeID, world.Now))
		require.True(t, creditsWithheld(t, w), "to be looked at once")

		credited, err := w.Earnings.CreditWithheld(t.Context(), w.CampaignID, world.Now)

		require.NoError(t, err)
		require.Zero(t, credited)
		require.False(t, creditsWithheld(t, w))
		w.RequireBooksInOrder(t)
	})

	t.Run("credits nothing to a clip of which something was clawed back", func(t *testing.T) {
		t.Parallel()
		w := paced(t, nil)
		require.Equal(t, int64(5000), w.Read(t, 0, 1, 10_000).GrossMinor)
		require.NoError(t, w.Campaigns.RecordDisputeOpened(t.Context(), w.Dispute(100_000)))
		deferred, err := w.Earnings.RecordReading(t.Context(), final(w.Reading(0, 2, 20_000)))
		require.NoError(t, err)
		require.Equal(t, earnings.Dispute, deferred.LimitedBy)
		require.NoError(t, w.Clips.Move(t.Context(), w.ClipIDs[0], clip.Finished, ""))
		w.Move(t, campaign.Complete)
		w.Correct(t, w.Clawback(0, 0))
		require.False(t, creditsWithheld(t, w), "although its money is free")
		require.NoError(t, w.Campaigns.RecordDisputeWon(t.Context(), w.Dispute(1).DisputeID, world.Now))
		require.False(t, creditsWithheld(t, w))

		credited, err := w.Earnings.CreditWithheld(t.Context(), w.CampaignID, world.Now)

		require.NoError(t, err)
		require.Zero(t, credited)
		w.RequireBooksInOrder(t)
	})

	t.Run("leaves a clip alone whose final reading had everything, also if it is read again", func(t *testing.T) {
		t.Parallel()
		w := paced(t, nil)
		_, err := w.Earnings.RecordReading(t.Context(), final(w.Reading(0, 1, 10_000)))
		require.NoError(t, err)
		require.NoError(t, w.Clips.Move(t.Context(), w.ClipIDs[0], clip.Finished, ""))
		w.Move(t, campaign.Complete)

		late, err := w.Earnings.RecordReading(t.Context(), final(w.Reading(0, 2, 20_000)))

		require.NoError(t, err)
		require.Zero(t, late.GrossMinor)
		require.False(t, creditsWithheld(t, w))
		w.RequireBooksInOrder(t)
	})
}
