package workflows_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/clips"
	"github.com/creditroll/creditroll/db/dbtest/live"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/views"
	"github.com/creditroll/creditroll/workflows"
)

// claimed is a world with a creator's claim on an account.
type claimed struct {
	*world
	creatorID string
	input     workflows.ChannelInput
}

const claimedAuthor = "the.author"

func setupChannel(t *testing.T) *claimed {
	t.Helper()
	w := setup(t)
	creatorID, err := live.Creator(t.Context(), w.store)
	require.NoError(t, err)
	return &claimed{world: w, creatorID: creatorID, input: workflows.ChannelInput{
		ChannelID: w.claim(t, creatorID), ProofID: uuid.NewString(), Chain: []string{"apify", "rapidapi"}, Schedule: views.DefaultSchedule(),
	}}
}

// claim registers the account for a creator, without a proof.
func (w *world) claim(t *testing.T, creatorID string) string {
	t.Helper()
	channel, err := w.store.Clips.CreateChannel(t.Context(), clips.Channel{ID: uuid.NewString(), CreatorID: creatorID, Platform: clip.TikTok, AuthorID: claimedAuthor})
	require.NoError(t, err)
	return channel.ID
}

func (c *claimed) run(h *history) workflows.ChannelResult {
	h.t.Helper()
	return completed[workflows.ChannelResult](h, workflows.ChannelProof, c.input)
}

func (c *claimed) proof(t *testing.T) clips.Proof {
	t.Helper()
	proof, err := c.store.Clips.GetProof(t.Context(), c.input.ChannelID)
	require.NoError(t, err)
	return proof
}

// puts has the creator put the code into the profile, as the named providers show it.
func (c *claimed) puts(h *history, after time.Duration, at ...string) {
	h.at(after, func() { c.posts.says(claimedAuthor, "Clips. "+c.proof(h.t).Code, at...) })
}

