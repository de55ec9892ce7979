package clips_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/views"
)

// unconfirmed is a campaign of 1,000.00 whose clip has finished with 1,000 views paid and 8,000 claimed.
func unconfirmed(t *testing.T) *world.World {
	t.Helper()
	w := world.New(t, 1, func(terms *campaign.Terms) {
		terms.Plausibility = views.Plausibility{GrowthFactor: 1, GrowthViewsMin: 1_000}
	})
	require.NoError(t, w.Clips.Move(t.Context(), w.ClipIDs[0], clip.Tracking, ""))
	reading := w.Reading(0, 1, 8_000)
	reading.IsFinal = true
	recorded, err := w.Earnings.RecordReading(t.Context(), reading)
	require.NoError(t, err)
	require.Equal(t, int64(500), recorded.GrossMinor)
	require.NoError(t, w.Clips.Move(t.Context(), w.ClipIDs[0], clip.Finished, clip.UnconfirmedCount))
	return w
}

func complete(t *testing.T, w *world.World) error {
	t.Helper()
	_, err := w.Campaigns.Move(t.Context(), campaign.Move{CampaignID: w.CampaignID, Command: campaign.Complete, StartsAt: w.Terms.StartsAt, Now: world.Now})
	return err
}

// creditConfirmed does what the workflow of a clip does after it was opened again.
func creditConfirmed(t *testing.T, w *world.World, reopened views.Reopened) {
	t.Helper()
	_, err := w.Earnings.CreditDeferred(t.Context(), w.ClipIDs[0], views.Reviewed{Views: 8_000, Claim: reopened.Claim}, world.Now)
	require.NoError(t, err)
	require.NoError(t, w.Clips.Move(t.Context(), w.ClipIDs[0], clip.Finished, ""))
}

// refundRest refunds what the campaign has not spent, and returns the amount.
func refundRest(t *testing.T, w *world.World) int64 {
	t.Helper()
	restMinor := w.Facts(t).FundedMinor - w.Facts(t).SpentMinor
	require.NoError(t, w.Campaigns.RecordRefund(t.Context(), w.Refund("re_1", restMinor)))
	return restMinor
}

func TestReopening(t *testing.T) {
	t.Parallel()

	t.Run("keeps the campaign from being completed until the clip has ended again", func(t *testing.T) {
		t.Parallel()
		w := unconfirmed(t)

		reopened, err := w.Clips.Reopen(t.Context(), views.Reopening{ClipID: w.ClipIDs[0], Views: 8_000})
		require.NoError(t, err)
		early := complete(t, w)
		creditConfirmed(t, w, reopened)

		require.Equal(t, "clips_not_swept", fault.CodeOf(early))
		require.NoError(t, complete(t, w))
		require.Equal(t, int64(96_000), refundRest(t, w))
		w.RequireBooksInOrder(t)
	})

	t.Run("is refused once the campaign is completed, before the refund and after it", func(t *testing.T) {
		t.Parallel()
		w := unconfirmed(t)
		require.NoError(t, complete(t, w))
		reopen := func() error {
			_, err := w.Clips.Reopen(t.Context(), views.Reopening{ClipID: w.ClipIDs[0], Views: 8_000})
			return err
		}

		before := reopen()
		refundedMinor := refundRest(t, w)
		after := reopen()

		require.Equal(t, "campaign_completed", fault.CodeOf(before))
		require.Equal(t, "campaign_completed", fault.CodeOf(after))
		require.Equal(t, int64(99_500), refundedMinor)
		w.RequireBooksInOrder(t)
	})

	t.Run("at the moment of the end pays the count or refuses it, and nothing that was refunded is credited", func(t *testing.T) {
		t.Parallel()
		for range 12 {
			w := unconfirmed(t)
			other := dbtest.Open(t, w.URL)
			var (
				reopened              views.Reopened
				reopenedErr, endedErr error
				both                  sync.WaitGroup
			)
			start := make(chan struct{})
			both.Go(func() {
				<-start
				reopened, reopenedErr = w.Clips.Reopen(t.Context(), views.Reopening{ClipID: w.ClipIDs[0], Views: 8_000})
			})
			both.Go(func() {
				<-start
				_, endedErr = other.Campaigns.Move(t.Context(), campaign.Move{CampaignID: w.CampaignID, Command: campaign.Complete, StartsAt: w.Terms.StartsAt, Now: world.Now})
			})
			close(start)
			both.Wait()

			earnedMinor := int64(500)
			if reopenedErr == nil {
				require.Equal(t, "clips_not_swept", fault.CodeOf(endedErr))
				creditConfirmed(t, w, reopened)
				require.NoError(t, complete(t, w))
				earnedMinor = 4_000
			} else {
				require.NoError(t, endedErr)
				require.Equal(t, "campaign_completed", fault.CodeOf(reopenedErr))
			}
			require.Equal(t, 100_000-earnedMinor, refundRest(t, w))
			require.Equal(t, earnedMinor, w.Balance(t, ledger.CreatorPending(w.CreatorIDs[0])))
			w.RequireBooksInOrder(t)
		}
	})
}
