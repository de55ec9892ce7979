package campaigns_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/clips"
	"github.com/creditroll/creditroll/db/dbtest/live"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/earnings"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/views"
)

// endedInReview is a campaign of 1,000.00 that has ended with clips in review, whose counts are given in the order of submission.
func endedInReview(t *testing.T, counts ...int64) *world.World {
	t.Helper()
	w := world.New(t, len(counts), nil)
	inReview(t, w, counts...)
	w.Move(t, campaign.Complete)
	return w
}

// inReview gives clips in review their last readings.
func inReview(t *testing.T, w *world.World, counts ...int64) {
	t.Helper()
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
}

// unproven makes the channel of a clip a claim, and returns it.
func unproven(t *testing.T, w *world.World, i int) (channelID string) {
	t.Helper()
	require.NoError(t, w.DB.Pool.QueryRow(t.Context(), "UPDATE clips SET holds_post = false WHERE id = $1 RETURNING channel_id", w.ClipIDs[i]).Scan(&channelID))
	_, err := w.DB.Pool.Exec(t.Context(), "UPDATE channels SET status = 'unproven', proven_at = NULL WHERE id = $1", channelID)
	require.NoError(t, err)
	return channelID
}

// endedUnproven is endedInReview with one clip, whose channel is not proven.
func endedUnproven(t *testing.T, count int64) (w *world.World, channelID string) {
	t.Helper()
	w = world.New(t, 1, nil)
	channelID = unproven(t, w, 0)
	inReview(t, w, count)
	w.Move(t, campaign.Complete)
	return w, channelID
}

func prove(t *testing.T, w *world.World, channelID string) {
	t.Helper()
	_, err := w.Clips.ProveByHand(t.Context(), channelID, access.OperatorAction{ID: uuid.NewString(), Actor: "admin", Reason: "seen"}, world.Now)
	require.NoError(t, err)
}

func restoration(w *world.World, i int) clip.Restoration {
	return clip.Restoration{ClipID: w.ClipIDs[i], Ruling: clip.Ruling{Decision: clip.Restore, By: clip.ByPerson, Actor: "bob", Code: clip.DecidedInError, At: world.Now}}
}

func restore(t *testing.T, w *world.World, i int) {
	t.Helper()
	restored, err := w.Clips.Restore(t.Context(), restoration(w, i))
	require.NoError(t, err)
	require.Equal(t, clip.Tracking, restored.Status)
}

func decide(t *testing.T, w *world.World, i int, to clip.Status, decision clip.Decision) {
	t.Helper()
	ruling := clip.Ruling{Decision: decision, By: clip.ByPerson, Actor: "ann", Code: clip.OffBrief, At: world.Now}
	_, err := w.Clips.Apply(t.Context(), clip.Move{ClipID: w.ClipIDs[i], To: to, Ruling: &ruling, At: world.Now})
	require.NoError(t, err)
}