func TestAChannelProof(t *testing.T) {
	t.Parallel()

	t.Run("finds a code that is put there later", func(t *testing.T) {
		t.Parallel()
		c := setupChannel(t)
		c.posts.says(claimedAuthor, "Clips.", "apify", "rapidapi")
		h := c.begin(t)
		c.puts(h, hour, "apify")

		result := c.run(h)

		require.Equal(t, clip.ProofProven, result.Outcome)
		require.Equal(t, clip.Proven, result.Channel)
		require.Equal(t, clip.CodeSeen, c.proof(t).Seen)
	})

	t.Run("finds a code that only the second provider shows yet", func(t *testing.T) {
		t.Parallel()
		c := setupChannel(t)
		c.posts.says(claimedAuthor, "Clips.", "apify", "rapidapi")
		h := c.begin(t)
		c.puts(h, hour, "rapidapi")

		require.Equal(t, clip.ProofProven, c.run(h).Outcome)
	})

	t.Run("expires, and another one can be started", func(t *testing.T) {
		t.Parallel()
		c := setupChannel(t)
		c.posts.says(claimedAuthor, "Clips.", "apify", "rapidapi")

		first := c.run(c.begin(t))
		require.Equal(t, clip.ProofExpired, first.Outcome)
		require.Equal(t, clip.Expired, first.Channel)
		require.Less(t, first.Looks, 60)
		require.Equal(t, clip.CodeAbsent, c.proof(t).Seen)

		c.input.ProofID = uuid.NewString()
		h := c.begin(t)
		c.puts(h, hour, "apify")
		require.Equal(t, clip.ProofProven, c.run(h).Outcome)
	})

	t.Run("goes on while no provider answers, and needs attention until one does", func(t *testing.T) {
		t.Parallel()
		c := setupChannel(t)
		down := fault.New(fault.Denied, "token_rejected", "the token is rejected")
		c.posts.fails = map[string]error{"apify": down, "rapidapi": down}
		h := c.begin(t)
		h.at(30*hour, func() {
			c.posts.says(claimedAuthor, c.proof(t).Code, "apify")
			c.posts.fail(nil)
		})

		result := c.run(h)

		require.Equal(t, clip.ProofProven, result.Outcome)
	})

	t.Run("waits for quota, which needs no attention", func(t *testing.T) {
		t.Parallel()
		c := setupChannel(t)
		c.posts.ration(start.Add(20*hour), "apify", "rapidapi")
		h := c.begin(t)
		c.puts(h, hour, "apify", "rapidapi")
		h.at(19*hour, func() {
			require.Empty(t, c.attentionReason())
			require.Less(t, c.posts.looks, 5, "they are not asked before")
		})

		require.Equal(t, clip.ProofProven, c.run(h).Outcome)
		require.WithinDuration(t, start.Add(20*hour), h.Now(), time.Hour)
	})

	t.Run("ends after a week without any answer", func(t *testing.T) {
		t.Parallel()
		c := setupChannel(t)
		down := fault.New(fault.Denied, "token_rejected", "the token is rejected")
		c.posts.fails = map[string]error{"apify": down, "rapidapi": down}

		h := c.begin(t)
		shown := ""
		h.at(6*days, func() { shown = c.attentionReason() })

		require.Equal(t, clip.ProofExpired, c.run(h).Outcome)
		require.Equal(t, "providers_failing", shown)
		require.Empty(t, c.attentionReason(), "nothing is left to attend to")
	})

	t.Run("asks the providers no more often than some times for a creator who keeps asking", func(t *testing.T) {
		t.Parallel()
		c := setupChannel(t)
		c.posts.says(claimedAuthor, "Clips.", "apify", "rapidapi")
		calm := c.run(c.begin(t)).Looks
		c.input.ProofID = uuid.NewString()
		h := c.begin(t)
		for i := range 200 {
			h.ask(time.Duration(i+1)*7*time.Minute, workflows.UpdateIssued, workflows.ProofAsked{})
		}

		require.LessOrEqual(t, c.run(h).Looks, calm+20)
	})

	t.Run("is cancelled by its creator, and in Temporal", func(t *testing.T) {
		t.Parallel()
		for _, byUpdate := range []bool{true, false} {
			c := setupChannel(t)
			c.posts.says(claimedAuthor, "Clips.", "apify", "rapidapi")
			h := c.begin(t)
			if byUpdate {
				h.ask(hour, workflows.UpdateCancel, workflows.Operator{Actor: "creator"})
			} else {
				h.at(hour, h.CancelWorkflow)
			}

			result := c.run(h)

			require.Equal(t, clip.ProofCancelled, result.Outcome)
			require.Equal(t, clip.Unproven, result.Channel)
		}
	})

	t.Run("ends when another creator has proven the account", func(t *testing.T) {
		t.Parallel()
		c := setupChannel(t)
		c.posts.says(claimedAuthor, "Clips.", "apify", "rapidapi")
		other, err := live.Creator(t.Context(), c.store)
		require.NoError(t, err)
		h := c.begin(t)
		h.at(hour, func() {
			_, err := live.Prove(t.Context(), c.store, other, clip.TikTok, claimedAuthor)
			require.NoError(t, err)
		})

		result := c.run(h)

		require.Equal(t, clip.ProofSuperseded, result.Outcome)
		require.Equal(t, clip.Superseded, result.Channel)
	})

	t.Run("is refused for an account that another creator has proven", func(t *testing.T) {
		t.Parallel()
		c := setupChannel(t)
		other, err := live.Creator(t.Context(), c.store)
		require.NoError(t, err)
		_, err = live.Prove(t.Context(), c.store, other, clip.TikTok, claimedAuthor)
		require.NoError(t, err)
		h := c.begin(t)
		asked := h.ask(0, workflows.UpdateIssued, workflows.ProofAsked{})

		c.run(h)

		require.Equal(t, "channel_taken", fault.CodeOf(asked.failed))
	})

	t.Run("keeps its code and its result when its history is run again", func(t *testing.T) {
		t.Parallel()
		c := setupChannel(t)
		c.posts.says(claimedAuthor, "Clips.", "apify", "rapidapi")
		h := c.begin(t)
		c.puts(h, hour, "apify")
		first := c.run(h)
		proof := c.proof(t)
		c.posts.says(claimedAuthor, "The code is gone.", "apify", "rapidapi")

		again := c.run(c.begin(t))

		require.Equal(t, first.Outcome, again.Outcome)
		require.Equal(t, clip.Proven, again.Channel)
		require.Equal(t, proof, c.proof(t))
	})
}

// unproven makes the creator's channel a claim.
func (c *tracked) unproven(t *testing.T) string {
	t.Helper()
	c.disturb(t, "UPDATE channels SET status = 'unproven', proven_at = NULL WHERE creator_id = $1", c.creator.id)
	channels, err := c.store.Clips.ListChannels(t.Context(), c.creator.id)
	require.NoError(t, err)
	return channels[0].ID
}

