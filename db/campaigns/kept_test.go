package campaigns_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/earnings"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/views"
)

// claiming are the readings of a clip of which 121,000 views are plausible and 500,000 are claimed: 605.00 and 2,500.00.
var claiming = []int64{1_000, 500_000}

// claimedInReview is a campaign of 1,000.00 that has ended with clips in review, of which each has some readings.
func claimedInReview(t *testing.T, clips ...[]int64) *world.World {
	t.Helper()
	w := world.New(t, len(clips), func(terms *campaign.Terms) {
		terms.Plausibility = views.Plausibility{GrowthViewsMin: 120_000, StepBasisPoints: money.BasisPointsPerWhole}
	})
	for i, counts := range clips {
		_, err := w.Clips.Apply(t.Context(), clip.Move{ClipID: w.ClipIDs[i], To: clip.InReview, At: world.Now})
		require.NoError(t, err)
		for poll, count := range counts {
			reading := w.Reading(i, poll+1, count)
			reading.Reading.Likes, reading.Reading.Comments = count/10, count/50
			reading.Now = world.Now.Add(time.Duration(poll) * time.Hour)
			reading.Reading.ObservedAt = reading.Now
			reading.IsFinal = poll == len(counts)-1
			recorded, err := w.Earnings.RecordReading(t.Context(), reading)
			require.NoError(t, err)
			require.Equal(t, earnings.Review, recorded.LimitedBy)
		}
		require.NoError(t, w.Clips.CloseReview(t.Context(), w.ClipIDs[i], world.Now))
	}
	w.Move(t, campaign.Complete)
	return w
}

func kept(t *testing.T, w *world.World) []int64 {
	t.Helper()
	amounts := make([]int64, len(w.ClipIDs))
	sumMinor := int64(0)
	for i, id := range w.ClipIDs {
		read, err := w.Clips.Get(t.Context(), id)
		require.NoError(t, err)
		amounts[i] = read.KeptMinor
		sumMinor += read.KeptMinor
	}
	require.Equal(t, sumMinor, w.Facts(t).KeptMinor)
	return amounts
}

func release(t *testing.T, w *world.World, at time.Time) int64 {
	t.Helper()
	releasedMinor, err := w.Campaigns.ReleaseKept(t.Context(), w.CampaignID, at)
	require.NoError(t, err)
	return releasedMinor
}

func TestKeptForUnconfirmedCounts(t *testing.T) {
	t.Parallel()

	t.Run("is what the approval of all clips leaves of the budget", func(t *testing.T) {
		t.Parallel()
		w := claimedInReview(t, claiming, []int64{60_000})

		require.Equal(t, []int64{70_000, 30_000}, kept(t, w))
		exposure, err := w.Campaigns.GetExposure(t.Context(), w.CampaignID)
		require.NoError(t, err)
		require.Equal(t, int64(90_500), exposure.CostMinor, "a claim costs nothing unless a person confirms it")
	})

	t.Run("stays when the clip is approved and credited without it", func(t *testing.T) {
		t.Parallel()
		w := claimedInReview(t, claiming, []int64{60_000})
		decide(t, w, 0, clip.Tracking, clip.Approve)

		require.Equal(t, int64(60_500), credit(t, w, 0))
		require.Equal(t, []int64{9_500, 30_000}, kept(t, w))
		w.RequireBooksInOrder(t)
	})
}

func TestKeptMoneyOfADisputedPayment(t *testing.T) {
	t.Parallel()
	disputed := func(t *testing.T) *world.World {
		t.Helper()
		w := endedInReview(t, 120_000, 120_000)
		require.NoError(t, w.Campaigns.RecordDisputeOpened(t.Context(), w.Dispute(50_000)))
		require.Equal(t, []int64{60_000, 40_000}, kept(t, w), "the dispute may be won")
		return w
	}

	t.Run("is credited as far as the dispute leaves it, and the rest once it is won", func(t *testing.T) {
		t.Parallel()
		w := disputed(t)
		decide(t, w, 0, clip.Tracking, clip.Approve)
		decide(t, w, 1, clip.Tracking, clip.Approve)

		frozen := []int64{credit(t, w, 0), credit(t, w, 1)}
		for i := range frozen {
			require.NoError(t, w.Clips.Move(t.Context(), w.ClipIDs[i], clip.Finished, ""))
		}
		leftMinor, releasedMinor := kept(t, w), release(t, w, world.Now.Add(clip.AppealWindow))
		require.NoError(t, w.Campaigns.RecordDisputeWon(t.Context(), w.Dispute(1).DisputeID, world.Now))
		withheldMinor, err := w.Earnings.CreditWithheld(t.Context(), w.CampaignID, world.Now)

		require.NoError(t, err)
		require.Equal(t, []int64{50_000, 0}, frozen)
		require.Equal(t, []int64{10_000, 40_000}, leftMinor)
		require.Zero(t, releasedMinor)
		require.Equal(t, int64(50_000), withheldMinor)
		require.Equal(t, []int64{0, 0}, kept(t, w))
		w.RequireBooksInOrder(t)
	})

	t.Run("goes to those who were first if the dispute is lost", func(t *testing.T) {
		t.Parallel()
		w := disputed(t)
		decide(t, w, 1, clip.Tracking, clip.Approve)
		frozenMinor := credit(t, w, 1)
		require.NoError(t, w.Campaigns.RecordDisputeLost(t.Context(), w.Dispute(1).DisputeID, world.Now))
		leftMinor := kept(t, w)
		decide(t, w, 0, clip.Tracking, clip.Approve)

		require.Zero(t, frozenMinor)
		require.Equal(t, []int64{50_000, 0}, leftMinor)
		require.Equal(t, int64(50_000), credit(t, w, 0))
		w.RequireBooksInOrder(t)
	})
}

