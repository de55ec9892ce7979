package clips_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/clips"
	"github.com/creditroll/creditroll/db/dbtest/live"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/earnings"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/names"
	"github.com/creditroll/creditroll/domain/views"
)

// author is an account that several creators claim.
const author = "the.author"

var digest = clip.AuthorDigest(clip.TikTok, author)

// scene is a live campaign and some creators without clips.
type scene struct {
	*world.World
	polls map[string]int
	posts map[string]string // of each clip
}

func setup(t *testing.T, creators int) *scene {
	t.Helper()
	s := &scene{World: world.New(t, 0, nil), polls: map[string]int{}, posts: map[string]string{}}
	for range creators {
		id, err := live.Creator(t.Context(), s.Books)
		require.NoError(t, err)
		s.CreatorIDs = append(s.CreatorIDs, id)
	}
	return s
}

// claim registers the author's account for a creator.
func (s *scene) claim(t *testing.T, creator int, authorID string) string {
	t.Helper()
	channel, err := s.Clips.CreateChannel(t.Context(), clips.Channel{ID: uuid.NewString(), CreatorID: s.CreatorIDs[creator], Platform: clip.TikTok, AuthorID: authorID})
	require.NoError(t, err)
	return channel.ID
}

// submit adds a clip of a creator.
func (s *scene) submit(t *testing.T, creator int, post string) string {
	t.Helper()
	id, err := s.trySubmit(t, creator, post)
	require.NoError(t, err)
	return id
}

func (s *scene) trySubmit(t *testing.T, creator int, post string) (string, error) {
	t.Helper()
	id := uuid.NewString()
	s.posts[id] = post
	_, err := s.Clips.Create(t.Context(), clip.NewClip{ID: id, CampaignID: s.CampaignID, CreatorID: s.CreatorIDs[creator], Platform: clip.TikTok, ExternalID: post, URL: "https://example.test"})
	return id, err
}

// verify claims the post of a clip whose authors were read, and tracks the clip if it may earn.
func (s *scene) verify(t *testing.T, clipID string, authors ...string) clip.Claim {
	t.Helper()
	claim, err := s.Clips.ClaimPost(t.Context(), clipID, authors)
	require.NoError(t, err)
	if claim.EndsBecause() == "" {
		require.NoError(t, s.Clips.Move(t.Context(), clipID, clip.Tracking, ""))
	} else {
		require.NoError(t, s.Clips.Move(t.Context(), clipID, clip.Rejected, claim.EndsBecause()))
	}
	return claim
}

// read records the next reading of a clip. The rate is half a cent a view.
func (s *scene) read(t *testing.T, clipID string, count int64) earnings.Credit {
	t.Helper()
	s.polls[clipID]++
	credit, err := s.Earnings.RecordReading(t.Context(), s.reading(clipID, s.polls[clipID], count))
	require.NoError(t, err)
	return credit
}

func (s *scene) reading(clipID string, poll int, count int64) views.Observation {
	return views.Observation{
		CampaignID: s.CampaignID, ClipID: clipID, Poll: poll, Provider: "apify", AttemptID: s.AttemptID, Now: world.Now,
		Reading: views.Reading{Platform: clip.TikTok, ExternalID: s.posts[clipID], Views: count, ObservedAt: world.Now},
	}
}

func (s *scene) issue(t *testing.T, channelID string) clips.Proof {
	t.Helper()
	_, err := s.Clips.IssueProof(t.Context(), clip.ProofRequest{ProofID: uuid.NewString(), ChannelID: channelID, Now: world.Now, ExpiresAt: world.Now.Add(24 * time.Hour)})
	require.NoError(t, err)
	proof, err := s.Clips.GetProof(t.Context(), channelID)
	require.NoError(t, err)
	return proof
}

// prove has a provider see the code of a channel.
func (s *scene) prove(t *testing.T, channelID string) clip.ProofState {
	t.Helper()
	state, err := s.Clips.RecordLook(t.Context(), s.sighting(s.issue(t, channelID)))
	require.NoError(t, err)
	return state
}

func (s *scene) sighting(proof clips.Proof) clip.ProofLook {
	return clip.ProofLook{ProofID: proof.ProofID, ChannelID: proof.ChannelID, Number: proof.Looks + 1, Seen: clip.CodeSeen, Provider: "apify", AttemptID: s.AttemptID, Now: world.Now}
}

func (s *scene) status(t *testing.T, channelID string) clip.ChannelStatus {
	t.Helper()
	channel, err := s.Clips.GetChannel(t.Context(), channelID)
	require.NoError(t, err)
	return channel.Status
}

