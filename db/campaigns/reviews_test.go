package campaigns_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/clips"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/earnings"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
)

// endedInReview is a campaign of 1,000.00 that has ended with clips in review, whose counts are given in the order of submission.
func endedInReview(t *testing.T, counts ...int64) *world.World {
	t.Helper()
	w := world.New(t, len(counts), nil)
	for i, count := range counts {
		_, err := w.Clips.Apply(t.Context(), clip.Move{ClipID: w.ClipIDs[i], To: clip.InReview, At: world.Now})
		require.NoError(t, err)
		reading := w.Reading(i, 1, count)
		reading.IsFinal = true
		recorded, err := w.Earnings.RecordReading(t.Context(), reading)
		require.NoError(t, err)
		require.Equal(t, earnings.Review, recorded.LimitedBy)
		require.NoError(t, w.Clips.CloseReview(t.Context(), w.ClipIDs[i], world.Now))
	}
	w.Move(t, campaign.Complete)
	return w
}

func decide(t *testing.T, w *world.World, i int, to clip.Status, decision clip.Decision) {
	t.Helper()
	ruling := clip.Ruling{Decision: decision, By: clip.ByPerson, Actor: "ann", Code: clip.OffBrief, At: world.Now}
	_, err := w.Clips.Apply(t.Context(), clip.Move{ClipID: w.ClipIDs[i], To: to, Ruling: &ruling, At: world.Now})
	require.NoError(t, err)
}

func credit(t *testing.T, w *world.World, i int) int64 {
	t.Helper()
	recorded, err := w.Earnings.CreditDeferred(t.Context(), w.ClipIDs[i], 0, world.Now)
	require.NoError(t, err)
	return recorded.GrossMinor
}

func TestKeptReviews(t *testing.T) {
	t.Parallel()

	t.Run("have too little budget in the order of submission, whatever the order of approval", func(t *testing.T) {
		t.Parallel()
		w := endedInReview(t, 120_000, 120_000)
		require.Equal(t, int64(100_000), w.Facts(t).KeptMinor)
		require.Zero(t, w.Facts(t).RefundableMinor())

		decide(t, w, 1, clip.Tracking, clip.Approve)
		second := credit(t, w, 1)
		decide(t, w, 0, clip.Tracking, clip.Approve)
		first := []int64{credit(t, w, 0), credit(t, w, 0)}

		require.Equal(t, int64(40_000), second)
		require.Equal(t, []int64{60_000, 0}, first)
		require.Zero(t, w.Facts(t).KeptMinor)
		w.RequireBooksInOrder(t)
	})

	t.Run("keep the money of a rejected clip until its creator can appeal no more", func(t *testing.T) {
		t.Parallel()
		w := endedInReview(t, 10_000)
		require.Equal(t, int64(95_000), w.Facts(t).RefundableMinor())
		decide(t, w, 0, clip.Rejected, clip.Reject)

		early, err := w.Campaigns.ReleaseKept(t.Context(), w.CampaignID, world.Now.Add(clip.AppealWindow-time.Hour))
		require.NoError(t, err)
		late, err := w.Campaigns.ReleaseKept(t.Context(), w.CampaignID, world.Now.Add(clip.AppealWindow))
		require.NoError(t, err)

		require.Equal(t, []int64{0, 5_000}, []int64{early, late})
		require.Equal(t, int64(100_000), w.Facts(t).RefundableMinor())
		w.RequireBooksInOrder(t)
	})

	t.Run("pay an overturned appeal, which another person decides", func(t *testing.T) {
		t.Parallel()
		w := endedInReview(t, 10_000)
		decide(t, w, 0, clip.Rejected, clip.Reject)
		appeal := clips.NewAppeal{ID: uuid.NewString(), ClipID: w.ClipIDs[0], Statement: "It is on brief.", FiledBy: "creator", At: world.Now}
		filed, err := w.Clips.FileAppeal(t.Context(), appeal)
		require.NoError(t, err)
		_, again := w.Clips.FileAppeal(t.Context(), clips.NewAppeal{ID: uuid.NewString(), ClipID: w.ClipIDs[0], Statement: "Again.", FiledBy: "creator", At: world.Now})
		overturn := clip.Restoration{ClipID: w.ClipIDs[0], AppealID: filed.ID, Ruling: clip.Ruling{Decision: clip.Restore, By: clip.ByPerson, Actor: "Ann", Code: clip.OverturnedOnAppeal, At: world.Now}}
		_, same := w.Clips.Restore(t.Context(), overturn)
		overturn.Ruling.Actor = "bob"

		restored, err := w.Clips.Restore(t.Context(), overturn)
		require.NoError(t, err)

		require.Equal(t, "already_appealed", fault.CodeOf(again))
		require.Equal(t, "same_person", fault.CodeOf(same))
		require.Equal(t, clip.Tracking, restored.Status)
		require.Equal(t, int64(5_000), credit(t, w, 0))
		require.Zero(t, w.Facts(t).KeptMinor)
		w.RequireBooksInOrder(t)
	})

	t.Run("lose what a lost dispute takes, the last submission first", func(t *testing.T) {
		t.Parallel()
		w := endedInReview(t, 100_000, 60_000)
		require.Equal(t, int64(80_000), w.Facts(t).KeptMinor)
		require.NoError(t, w.Campaigns.RecordDisputeOpened(t.Context(), w.Dispute(40_000)))
		require.NoError(t, w.Campaigns.RecordDisputeLost(t.Context(), w.Dispute(1).DisputeID, world.Now))
		require.Equal(t, int64(60_000), w.Facts(t).KeptMinor)

		decide(t, w, 1, clip.Tracking, clip.Approve)
		decide(t, w, 0, clip.Tracking, clip.Approve)

		require.Equal(t, []int64{10_000, 50_000}, []int64{credit(t, w, 1), credit(t, w, 0)})
		require.Zero(t, w.Balance(t, ledger.CampaignEscrow(w.CampaignID)))
		w.RequireBooksInOrder(t)
	})
}

func TestApproveByRule(t *testing.T) {
	t.Parallel()
	for name, reason := range map[string]string{"a clean clip at its deadline": "", "not a flagged one": clip.Flagged} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := world.New(t, 1, nil)
			moved, err := w.Clips.Apply(t.Context(), clip.Move{ClipID: w.ClipIDs[0], To: clip.InReview, Reason: reason, At: world.Now})
			require.NoError(t, err)
			require.Equal(t, world.Now.Add(72*time.Hour), moved.ReviewDeadline)

			early, err := w.Clips.ApproveByRule(t.Context(), clip.Overdue{ClipID: w.ClipIDs[0], At: moved.ReviewDeadline.Add(-1)})
			require.NoError(t, err)
			late, err := w.Clips.ApproveByRule(t.Context(), clip.Overdue{ClipID: w.ClipIDs[0], At: moved.ReviewDeadline})
			require.NoError(t, err)

			require.Equal(t, clip.InReview, early.Status)
			require.Equal(t, reason == "", late.Status == clip.Tracking)
			require.Equal(t, reason != "", len(late.Signals) > 0)
		})
	}
}
