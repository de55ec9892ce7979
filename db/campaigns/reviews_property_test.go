package campaigns_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/clips"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/money"
	"github.com/creditroll/creditroll/domain/views"
)

// reviewing plays the reviewers and creators of a campaign with a tight budget, before and after its end. What a workflow
// would do next is done in any order, or not at all until the end.
type reviewing struct {
	*world.World
	now    time.Time
	polls  []int
	counts []int64
	ended  bool
}

const reviewedClips = 3

func (r *reviewing) pick(t *rapid.T) int {
	return rapid.IntRange(0, reviewedClips-1).Draw(t, "clip")
}

func (r *reviewing) clip(t *rapid.T, i int) clips.Clip {
	read, err := r.Clips.Get(t.Context(), r.ClipIDs[i])
	require.NoError(t, err)
	return read
}

// allowed requires that a step was done, or refused because of the state of the clip.
func allowed(t *rapid.T, err error) bool {
	if err == nil {
		return true
	}
	require.True(t, fault.Is(err, fault.Conflict) || fault.Is(err, fault.Denied) || fault.Is(err, fault.Invalid), "%v", err)
	return false
}

// read takes a reading while the campaign is live. A high one is a claim.
func (r *reviewing) read(t *rapid.T) {
	r.readOne(t, r.pick(t), rapid.Int64Range(0, 200_000).Draw(t, "views"), false)
}

func (r *reviewing) readOne(t *rapid.T, i int, more int64, final bool) {
	if status := r.clip(t, i).Status; r.ended || status != clip.InReview && status != clip.Tracking {
		return
	}
	r.polls[i]++
	r.counts[i] += more
	reading := r.Reading(i, r.polls[i], r.counts[i])
	reading.Reading.Likes, reading.Reading.Comments = r.counts[i]/10, r.counts[i]/50
	reading.Reading.ObservedAt, reading.Now, reading.IsFinal = r.now, r.now, final
	_, err := r.Earnings.RecordReading(t.Context(), reading)
	require.NoError(t, err)
}

func (r *reviewing) decide(t *rapid.T, decision clip.Decision) {
	r.decideOn(t, r.pick(t), decision)
}

func (r *reviewing) decideOn(t *rapid.T, i int, decision clip.Decision) {
	status := r.clip(t, i).Status
	if decision.Allow(status) != nil || decision == clip.Flag && r.ended {
		return
	}
	to, reason := decision.Outcome(status, clip.OffBrief)
	ruling := clip.Ruling{Decision: decision, By: clip.ByPerson, Actor: "ann", Code: clip.OffBrief, At: r.now}
	_, err := r.Clips.Apply(t.Context(), clip.Move{ClipID: r.ClipIDs[i], To: to, Reason: reason, Ruling: &ruling, At: r.now})
	require.NoError(t, err)
}

func (r *reviewing) restore(t *rapid.T, i int, appealID, actor string) {
	restored, err := r.Clips.Restore(t.Context(), clip.Restoration{
		ClipID: r.ClipIDs[i], AppealID: appealID, Ruling: clip.Ruling{Decision: clip.Restore, By: clip.ByPerson, Actor: actor, Code: clip.DecidedInError, At: r.now},
	})
	if allowed(t, err) && restored.Status == clip.Verifying {
		require.NoError(t, r.Clips.Move(t.Context(), r.ClipIDs[i], clip.Tracking, ""))
	}
}

func (r *reviewing) file(t *rapid.T) {
	_, err := r.Clips.FileAppeal(t.Context(), clips.NewAppeal{ID: uuid.NewString(), ClipID: r.ClipIDs[r.pick(t)], Statement: "It is on brief.", FiledBy: "creator", At: r.now})
	allowed(t, err)
}

