package workflows_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest/live"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/workflows"
)

// submitForReview puts a clip with some views into the campaign, which nothing speaks against and which waits for a reviewer.
func (b *brand) submitForReview(t *testing.T, who creator, count int64) {
	t.Helper()
	ctx, now := t.Context(), b.clock.Now()
	b.open, b.openPost = uuid.NewString(), newPost()
	_, err := b.store.Clips.Create(ctx, clip.NewClip{ID: b.open, CampaignID: b.input.CampaignID, CreatorID: who.id, Platform: clip.TikTok, ExternalID: b.openPost, URL: "https://example.test"})
	require.NoError(t, err)
	require.NoError(t, live.Own(ctx, b.store, b.open))
	_, err = b.store.Clips.Apply(ctx, clip.Move{ClipID: b.open, To: clip.InReview, At: now})
	require.NoError(t, err)
	attempt := uuid.NewString()
	require.NoError(t, b.store.Clips.RecordAttempt(ctx, views.Attempt{ID: attempt, Provider: "apify", Platform: "tiktok", Clips: 1, Outcome: "ok", StartedAt: start}))
	_, err = b.store.Earnings.RecordReading(ctx, views.Observation{
		CampaignID: b.input.CampaignID, ClipID: b.open, Poll: 1, Provider: "apify", AttemptID: attempt,
		Reading: views.Reading{Platform: clip.TikTok, ExternalID: b.openPost, Views: count, Likes: count / 10, Comments: count / 50, ObservedAt: now}, Now: now,
	})
	require.NoError(t, err)
}

// decideNow is the decision of a person on the clip that was submitted.
func (b *brand) decideNow(t *testing.T, to clip.Status, decision clip.Decision) {
	t.Helper()
	ruling := clip.Ruling{Decision: decision, By: clip.ByPerson, Actor: "ann", At: b.clock.Now()}
	if decision == clip.Reject {
		ruling.Code = clip.OffBrief
	}
	_, err := b.store.Clips.Apply(t.Context(), clip.Move{ClipID: b.open, To: to, Ruling: &ruling, At: b.clock.Now()})
	require.NoError(t, err)
}

// inReview has a campaign complete with a clip in review that has no workflow.
func (b *brand) inReview(t *testing.T, who creator, count int64) *history {
	t.Helper()
	h := b.begin(t)
	h.onSignal = nil
	h.SetWorkflowRunTimeout(60 * days)
	b.fund(h, "pm_card_bypassPending")
	h.at(hour, func() {
		b.submitForReview(t, who, count)
		h.gone[names.Clip(b.open)] = true
	})
	h.ask(2*hour, workflows.UpdateTransition, asks(campaign.Complete))
	return h
}