func credit(t *testing.T, w *world.World, i int) int64 {
	t.Helper()
	recorded, err := w.Earnings.CreditDeferred(t.Context(), w.ClipIDs[i], views.Reviewed{}, world.Now)
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

	t.Run("are not needed to overturn an appeal: then it is on record without money, however often it is sent", func(t *testing.T) {
		t.Parallel()
		w := endedInReview(t, 0)
		decide(t, w, 0, clip.Rejected, clip.Reject)
		_, free := w.Clips.Restore(t.Context(), restoration(w, 0))
		filed, err := w.Clips.FileAppeal(t.Context(), clips.NewAppeal{ID: uuid.NewString(), ClipID: w.ClipIDs[0], Statement: "It is on brief.", FiledBy: "creator", At: world.Now})
		require.NoError(t, err)
		overturn := clip.Restoration{ClipID: w.ClipIDs[0], AppealID: filed.ID, Ruling: clip.Ruling{Decision: clip.Restore, By: clip.ByPerson, Actor: "bob", Code: clip.OverturnedOnAppeal, At: world.Now}}

		first, err := w.Clips.Restore(t.Context(), overturn)
		require.NoError(t, err)
		again, err := w.Clips.Restore(t.Context(), overturn)
		require.NoError(t, err)
		upheld := w.Clips.UpholdAppeal(t.Context(), clip.Appeal{ID: filed.ID, Actor: "bob", At: world.Now})

		require.Equal(t, "nothing_kept", fault.CodeOf(free))
		require.Equal(t, clip.Rejected, first.Status)
		require.Equal(t, first, again)
		require.Equal(t, "appeal_decided", fault.CodeOf(upheld))
		decided, err := w.Clips.GetAppeal(t.Context(), filed.ID)
		require.NoError(t, err)
		require.Equal(t, clip.AppealOverturned, decided.Status)
		require.True(t, decided.Unpaid)
		require.Zero(t, credit(t, w, 0))
		w.RequireBooksInOrder(t)
	})

	t.Run("pay a clip that was rejected while its channel was not proven, and restored after the proof", func(t *testing.T) {
		t.Parallel()
		w, channelID := endedUnproven(t, 10_000)
		decide(t, w, 0, clip.Rejected, clip.Reject)
		prove(t, w, channelID)
		restore(t, w, 0)

		claim, err := w.Clips.GetClaim(t.Context(), w.ClipIDs[0])

		require.NoError(t, err)
		require.True(t, claim.Holds)
		require.Equal(t, int64(5_000), credit(t, w, 0))
		require.Zero(t, w.Facts(t).KeptMinor)
		w.RequireBooksInOrder(t)
	})

	t.Run("refuse to restore a clip whose post another one has taken", func(t *testing.T) {
		t.Parallel()
		w, channelID := endedUnproven(t, 10_000)
		decide(t, w, 0, clip.Rejected, clip.Reject)
		prove(t, w, channelID)
		rival, err := live.Creator(t.Context(), w.Books)
		require.NoError(t, err)
		w.Another(t, nil).AddPost(t, rival, w.ClipIDs[0])

		_, err = w.Clips.Restore(t.Context(), restoration(w, 0))

		require.Equal(t, "duplicate_clip", fault.CodeOf(err))
	})

	t.Run("release the money of a clip that ended in any way without using it", func(t *testing.T) {
		t.Parallel()
		for _, reason := range []string{"", clip.WaitingForProof, "last_reading_missing"} {
			w, _ := endedUnproven(t, 10_000)
			decide(t, w, 0, clip.Tracking, clip.Approve)
			require.Zero(t, credit(t, w, 0))
			require.Equal(t, int64(5_000), w.Facts(t).KeptMinor)
			require.NoError(t, w.Clips.Move(t.Context(), w.ClipIDs[0], clip.Finished, reason))

			released, err := w.Campaigns.ReleaseKept(t.Context(), w.CampaignID, time.Now().Add(time.Hour))

			require.NoError(t, err)
			require.Equal(t, int64(5_000), released, reason)
			w.RequireBooksInOrder(t)
		}
	})

	t.Run("have what proven creators leave, if their channel is not proven", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 2, nil)
		unproven(t, w, 0)
		inReview(t, w, 120_000, 120_000)
		exposure, err := w.Campaigns.GetExposure(t.Context(), w.CampaignID)
		require.NoError(t, err)
		require.Equal(t, int64(120_000), exposure.CostMinor)
		w.Move(t, campaign.Complete)

		decide(t, w, 1, clip.Tracking, clip.Approve)

		require.Equal(t, int64(100_000), w.Facts(t).KeptMinor)
		require.Equal(t, int64(60_000), credit(t, w, 1))
		w.RequireBooksInOrder(t)
	})

	t.Run("are not kept for a claim on a post that another clip holds", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		unproven(t, w, 0)
		owner, err := live.Creator(t.Context(), w.Books)
		require.NoError(t, err)
		w.AddPost(t, owner, w.ClipIDs[0])
		inReview(t, w, 10_000, 10_000)
		w.Move(t, campaign.Complete)

		require.Equal(t, int64(5_000), w.Facts(t).KeptMinor)
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
	for name, tc := range map[string]struct {
		reason   string
		read     func(t *testing.T, w *world.World)
		approves bool
	}{
		"a clean clip at its deadline": {"", readOnce(500, 50), true},
		"not a flagged one":            {clip.Flagged, readOnce(500, 50), false},
		"not one that was never read":  {"", func(*testing.T, *world.World) {}, false},
		"not one whose last reading has signals, although the end of its campaign has repeated it": {"", func(t *testing.T, w *world.World) {
			t.Helper()
			readOnce(9_000, 0)(t, w)
			credit(t, w, 0)
		}, false},
		"not one whose post is gone, as its record says":   {"", waiting("not_found"), false},
		"one that waits only for the proof of its channel": {"", waiting(clip.WaitingForProof), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := world.New(t, 1, nil)
			moved, err := w.Clips.Apply(t.Context(), clip.Move{ClipID: w.ClipIDs[0], To: clip.InReview, Reason: tc.reason, At: world.Now})
			require.NoError(t, err)
			require.Equal(t, world.Now.Add(72*time.Hour), moved.ReviewDeadline)
			tc.read(t, w)

			early, err := w.Clips.ApproveByRule(t.Context(), clip.Overdue{ClipID: w.ClipIDs[0], At: moved.ReviewDeadline.Add(-1)})
			require.NoError(t, err)
			late, err := w.Clips.ApproveByRule(t.Context(), clip.Overdue{ClipID: w.ClipIDs[0], At: moved.ReviewDeadline})
			require.NoError(t, err)

			require.Equal(t, clip.InReview, early.Status)
			require.Equal(t, tc.approves, late.Status == clip.Tracking)
			require.Equal(t, !tc.approves, len(late.Signals) > 0)
		})
	}
}

func readOnce(count, likes int64) func(t *testing.T, w *world.World) {
	return func(t *testing.T, w *world.World) {
		t.Helper()
		reading := w.Reading(0, 1, count)
		reading.Reading.Likes, reading.Reading.Comments = likes, likes
		_, err := w.Earnings.RecordReading(t.Context(), reading)
		require.NoError(t, err)
	}
}

// waiting is a clip that was read once, and waits for something since.
func waiting(reason string) func(t *testing.T, w *world.World) {
	return func(t *testing.T, w *world.World) {
		t.Helper()
		readOnce(500, 50)(t, w)
		require.NoError(t, w.Clips.NoteWaiting(t.Context(), clip.Waiting{ClipID: w.ClipIDs[0], For: reason}))
	}
}

func TestListKeptUndecided(t *testing.T) {
	t.Parallel()
	w := endedInReview(t, 1_000, 1_000)

	first, err := w.Campaigns.ListKeptUndecided(t.Context(), w.CampaignID, "", 1)
	require.NoError(t, err)
	require.Len(t, first, 1)
	rest, err := w.Campaigns.ListKeptUndecided(t.Context(), w.CampaignID, first[0], 2)
	require.NoError(t, err)

	require.ElementsMatch(t, w.ClipIDs, append(first, rest...))
}