func (r *reviewing) decideAppeal(t *rapid.T) {
	i := r.pick(t)
	appeal, found, err := r.Clips.FindAppeal(t.Context(), r.ClipIDs[i])
	require.NoError(t, err)
	if !found {
		return
	}
	actor := rapid.SampledFrom([]string{"ann", "bob", "cleo"}).Draw(t, "reviewer")
	if rapid.Bool().Draw(t, "upheld") {
		allowed(t, r.Clips.UpholdAppeal(t.Context(), clip.Appeal{ID: appeal.ID, Actor: actor, At: r.now}))
		return
	}
	r.restore(t, i, appeal.ID, actor)
}

// confirm confirms a part of what is claimed, of a clip that is tracked or in review, or has finished.
func (r *reviewing) confirm(t *rapid.T) {
	i := r.pick(t)
	read := r.clip(t, i)
	if read.ClaimedViews == 0 {
		return
	}
	count := rapid.Int64Range(1, read.ClaimedViews).Draw(t, "confirmed")
	if read.Status == clip.Finished {
		if _, err := r.Clips.Reopen(t.Context(), views.Reopening{ClipID: r.ClipIDs[i], Views: count}); !allowed(t, err) {
			return
		}
	}
	if clip.Confirm.Allow(r.clip(t, i).Status) == nil {
		_, err := r.Earnings.CreditDeferred(t.Context(), r.ClipIDs[i], views.Reviewed{Views: count, Interim: !r.ended}, r.now)
		require.NoError(t, err)
	}
	if r.ended {
		r.finishOne(t, i)
	} else {
		r.polls[i] = max(r.polls[i], r.lastPoll(t, i))
	}
}

func (r *reviewing) lastPoll(t *rapid.T, i int) int {
	observed, err := r.Clips.ListObservations(t.Context(), r.ClipIDs[i], -1, 1000)
	require.NoError(t, err)
	if len(observed) == 0 {
		return 0
	}
	return int(observed[len(observed)-1].Poll)
}

// end ends the campaign as its workflow does: every clip has its last reading, and those in review stay.
func (r *reviewing) end(t *rapid.T) {
	if r.ended {
		return
	}
	require.NoError(t, r.Campaigns.StopSubmissions(t.Context(), r.CampaignID))
	for i, id := range r.ClipIDs {
		r.readOne(t, i, 0, true)
		switch r.clip(t, i).Status {
		case clip.InReview:
			require.NoError(t, r.Clips.CloseReview(t.Context(), id, r.now))
		case clip.Tracking:
			require.NoError(t, r.Clips.Move(t.Context(), id, clip.Finished, r.endReason(t, i)))
		}
	}
	_, err := r.Campaigns.Move(t.Context(), campaign.Move{CampaignID: r.CampaignID, Command: campaign.Complete, StartsAt: r.Terms.StartsAt, Now: r.now})
	require.NoError(t, err)
	r.ended = true
}

func (r *reviewing) endReason(t *rapid.T, i int) string {
	if r.clip(t, i).ClaimedViews > 0 {
		return clip.UnconfirmedCount
	}
	return ""
}

func (r *reviewing) finish(t *rapid.T) { r.finishOne(t, r.pick(t)) }

// finishOne credits a clip that was approved after the end, and ends it.
func (r *reviewing) finishOne(t *rapid.T, i int) {
	if !r.ended || r.clip(t, i).Status != clip.Tracking {
		return
	}
	_, err := r.Earnings.CreditDeferred(t.Context(), r.ClipIDs[i], views.Reviewed{}, r.now)
	require.NoError(t, err)
	_, err = r.Clips.Apply(t.Context(), clip.Move{ClipID: r.ClipIDs[i], To: clip.Finished, Reason: r.endReason(t, i), At: r.now})
	require.NoError(t, err)
}

// release lets some days pass, releases what is kept for nothing, and refunds what is free.
func (r *reviewing) release(t *rapid.T) {
	r.now = r.now.Add(time.Duration(rapid.SampledFrom([]int{0, 1, 15}).Draw(t, "days")) * 24 * time.Hour)
	r.releaseNow(t)
}