func TestReleasedMoneyIsPassedOn(t *testing.T) {
	t.Parallel()
	afterAppeals := world.Now.Add(clip.AppealWindow)

	t.Run("to the next undecided clip that had less than it wants, and then to the brand", func(t *testing.T) {
		t.Parallel()
		w := endedInReview(t, 120_000, 120_000)
		require.Equal(t, []int64{60_000, 40_000}, kept(t, w))
		decide(t, w, 0, clip.Rejected, clip.Reject)

		released := []int64{release(t, w, afterAppeals.Add(-time.Hour)), release(t, w, afterAppeals), release(t, w, afterAppeals)}
		passed := kept(t, w)
		decide(t, w, 1, clip.Tracking, clip.Approve)

		require.Equal(t, []int64{0, 40_000, 0}, released)
		require.Equal(t, []int64{0, 60_000}, passed)
		require.Equal(t, int64(60_000), credit(t, w, 1))
		w.RequireBooksInOrder(t)
	})

	t.Run("in the order of submission", func(t *testing.T) {
		t.Parallel()
		w := endedInReview(t, 200_000, 60_000, 60_000)
		require.Equal(t, []int64{100_000, 0, 0}, kept(t, w))
		decide(t, w, 0, clip.Rejected, clip.Reject)
		decide(t, w, 1, clip.Rejected, clip.Reject)

		require.Equal(t, int64(70_000), release(t, w, afterAppeals), "the second one can be appealed no more either")
		require.Equal(t, []int64{0, 0, 30_000}, kept(t, w))
	})

	t.Run("to a rejected clip too, as long as its creator can appeal", func(t *testing.T) {
		t.Parallel()
		w := endedInReview(t, 200_000, 60_000)
		decide(t, w, 0, clip.Rejected, clip.Reject)
		later := clip.Ruling{Decision: clip.Reject, By: clip.ByPerson, Actor: "ann", Code: clip.OffBrief, At: world.Now.Add(time.Hour)}
		_, err := w.Clips.Apply(t.Context(), clip.Move{ClipID: w.ClipIDs[1], To: clip.Rejected, Ruling: &later, At: later.At})
		require.NoError(t, err)

		require.Equal(t, int64(70_000), release(t, w, afterAppeals))
		require.Equal(t, []int64{0, 30_000}, kept(t, w))
		require.Equal(t, int64(30_000), release(t, w, afterAppeals.Add(time.Hour)))
		require.Zero(t, w.Facts(t).KeptMinor)
	})

	t.Run("to an approval before an unconfirmed count of an earlier clip", func(t *testing.T) {
		t.Parallel()
		w := claimedInReview(t, []int64{120_000}, claiming, []int64{60_000})
		require.Equal(t, []int64{60_000, 40_000, 0}, kept(t, w))
		decide(t, w, 0, clip.Rejected, clip.Reject)

		require.Zero(t, release(t, w, afterAppeals))
		require.Equal(t, []int64{0, 70_000, 30_000}, kept(t, w))
	})

	t.Run("once, however many release it at the same time", func(t *testing.T) {
		t.Parallel()
		w := endedInReview(t, 120_000, 120_000)
		decide(t, w, 0, clip.Rejected, clip.Reject)
		results := make(chan int64, 4)
		for range cap(results) {
			go func() {
				releasedMinor, err := w.Campaigns.ReleaseKept(t.Context(), w.CampaignID, afterAppeals)
				if err != nil {
					releasedMinor = -1
				}
				results <- releasedMinor
			}()
		}
		sumMinor := int64(0)
		for range cap(results) {
			releasedMinor := <-results
			require.NotEqual(t, int64(-1), releasedMinor)
			sumMinor += releasedMinor
		}

		require.Equal(t, int64(40_000), sumMinor)
		require.Equal(t, []int64{0, 60_000}, kept(t, w))
		w.RequireBooksInOrder(t)
	})
}