func (s *scene) earned(t *testing.T, creator int) int64 {
	t.Helper()
	return s.Balance(t, ledger.CreatorPending(s.CreatorIDs[creator]))
}

func byPerson() access.OperatorAction {
	return access.OperatorAction{ID: uuid.NewString(), Actor: "admin", Reason: "seen", Evidence: "ticket 1"}
}

func TestAChannel(t *testing.T) {
	t.Parallel()

	t.Run("that a stranger registers first goes to its owner, with the posts", func(t *testing.T) {
		t.Parallel()
		s := setup(t, 2)
		thief, owner := 0, 1
		theirs := s.claim(t, thief, author)
		stolen := s.submit(t, thief, "4711")
		require.Equal(t, clip.Claim{Status: clip.Unproven}, s.verify(t, stolen, digest))
		require.Equal(t, earnings.ChannelUnproven, s.read(t, stolen, 100_000).LimitedBy)

		mine := s.claim(t, owner, author)
		own := s.submit(t, owner, "4711")
		s.verify(t, own, digest)
		s.read(t, own, 100_000)
		require.Equal(t, clip.Proven, s.prove(t, mine).Channel)

		require.Equal(t, clip.Superseded, s.status(t, theirs))
		lost, err := s.Clips.GetClaim(t.Context(), stolen)
		require.NoError(t, err)
		require.Equal(t, clip.RejectedTakenOver, lost.EndsBecause())
		require.Zero(t, s.read(t, stolen, 200_000).GrossMinor)
		require.Equal(t, int64(50_000), s.read(t, own, 100_000).GrossMinor, "all views since the publication count")
		require.Zero(t, s.earned(t, thief))
		require.Positive(t, s.earned(t, owner))
		_, err = s.trySubmit(t, thief, "4711")
		require.Equal(t, "duplicate_clip", fault.CodeOf(err))
		s.RequireBooksInOrder(t)
	})

	t.Run("is refused to others once it is proven, with the reason", func(t *testing.T) {
		t.Parallel()
		s := setup(t, 2)
		theirs := s.claim(t, 0, author)
		mine := s.claim(t, 1, author)
		s.prove(t, mine)

		_, proof := s.Clips.IssueProof(t.Context(), clip.ProofRequest{ProofID: uuid.NewString(), ChannelID: theirs, Now: world.Now, ExpiresAt: world.Now.Add(time.Hour)})
		_, hand := s.Clips.ProveByHand(t.Context(), theirs, byPerson(), world.Now)
		_, again := s.Clips.IssueProof(t.Context(), clip.ProofRequest{ProofID: uuid.NewString(), ChannelID: mine, Now: world.Now, ExpiresAt: world.Now.Add(time.Hour)})

		require.Equal(t, "channel_taken", fault.CodeOf(proof))
		require.Equal(t, "channel_taken", fault.CodeOf(hand))
		require.Equal(t, "channel_proven", fault.CodeOf(again))
	})

	t.Run("is proven once by many proofs at once", func(t *testing.T) {
		t.Parallel()
		const creators = 6
		s := setup(t, creators)
		var channels []string
		var looks []clip.ProofLook
		for creator := range creators {
			channels = append(channels, s.claim(t, creator, author))
			s.verify(t, s.submit(t, creator, "4711"), digest)
			looks = append(looks, s.sighting(s.issue(t, channels[creator])))
		}

		var group sync.WaitGroup
		states := make([]clip.ProofState, creators)
		for i, look := range looks {
			group.Go(func() {
				var err error
				states[i], err = s.Clips.RecordLook(t.Context(), look)
				require.NoError(t, err)
			})
		}
		group.Wait()

		proven := 0
		for i, state := range states {
			if state.Outcome == clip.ProofProven {
				proven++
				require.Equal(t, clip.Proven, s.status(t, channels[i]))
			} else {
				require.Equal(t, clip.ProofSuperseded, state.Outcome)
				require.Equal(t, clip.Superseded, s.status(t, channels[i]))
			}
		}
		require.Equal(t, 1, proven)
	})

	t.Run("is proven once if the proof is recorded again", func(t *testing.T) {
		t.Parallel()
		s := setup(t, 1)
		channel := s.claim(t, 0, author)
		look := s.sighting(s.issue(t, channel))

		first, err := s.Clips.RecordLook(t.Context(), look)
		require.NoError(t, err)
		again, err := s.Clips.RecordLook(t.Context(), look)
		require.NoError(t, err)
		late, err := s.Clips.EndProof(t.Context(), clip.ProofEnd{ProofID: look.ProofID, ChannelID: channel, Outcome: clip.ProofExpired, Now: world.Now})
		require.NoError(t, err)

		require.Equal(t, first, again)
		require.Equal(t, first, late)
		require.Equal(t, clip.Proven, s.status(t, channel))
	})

	t.Run("whose proof expires can be proven with another code", func(t *testing.T) {
		t.Parallel()
		s := setup(t, 1)
		channel := s.claim(t, 0, author)
		first := s.issue(t, channel)
		ended, err := s.Clips.EndProof(t.Context(), clip.ProofEnd{ProofID: first.ProofID, ChannelID: channel, Outcome: clip.ProofExpired, Now: world.Now})
		require.NoError(t, err)
		require.Equal(t, clip.Expired, ended.Channel)

		second := s.issue(t, channel)
		stale, err := s.Clips.RecordLook(t.Context(), s.sighting(first))
		require.NoError(t, err)
		require.Equal(t, clip.ProofExpired, stale.Outcome)
		require.Equal(t, clip.Proving, s.status(t, channel))
		state, err := s.Clips.RecordLook(t.Context(), s.sighting(second))

		require.NoError(t, err)
		require.NotEqual(t, first.Code, second.Code)
		require.Equal(t, clip.ProofProven, state.Outcome)
	})

	t.Run("keeps the code of a proof that is issued again", func(t *testing.T) {
		t.Parallel()
		s := setup(t, 1)
		channel := s.claim(t, 0, author)
		first := s.issue(t, channel)

		_, err := s.Clips.IssueProof(t.Context(), clip.ProofRequest{ProofID: first.ProofID, ChannelID: channel, Now: world.Now.Add(time.Minute), ExpiresAt: world.Now.Add(48 * time.Hour)})
		require.NoError(t, err)
		again, err := s.Clips.GetProof(t.Context(), channel)

		require.NoError(t, err)
		require.Equal(t, first, again)
		require.True(t, strings.HasPrefix(first.Code, clip.CodePrefix))
		require.Len(t, first.Code, len(clip.CodePrefix)+10)
	})

	t.Run("that is revoked earns nothing more, keeps what it earned, and leaves its posts", func(t *testing.T) {
		t.Parallel()
		s := setup(t, 2)
		channel := s.claim(t, 0, author)
		s.prove(t, channel)
		posted := s.submit(t, 0, "4711")
		s.verify(t, posted, digest)
		s.read(t, posted, 20_000)
		before := s.earned(t, 0)

		_, err := s.Clips.Revoke(t.Context(), channel, byPerson())
		require.NoError(t, err)
		_, err = s.Clips.Revoke(t.Context(), channel, byPerson())
		require.NoError(t, err, "repeating it changes nothing")

		require.Equal(t, earnings.ChannelUnproven, s.read(t, posted, 40_000).LimitedBy)
		require.Equal(t, before, s.earned(t, 0))
		other := s.claim(t, 1, author)
		s.prove(t, other)
		taken := s.submit(t, 1, "4711")
		require.True(t, s.verify(t, taken, digest).Holds)
		require.Equal(t, int64(20_000), s.read(t, taken, 40_000).GrossMinor)
		s.RequireBooksInOrder(t)
	})

	t.Run("that is proven again after a revocation is credited all that it missed", func(t *testing.T) {
		t.Parallel()
		s := setup(t, 1)
		channel := s.claim(t, 0, author)
		s.prove(t, channel)
		posted := s.submit(t, 0, "4711")
		s.verify(t, posted, digest)
		s.read(t, posted, 20_000)
		_, err := s.Clips.Revoke(t.Context(), channel, byPerson())
		require.NoError(t, err)
		s.read(t, posted, 40_000)

		s.prove(t, channel)

		require.Equal(t, int64(10_000), s.read(t, posted, 40_000).GrossMinor)
		s.RequireBooksInOrder(t)
	})

	t.Run("that is revoked freezes the payouts of its creator, and a proof does not lift that", func(t *testing.T) {
		t.Parallel()
		s := setup(t, 1)
		channel := s.claim(t, 0, author)
		s.prove(t, channel)

		_, err := s.Clips.Revoke(t.Context(), channel, byPerson())
		require.NoError(t, err)
		s.prove(t, channel)

		var by, reason string
		require.NoError(t, s.DB.Pool.QueryRow(t.Context(), "SELECT payouts_frozen_by, payouts_frozen_reason FROM creators WHERE id = $1", s.CreatorIDs[0]).Scan(&by, &reason))
		require.Equal(t, "admin", by)
		require.Contains(t, reason, channel)
		var actions int
		require.NoError(t, s.DB.Pool.QueryRow(t.Context(), "SELECT count(*) FROM operator_actions WHERE subject = $1 AND action = 'freeze'", names.Creator(s.CreatorIDs[0])).Scan(&actions))
		require.Equal(t, 1, actions)
	})

	t.Run("has a proof of its own, even if the id is used twice", func(t *testing.T) {
		t.Parallel()
		s := setup(t, 1)
		first, second := s.claim(t, 0, author), s.claim(t, 0, "another.author")
		proof := s.issue(t, first)

		_, err := s.Clips.IssueProof(t.Context(), clip.ProofRequest{ProofID: proof.ProofID, ChannelID: second, Now: world.Now, ExpiresAt: world.Now.Add(time.Hour)})
		require.Equal(t, "idempotency_key_reused", fault.CodeOf(err))
		look := s.sighting(proof)
		look.ChannelID = second
		_, err = s.Clips.RecordLook(t.Context(), look)
		require.Equal(t, "proof_not_found", fault.CodeOf(err))

		require.Equal(t, clip.Unproven, s.status(t, second))
		require.Equal(t, clip.Proving, s.status(t, first))
	})

	t.Run("is not proven while many others of its creator are", func(t *testing.T) {
		t.Parallel()
		s := setup(t, 1)
		for i := range clip.OpenProofsMax {
			s.issue(t, s.claim(t, 0, fmt.Sprintf("author.%d", i)))
		}

		_, err := s.Clips.IssueProof(t.Context(), clip.ProofRequest{ProofID: uuid.NewString(), ChannelID: s.claim(t, 0, author), Now: world.Now, ExpiresAt: world.Now.Add(time.Hour)})

		require.Equal(t, "too_many_proofs", fault.CodeOf(err))
	})

	t.Run("that is proven too late for a clip leaves the post to another campaign", func(t *testing.T) {
		t.Parallel()
		s := setup(t, 1)
		channel := s.claim(t, 0, author)
		late := s.submit(t, 0, "4711")
		s.verify(t, late, digest)
		require.NoError(t, s.Clips.Move(t.Context(), late, clip.Finished, clip.WaitingForProof))
		s.prove(t, channel)

		again := s.submit(t, 0, "4711")

		require.True(t, s.verify(t, again, digest).Holds)
		require.Equal(t, int64(500), s.read(t, again, 1_000).GrossMinor)
	})

	t.Run("that is not proven cannot be revoked", func(t *testing.T) {
		t.Parallel()
		s := setup(t, 1)

		_, err := s.Clips.Revoke(t.Context(), s.claim(t, 0, author), byPerson())

		require.Equal(t, "channel_not_proven", fault.CodeOf(err))
	})

	t.Run("is proven by hand with the evidence on record", func(t *testing.T) {
		t.Parallel()
		s := setup(t, 1)
		channel := s.claim(t, 0, author)
		running := s.issue(t, channel)

		_, err := s.Clips.ProveByHand(t.Context(), channel, byPerson(), world.Now)
		require.NoError(t, err)

		require.Equal(t, clip.Proven, s.status(t, channel))
		proof, err := s.Clips.GetProof(t.Context(), channel)
		require.NoError(t, err)
		require.Equal(t, running.ProofID, proof.ProofID)
		require.Equal(t, clip.ProofReplaced, proof.Outcome)
		var evidence string
		require.NoError(t, s.DB.Pool.QueryRow(t.Context(), "SELECT evidence FROM operator_actions WHERE subject = $1 AND action = 'prove'", "channel/"+channel).Scan(&evidence))
		require.Equal(t, "ticket 1", evidence)
	})
}