func (r *reviewing) releaseNow(t *rapid.T) {
	if !r.ended {
		return
	}
	_, err := r.Campaigns.ReleaseKept(t.Context(), r.CampaignID, r.now)
	require.NoError(t, err)
	if leftMinor := r.Facts(t).RefundableMinor(); leftMinor > 0 {
		require.NoError(t, r.Campaigns.RecordRefund(t.Context(), r.Refund("re_"+uuid.NewString(), leftMinor)))
	}
}

func (r *reviewing) requireMoney(t *rapid.T) {
	facts, keptMinor := r.Facts(t), int64(0)
	listed, err := r.Clips.List(t.Context(), clips.Filter{CampaignID: r.CampaignID}, db.Page{Size: reviewedClips})
	require.NoError(t, err)
	for _, each := range listed {
		require.GreaterOrEqual(t, each.KeptMinor, int64(0))
		keptMinor += each.KeptMinor
	}
	require.Equal(t, facts.KeptMinor, keptMinor)
	require.LessOrEqual(t, facts.SpentMinor+facts.RefundedMinor+facts.KeptMinor, facts.FundedMinor)
	require.Equal(t, facts.FundedMinor, facts.SpentMinor+facts.RefundedMinor+facts.KeptMinor+facts.FreeMinor())
}

// settle decides everything that is open, and lets every time pass.
func (r *reviewing) settle(t *rapid.T) {
	r.end(t)
	for i := range r.ClipIDs {
		if appeal, found, err := r.Clips.FindAppeal(t.Context(), r.ClipIDs[i]); found && appeal.Status == clip.AppealOpen {
			require.NoError(t, err)
			require.NoError(t, r.Clips.UpholdAppeal(t.Context(), clip.Appeal{ID: appeal.ID, Actor: "dora", At: r.now}))
		}
		r.decideOn(t, i, clip.Approve)
		r.finishOne(t, i)
	}
	r.now = r.now.Add(2 * max(clip.AppealWindow, clip.LateConfirmWindow))
	r.releaseNow(t)
}

func TestReviewsKeepMoneyInOrder(t *testing.T) {
	t.Parallel()
	url := dbtest.URL(t)
	store := dbtest.Open(t, url)

	rapid.Check(t, func(t *rapid.T) {
		r := &reviewing{now: world.Now, polls: make([]int, reviewedClips), counts: make([]int64, reviewedClips)}
		r.World = world.In(t, url, store, reviewedClips, func(terms *campaign.Terms) {
			terms.BudgetMinor = 45_000
			terms.MaxPerCreatorMinor = rapid.SampledFrom([]int64{0, 25_000}).Draw(t, "cap")
			terms.Plausibility = views.Plausibility{GrowthViewsMin: 50_000, StepBasisPoints: money.BasisPointsPerWhole}
		})
		for i, id := range r.ClipIDs {
			_, err := r.Clips.Apply(t.Context(), clip.Move{ClipID: id, To: clip.InReview, At: world.Now})
			require.NoError(t, err)
			r.readOne(t, i, 40_000, false)
		}
		step := func(do func(*rapid.T)) func(*rapid.T) {
			return func(t *rapid.T) {
				r.now = r.now.Add(time.Hour)
				do(t)
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"":        r.requireMoney,
			"read":    step(r.read),
			"approve": step(func(t *rapid.T) { r.decide(t, clip.Approve) }),
			"reject":  step(func(t *rapid.T) { r.decide(t, clip.Reject) }),
			"flag":    step(func(t *rapid.T) { r.decide(t, clip.Flag) }),
			"restore": step(func(t *rapid.T) { r.restore(t, r.pick(t), "", "bob") }),
			"appeal":  step(r.file),
			"judge":   step(r.decideAppeal),
			"confirm": step(r.confirm),
			"end":     step(r.end),
			"finish":  step(r.finish),
			"close":   step(r.end), // most steps are about what follows it
			"release": step(r.release),
		})
		r.settle(t)
		r.requireMoney(t)
		require.Zero(t, r.Facts(t).KeptMinor)
		verified, err := r.Audit.Verify(t.Context())
		require.NoError(t, err)
		require.Empty(t, verified.Findings)
	})
}