func TestAClipOfAnUnprovenChannel(t *testing.T) {
	t.Parallel()

	t.Run("is credited all its views at the first reading after the proof", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.unproven(t)
		c.posts.answers("apify", readings(1_000)...)
		h := c.begin(t)
		h.at(10*hour, func() {
			require.Equal(t, clip.WaitingForProof, c.onRecord(t).WaitingFor)
			c.requireEarned(t, 0)
			_, err := live.Prove(t.Context(), c.store, c.creator.id, clip.TikTok, c.creator.handle)
			require.NoError(t, err)
		})

		result := c.track(h)

		require.Equal(t, clip.Finished, result.Status)
		require.Empty(t, result.Reason)
		c.requireEarned(t, 500)
	})

	t.Run("says that it waits for no proof as soon as the proof is there", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, manualReview)
		c.unproven(t)
		c.posts.answers("apify", readings(1_000)...)
		h := c.begin(t)
		h.at(hour, func() {
			require.Equal(t, clip.WaitingForProof, c.onRecord(t).WaitingFor)
			_, err := live.Prove(t.Context(), c.store, c.creator.id, clip.TikTok, c.creator.handle)
			require.NoError(t, err)
			h.SignalWorkflow(workflows.SignalChannelChanged, nil)
		})
		waiting := "not read"
		h.at(hour+time.Minute, func() { waiting = c.onRecord(t).WaitingFor })
		h.ask(2*hour, workflows.UpdateReview, decided(clip.Reject))

		c.track(h)

		require.Empty(t, waiting)
	})

	t.Run("is credited its last reading if the proof comes after the window", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.unproven(t)
		c.posts.answers("apify", readings(1_000)...)
		h := c.begin(t)
		h.at(10*days, func() {
			require.Equal(t, clip.Tracking, c.onRecord(t).Status)
			_, err := live.Prove(t.Context(), c.store, c.creator.id, clip.TikTok, c.creator.handle)
			require.NoError(t, err)
		})

		require.Equal(t, clip.Finished, c.track(h).Status)
		c.requireEarned(t, 500)
	})

	t.Run("does not end unpaid if the proof is revoked at the moment of the credit", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		channelID := c.unproven(t)
		c.posts.answers("apify", readings(1_000)...)
		prove := func() {
			_, err := live.Prove(t.Context(), c.store, c.creator.id, clip.TikTok, c.creator.handle)
			require.NoError(t, err)
		}
		h := c.begin(t)
		h.during("CreditDeferred", func() {
			_, err := c.store.Clips.Revoke(t.Context(), channelID, access.OperatorAction{ID: uuid.NewString(), Actor: "admin", Reason: "in doubt"})
			require.NoError(t, err)
		})
		h.at(10*days, prove)
		during := c.clipStatus(h, 13*days)
		h.at(14*days, prove)

		result := c.track(h)

		require.Equal(t, clip.Tracking, *during)
		require.Equal(t, clip.Finished, result.Status)
		require.Empty(t, result.Reason)
		c.requireEarned(t, 500)
	})

	t.Run("waits a day for the proof after the end of its campaign, then ends with the reason", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.unproven(t)
		c.posts.answers("apify", readings(1_000)...)
		h := c.begin(t)
		h.at(10*hour, func() { h.SignalWorkflow(workflows.SignalFinalSweep, nil) })
		during := c.clipStatus(h, 33*hour)

		result := c.track(h)

		require.Equal(t, clip.Tracking, *during)
		require.Equal(t, clip.Finished, result.Status)
		require.Equal(t, clip.WaitingForProof, result.Reason)
		c.requireEarned(t, 0)
	})

	// closed ends the campaign while the clip waits for its review, and has a reviewer approve it a day later, in a new
	// workflow if it was terminated.
	closed := func(t *testing.T, terminated bool, proofAfter time.Duration) (*tracked, workflows.ClipResult) {
		t.Helper()
		c := setupClip(t, manualReview)
		c.unproven(t)
		c.posts.answers("apify", readings(1_000)...)
		h := c.begin(t)
		h.at(10*hour, func() { h.SignalWorkflow(workflows.SignalFinalSweep, nil) })
		h.at(11*hour, func() {
			require.NoError(t, live.Move(t.Context(), c.store, campaign.Move{CampaignID: c.campaignID, Now: time.Now()}, campaign.Complete))
			if terminated {
				c.mishaps.terminate("MoveClip", afterWork)
			}
		})
		h.ask(30*hour, workflows.UpdateReview, decided(clip.Approve))
		if terminated {
			h.ExecuteWorkflow(workflows.ClipTracking, c.input)
			h.requireTerminated()
			h = c.begin(t)
		}
		if proofAfter > 0 {
			h.at(proofAfter, func() {
				_, err := live.Prove(t.Context(), c.store, c.creator.id, clip.TikTok, c.creator.handle)
				require.NoError(t, err)
			})
		}
		return c, c.track(h)
	}
	proofAfter := map[bool]time.Duration{false: 45 * hour, true: 15 * hour} // of the last workflow
	for clause, terminated := range map[string]bool{"": false, ", although its workflow was started again": true} {
		t.Run("is credited what was kept for its review if the proof comes after its approval"+clause, func(t *testing.T) {
			t.Parallel()
			c, result := closed(t, terminated, proofAfter[terminated])

			require.Equal(t, clip.Finished, result.Status)
			c.requireEarned(t, 500)
		})

		t.Run("keeps no money of its campaign if the proof never comes"+clause, func(t *testing.T) {
			t.Parallel()
			c, result := closed(t, terminated, 0)

			require.Equal(t, clip.Finished, result.Status)
			require.Equal(t, clip.WaitingForProof, result.Reason)
			released, err := c.store.Campaigns.ReleaseKept(t.Context(), c.campaignID, time.Now().Add(100*days))
			require.NoError(t, err)
			require.Equal(t, int64(500), released)
			c.requireEarned(t, 0)
		})
	}

	t.Run("ends when the owner of the account has proven it", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.unproven(t)
		c.posts.answers("apify", readings(1_000)...)
		owner, err := live.Creator(t.Context(), c.store)
		require.NoError(t, err)
		h := c.begin(t)
		h.at(10*hour, func() {
			_, err := live.Prove(t.Context(), c.store, owner, clip.TikTok, c.creator.handle)
			require.NoError(t, err)
			h.SignalWorkflow(workflows.SignalChannelChanged, nil)
		})

		result := c.track(h)

		require.Equal(t, clip.Rejected, result.Status)
		require.Equal(t, clip.RejectedTakenOver, result.Reason)
		c.requireEarned(t, 0)
	})

	t.Run("ends in the same way if the signal is lost", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.unproven(t)
		c.posts.answers("apify", readings(1_000)...)
		owner, err := live.Creator(t.Context(), c.store)
		require.NoError(t, err)
		h := c.begin(t)
		h.at(10*hour, func() {
			_, err := live.Prove(t.Context(), c.store, owner, clip.TikTok, c.creator.handle)
			require.NoError(t, err)
		})

		require.Equal(t, clip.RejectedTakenOver, c.track(h).Reason)
	})

	t.Run("is credited after the proof of another channel that is an author of the post too", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.unproven(t)
		c.posts.others = []string{"second.account"}
		c.posts.answers("apify", readings(1_000)...)
		h := c.begin(t)
		h.at(10*hour, func() {
			_, err := live.Prove(t.Context(), c.store, c.creator.id, clip.TikTok, "second.account")
			require.NoError(t, err)
		})

		result := c.track(h)

		require.Equal(t, clip.Finished, result.Status)
		require.Empty(t, result.Reason)
		c.requireEarned(t, 500)
	})

	t.Run("is verified by any author of a post of several", func(t *testing.T) {
		t.Parallel()
		c := setupClip(t, nil)
		c.posts.author, c.posts.others = "another.author", []string{c.creator.handle}
		c.posts.answers("apify", readings(1_000)...)

		c.track(c.begin(t))

		c.requireEarned(t, 500)
	})
}