func TestCampaignEndsWithAClipInReview(t *testing.T) {
	t.Parallel()

	t.Run("which the rule approves at its deadline, although its workflow was terminated", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, manualReview)
		who := b.creator(t, goodBank)
		h := b.inReview(t, who, 10_000)
		h.at(3*hour, func() {
			found := b.onRecord(t)
			require.Equal(t, campaign.Completed, found.Status)
			require.Equal(t, found.FundedMinor-5_000, found.RefundedMinor)
			require.Empty(t, b.attentionReason())
		})
		h.at(60*hour, func() { require.Zero(t, b.onRecord(t).SpentMinor) })
		h.at(9*days, func() { b.settle(t, b.reserve(t, who)) })

		result := b.live(h)

		require.Equal(t, campaign.Closed, result.Status)
		b.requireRefunded(t, 5_000)
		decided, err := b.store.Clips.Get(t.Context(), b.open)
		require.NoError(t, err)
		require.Equal(t, clip.ByRule, decided.DecidedKind)
		require.Equal(t, clip.Finished, decided.Status)
	})

	t.Run("which a person approves, and which the next pass credits", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, manualReview)
		who := b.creator(t, goodBank)
		h := b.inReview(t, who, 10_000)
		h.at(5*hour, func() { b.decideNow(t, clip.Tracking, clip.Approve) })
		h.at(27*hour, func() { require.Equal(t, int64(5_000), b.onRecord(t).SpentMinor) })
		h.at(9*days, func() { b.settle(t, b.reserve(t, who)) })

		result := b.live(h)

		require.Equal(t, campaign.Closed, result.Status)
		b.requireRefunded(t, 5_000)
	})

	t.Run("whose post is gone and whose workflow was terminated: the campaign asks for a reviewer until one has decided", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, manualReview)
		who := b.creator(t, goodBank)
		h := b.inReview(t, who, 10_000)
		h.at(hour+time.Minute, func() {
			require.NoError(t, b.store.Clips.NoteWaiting(t.Context(), clip.Waiting{ClipID: b.open, For: views.NotFound}))
		})
		h.at(71*hour, func() { require.Empty(t, b.attentionReason()) })
		h.at(5*days, func() {
			require.Equal(t, "review_overdue", b.attentionReason())
			require.Contains(t, h.details(), string(clip.SignalPostMissing))
			require.Contains(t, h.details(), "POST /v1/clips/"+b.open+"/approve")
			b.decideNow(t, clip.Tracking, clip.Approve)
		})
		h.at(7*days, func() {
			require.Empty(t, b.attentionReason())
			require.Equal(t, int64(5_000), b.onRecord(t).SpentMinor)
		})
		h.at(12*days, func() { b.settle(t, b.reserve(t, who)) })

		result := b.live(h)

		require.Equal(t, campaign.Closed, result.Status)
		b.requireRefunded(t, 5_000)
	})

	t.Run("whose channel is never proven: the brand has its money, and the campaign closes", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, manualReview)
		h := b.inReview(t, b.creator(t, goodBank), 10_000)
		h.at(hour+time.Minute, func() {
			b.disturb(t, "UPDATE channels SET status = 'unproven', proven_at = NULL WHERE id = (SELECT channel_id FROM clips WHERE id = $1)", b.open)
			b.disturb(t, "UPDATE clips SET holds_post = false WHERE id = $1", b.open)
		})
		h.at(5*hour, func() { b.decideNow(t, clip.Tracking, clip.Approve) })

		result := b.live(h)

		require.Equal(t, campaign.Closed, result.Status)
		require.Equal(t, b.onRecord(t).FundedMinor, b.onRecord(t).RefundedMinor)
		ended, err := b.store.Clips.Get(t.Context(), b.open)
		require.NoError(t, err)
		require.Equal(t, clip.WaitingForProof, ended.StatusReason)
		b.requireBooksInOrder(t)
	})

	t.Run("which a person rejects: the brand has its money once no appeal is possible", func(t *testing.T) {
		t.Parallel()
		b := setupCampaign(t, manualReview)
		who := b.creator(t, goodBank)
		h := b.inReview(t, who, 10_000)
		h.at(5*hour, func() { b.decideNow(t, clip.Rejected, clip.Reject) })
		h.at(5*hour+clip.AppealWindow-time.Hour, func() {
			found := b.onRecord(t)
			require.Equal(t, found.FundedMinor-5_000, found.RefundedMinor)
		})

		result := b.live(h)

		require.Equal(t, campaign.Closed, result.Status)
		require.Equal(t, b.onRecord(t).FundedMinor, b.onRecord(t).RefundedMinor)
		b.requireBooksInOrder(t)
	})

	for clause, rule := range misfortunesAt(step{"ApproveByRule", 1}, step{"CreditDeferred", 1}, step{"FinishUntracked", 1}, step{"ListKeptUndecided", 1}) {
		t.Run("and is paid once although "+clause, func(t *testing.T) {
			t.Parallel()
			b := setupCampaign(t, manualReview)
			who := b.creator(t, goodBank)
			b.befall(t, rule)
			begun := false

			result := survive[workflows.CampaignResult](func() *history {
				if !begun {
					begun = true
					h := b.inReview(t, who, 10_000)
					h.at(9*days, func() { b.settle(t, b.reserve(t, who)) })
					return h
				}
				h := b.begin(t)
				h.onSignal = nil
				h.SetWorkflowRunTimeout(60 * days)
				h.gone[names.Clip(b.open)] = true
				if b.onRecord(t).Status == campaign.Live {
					h.ask(hour, workflows.UpdateTransition, asks(campaign.Complete))
				}
				h.at(9*days, func() { b.settle(t, b.reserve(t, who)) })
				return h
			}, workflows.CampaignLifecycle, b.input)

			require.Equal(t, campaign.Closed, result.Status)
			b.requireRefunded(t, 5_000)
		})
	}
}

// The end of the campaign closes the review, the rule approves at the deadline, and what was kept is credited.
func TestClosedReviewIsCreditedOnce(t *testing.T) {
	t.Parallel()
	for clause, rule := range misfortunesAt(step{"CloseReview", 1}, step{"ApproveByRule", 1}, step{"CreditDeferred", 1}) {
		t.Run("although "+clause, func(t *testing.T) {
			t.Parallel()
			c := setupClip(t, manualReview)
			c.posts.answers("apify", readings(10, 400)...)
			c.befall(t, rule)

			result := survive[workflows.ClipResult](func() *history {
				h := c.begin(t)
				h.SetWorkflowRunTimeout(20 * days)
				h.at(hour, func() { h.SignalWorkflow(workflows.SignalFinalSweep, nil) })
				return h
			}, workflows.ClipTracking, c.input)

			require.Equal(t, clip.Finished, result.Status)
			require.Equal(t, clip.ByRule, c.onRecord(t).DecidedKind)
			c.requireEarned(t, 200)
		})
	}
}
