package api_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/api/client"
	"github.com/creditroll/creditroll/db/clips"
	"github.com/creditroll/creditroll/db/dbtest/live"
	"github.com/creditroll/creditroll/domain/clip"
)

// claim registers a channel of a creator, which is not proven.
func (w *world) claim(t *testing.T, creatorID, authorID string) string {
	t.Helper()
	channel, err := w.store.Clips.CreateChannel(t.Context(), clips.Channel{ID: uuid.NewString(), CreatorID: creatorID, Platform: clip.TikTok, AuthorID: authorID})
	require.NoError(t, err)
	return channel.ID
}

func TestChannels(t *testing.T) {
	t.Parallel()

	t.Run("are claimed by several creators until one has proven the account", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		other := w.creator(t)
		w.claim(t, other, "some.one")

		added, err := w.as(t, w.creatorUser()).AddChannelWithResponse(t.Context(), w.creatorID, nil, client.NewChannel{Platform: "tiktok", HandleOrId: "some.one"})

		require.NoError(t, err)
		require.Equal(t, 201, added.StatusCode(), string(added.Body))
		require.Equal(t, client.ChannelStatus("unproven"), added.JSON201.Status)
	})

	t.Run("get a code, which is the same until the proof has ended", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		self, channel := w.as(t, w.creatorUser()), w.claim(t, w.creatorID, "some.one")

		started, err := self.StartChannelProofWithResponse(t.Context(), channel, nil, client.NewChannelProof{})
		require.NoError(t, err)
		read, err := self.GetChannelWithResponse(t.Context(), channel)
		require.NoError(t, err)
		cancelled, err := self.CancelChannelProofWithResponse(t.Context(), channel, nil)
		require.NoError(t, err)

		require.Equal(t, 200, started.StatusCode(), string(started.Body))
		require.Contains(t, *started.JSON200.Proof.Code, clip.CodePrefix)
		require.Equal(t, started.JSON200, read.JSON200)
		require.Equal(t, client.ChannelStatus("proving"), read.JSON200.Status)
		require.Equal(t, client.ChannelStatus("unproven"), cancelled.JSON200.Status, string(cancelled.Body))
		require.Nil(t, cancelled.JSON200.Proof.Code)
	})

	t.Run("get one code for a request that is repeated with its key", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		channel := w.claim(t, w.creatorID, "some.one")
		key := header{"Idempotency-Key": uuid.NewString()}

		first := w.send(t, w.creatorUser(), "POST", path("/channels/%s/proof", channel), `{}`, key)
		again := w.send(t, w.creatorUser(), "POST", path("/channels/%s/proof", channel), `{}`, key)

		require.Equal(t, 200, first.status, string(first.body))
		require.Equal(t, string(first.body), string(again.body))
	})

	t.Run("can be proven by a post", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		channel := w.claim(t, w.creatorID, "some.one")

		started := w.send(t, w.creatorUser(), "POST", path("/channels/%s/proof", channel), `{"post_url":"https://vm.tiktok.com/ZMabcdef/"}`, nil)

		require.Equal(t, 200, started.status, string(started.body))
		proof, err := w.store.Clips.GetProof(t.Context(), channel)
		require.NoError(t, err)
		require.Equal(t, "4711", proof.PostID)
	})

	t.Run("hide their code from those who cannot prove them", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		channel := w.claim(t, w.creatorID, "some.one")
		require.Equal(t, 200, w.send(t, w.creatorUser(), "POST", path("/channels/%s/proof", channel), `{}`, nil).status)

		read, err := w.as(t, w.reviewer()).GetChannelWithResponse(t.Context(), channel)

		require.NoError(t, err)
		require.Equal(t, "profile", string(read.JSON200.Proof.Place))
		require.Nil(t, read.JSON200.Proof.Code)
	})

	t.Run("are proven by hand and revoked by an administrator, which their clips are told", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		id := w.live(t)
		w.accepted(t, id, w.creatorID)
		require.Equal(t, 201, w.submit(t, id, tiktokPost).StatusCode())
		posted := w.clips(t, id)[0].ID
		channel := w.claim(t, w.creatorID, "some.one")
		_, err := w.store.Clips.ClaimPost(t.Context(), posted, []string{clip.AuthorDigest(clip.TikTok, "some.one")})
		require.NoError(t, err)
		admin := w.as(t, w.admin())

		proven, err := admin.ProveChannelByHandWithResponse(t.Context(), channel, nil, client.ChannelEvidence{Reason: "seen in a call", Evidence: "ticket 4711"})
		require.NoError(t, err)
		held, err := w.store.Clips.GetClaim(t.Context(), posted)
		require.NoError(t, err)
		revoked, err := admin.RevokeChannelWithResponse(t.Context(), channel, nil, client.RequiredReason{Reason: "sold"})
		require.NoError(t, err)

		require.Equal(t, client.ChannelStatus("proven"), proven.JSON200.Status, string(proven.Body))
		require.True(t, held.Holds)
		require.Equal(t, client.ChannelStatus("revoked"), revoked.JSON200.Status)
		require.Equal(t, "sold", *revoked.JSON200.RevokedReason)
		require.Equal(t, []string{posted, posted}, w.engine.told)
	})

	for name, bad := range map[string]struct {
		as     string
		path   string
		body   string
		status int
		code   string
	}{
		"a proof of a stranger's channel":            {as: "stranger", path: "/proof", body: `{}`, status: 404, code: "channel_not_found"},
		"a proof by a brand":                         {as: "brand", path: "/proof", body: `{}`, status: 403, code: "wrong_role"},
		"a proof by a post that is none":             {as: "creator", path: "/proof", body: `{"post_url":"https://www.tiktok.com/@some.one"}`, status: 400, code: "unsupported_clip_url"},
		"a proof by a post of another platform":      {as: "creator", path: "/proof", body: `{"post_url":"https://youtu.be/dQw4w9WgXcQ"}`, status: 400, code: "post_of_another_platform"},
		"a creator who proves by hand":               {as: "creator", path: "/prove", body: `{"reason":"me","evidence":"me"}`, status: 403, code: "wrong_role"},
		"a reviewer who revokes":                     {as: "reviewer", path: "/revoke", body: `{"reason":"r"}`, status: 403, code: "wrong_role"},
		"a proof by hand without evidence":           {as: "admin", path: "/prove", body: `{"reason":"r"}`, status: 400, code: "invalid_request"},
		"a revocation of what is not proven":         {as: "admin", path: "/revoke", body: `{"reason":"r"}`, status: 409, code: "channel_not_proven"},
		"the cancellation of a proof that is none":   {as: "creator", path: "/proof/cancel", body: "", status: 404, code: "proof_not_found"},
		"a proof of what another has proven":         {as: "taken", path: "/proof", body: `{}`, status: 409, code: "channel_taken"},
		"a proof by hand of what another has proven": {as: "taken-admin", path: "/prove", body: `{"reason":"r","evidence":"e"}`, status: 409, code: "channel_taken"},
	} {
		t.Run("refuse "+name, func(t *testing.T) {
			t.Parallel()
			w := setup(t)
			channel := w.claim(t, w.creatorID, "some.one")
			principal := w.creatorUser()
			switch bad.as {
			case "stranger":
				principal = creatorUser(w.creator(t))
			case "brand":
				principal = w.brand()
			case "reviewer":
				principal = w.reviewer()
			case "admin":
				principal = w.admin()
			case "taken", "taken-admin":
				_, err := live.Prove(t.Context(), w.store, w.creator(t), clip.TikTok, "some.one")
				require.NoError(t, err)
				if bad.as == "taken-admin" {
					principal = w.admin()
				}
			}

			got := w.send(t, principal, "POST", path("/channels/%s%s", channel, bad.path), bad.body, nil)

			got.requireProblem(t, bad.status, bad.code)
		})
	}
}