func TestAPost(t *testing.T) {
	t.Parallel()

	t.Run("of several authors earns for one of them, however many are verified at once", func(t *testing.T) {
		t.Parallel()
		const creators = 5
		s := setup(t, creators)
		var all []string
		clipIDs := make([]string, creators)
		for creator := range creators {
			authorID := fmt.Sprintf("author.%d", creator)
			s.prove(t, s.claim(t, creator, authorID))
			all = append(all, clip.AuthorDigest(clip.TikTok, authorID))
			clipIDs[creator] = s.submit(t, creator, "4711")
		}

		var group sync.WaitGroup
		held := make([]clip.Claim, creators)
		for creator := range creators {
			group.Go(func() { held[creator] = s.verify(t, clipIDs[creator], all...) })
		}
		group.Wait()

		holders := 0
		for creator := range creators {
			credited := s.read(t, clipIDs[creator], 1_000).GrossMinor
			if held[creator].Holds {
				holders++
				require.Equal(t, int64(500), credited)
				continue
			}
			require.Equal(t, clip.RejectedDuplicate, held[creator].EndsBecause())
			require.Zero(t, credited)
		}
		require.Equal(t, 1, holders)
		s.RequireBooksInOrder(t)
	})

	t.Run("of several authors is matched against each of them, the proven one first", func(t *testing.T) {
		t.Parallel()
		s := setup(t, 1)
		s.claim(t, 0, author)
		s.prove(t, s.claim(t, 0, "the.other"))

		claim := s.verify(t, s.submit(t, 0, "4711"), digest, clip.AuthorDigest(clip.TikTok, "the.other"))

		require.Equal(t, clip.Claim{Status: clip.Proven, Holds: true}, claim)
	})

	t.Run("that another author has taken ends the clip once its own channel is proven", func(t *testing.T) {
		t.Parallel()
		s := setup(t, 2)
		late := s.claim(t, 0, author)
		first := s.submit(t, 0, "4711")
		s.verify(t, first, digest, clip.AuthorDigest(clip.TikTok, "the.other"))
		s.prove(t, s.claim(t, 1, "the.other"))
		s.verify(t, s.submit(t, 1, "4711"), digest, clip.AuthorDigest(clip.TikTok, "the.other"))

		s.prove(t, late)

		claim, err := s.Clips.GetClaim(t.Context(), first)
		require.NoError(t, err)
		require.Equal(t, clip.RejectedDuplicate, claim.EndsBecause())
		require.Zero(t, s.read(t, first, 1_000).GrossMinor)
	})

	t.Run("is not taken by a clip whose channel is not proven", func(t *testing.T) {
		t.Parallel()
		s := setup(t, 2)
		s.claim(t, 0, author)
		s.verify(t, s.submit(t, 0, "4711"), digest)

		_, err := s.trySubmit(t, 1, "4711")

		require.NoError(t, err)
	})

	t.Run("is refused to the creator who has submitted it before", func(t *testing.T) {
		t.Parallel()
		s := setup(t, 1)
		s.submit(t, 0, "4711")

		_, err := s.trySubmit(t, 0, "4711")

		require.Equal(t, "duplicate_clip", fault.CodeOf(err))
	})

	t.Run("of a foreign author belongs to none of the creator's channels", func(t *testing.T) {
		t.Parallel()
		s := setup(t, 1)
		s.prove(t, s.claim(t, 0, author))

		claim := s.verify(t, s.submit(t, 0, "4711"), clip.AuthorDigest(clip.TikTok, "a.stranger"))

		require.Equal(t, clip.RejectedForeignAuthor, claim.EndsBecause())
	})
}