// A code that was seen once proves the channel, whatever happens to the worker and the workflow.
func TestAChannelProofSurvives(t *testing.T) {
	t.Parallel()
	steps := []step{{"IssueProof", 1}, {"LookForCode", 1}, {"RecordLook", 1}, {"RecordLook", 2}, {"ListClipsOfChannel", 1}}
	for clause, rule := range misfortunesAt(steps...) {
		t.Run("although "+clause, func(t *testing.T) {
			t.Parallel()
			c := setupChannel(t)
			c.posts.says(claimedAuthor, "Clips.", "apify", "rapidapi")
			c.befall(t, rule)
			codes := map[string]bool{}

			result := survive[workflows.ChannelResult](func() *history {
				h := c.begin(t)
				h.at(20*time.Second, func() {
					proof, err := c.store.Clips.GetProof(t.Context(), c.input.ChannelID)
					if err == nil {
						codes[proof.Code] = true
						c.posts.says(claimedAuthor, proof.Code, "apify")
					}
				})
				return h
			}, workflows.ChannelProof, c.input)

			require.Equal(t, clip.ProofProven, result.Outcome)
			require.Equal(t, clip.Proven, result.Channel)
			require.LessOrEqual(t, len(codes), 1, "the creator has one code")
		})
	}
}

// A clip earns once after its proof, whatever happens while that is credited.
func TestAProofOfAClipSurvives(t *testing.T) {
	t.Parallel()
	for clause, rule := range misfortunesAt(step{"CheckClaim", 1}, step{"CreditDeferred", 1}, step{"VerifyClip", 1}) {
		t.Run("although "+clause, func(t *testing.T) {
			t.Parallel()
			c := setupClip(t, nil)
			c.unproven(t)
			c.posts.answers("apify", readings(1_000)...)
			c.befall(t, rule)

			survive[workflows.ClipResult](func() *history {
				h := c.begin(t)
				h.at(10*days, func() {
					_, err := live.Prove(t.Context(), c.store, c.creator.id, clip.TikTok, c.creator.handle)
					require.NoError(t, err)
				})
				return h
			}, workflows.ClipTracking, c.input)

			require.Equal(t, clip.Finished, c.onRecord(t).Status)
			c.requireEarned(t, 500)
		})
	}
}