// A worker that credits batches without a break keeps what it has read of the clips. It must not miss a proof or a revocation
// between two batches.
func TestAProofBetweenTwoBatches(t *testing.T) {
	t.Parallel()
	s := setup(t, 1)
	channel := s.claim(t, 0, author)
	posted := s.submit(t, 0, "4711")
	s.verify(t, posted, digest)
	busy := s.submit(t, 0, "4712")
	s.verify(t, busy, digest)

	stop := make(chan struct{})
	var group sync.WaitGroup
	group.Go(func() {
		for poll := 1; ; poll++ {
			select {
			case <-stop:
				return
			default:
				_, err := s.Earnings.RecordReading(t.Context(), s.reading(busy, poll, int64(poll)))
				require.NoError(t, err)
			}
		}
	})
	poll := 0
	for range 20 {
		poll++
		unproven, err := s.Earnings.RecordReading(t.Context(), s.reading(posted, poll, int64(1_000*poll)))
		require.NoError(t, err)
		require.Equal(t, earnings.ChannelUnproven, unproven.LimitedBy)
		require.Zero(t, unproven.GrossMinor)
		s.prove(t, channel)

		poll++
		proven, err := s.Earnings.RecordReading(t.Context(), s.reading(posted, poll, int64(1_000*poll)))
		require.NoError(t, err)
		require.Equal(t, int64(1_000), proven.GrossMinor)
		_, err = s.Clips.Revoke(t.Context(), channel, byPerson())
		require.NoError(t, err)
	}
	close(stop)
	group.Wait()
	s.RequireBooksInOrder(t)
}
