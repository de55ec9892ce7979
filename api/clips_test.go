package api_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/api/client"
	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/campaigns"
	"github.com/creditroll/creditroll/db/clips"
	"github.com/creditroll/creditroll/db/dbtest/live"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
	"github.com/creditroll/creditroll/domain/views"
)

const tiktokPost = "https://www.tiktok.com/@some.one/video/7106594312292453675?lang=en"

func (w *world) clips(t *testing.T, campaignID string) []clips.Clip {
	t.Helper()
	clips, err := w.store.Clips.List(t.Context(), clips.Filter{CampaignID: campaignID}, db.Page{Size: 100})
	require.NoError(t, err)
	return clips
}

func (w *world) submit(t *testing.T, campaignID, url string) *client.SubmitClipResponse {
	t.Helper()
	got, err := w.as(t, w.creatorUser()).SubmitClipWithResponse(t.Context(), campaignID, nil, client.NewClip{CreatorId: w.creatorID, Url: url})
	require.NoError(t, err)
	return got
}

func TestSubmitClip(t *testing.T) {
	t.Parallel()

	t.Run("makes one clip of every address of one post", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		id := w.live(t)
		w.accepted(t, id, w.creatorID)

		first := w.submit(t, id, tiktokPost)
		again := w.submit(t, id, "http://m.tiktok.com/v/7106594312292453675.html")
		pasted := w.submit(t, id, "My new clip! \u200bwww.tiktok.com/@some.one/video/7106594312292453675, have a look")

		require.Equal(t, 201, first.StatusCode(), string(first.Body))
		require.Equal(t, first.JSON201, again.JSON201)
		require.Equal(t, first.JSON201, pasted.JSON201)
		require.Equal(t, "https://www.tiktok.com/@_/video/7106594312292453675", first.JSON201.Url)
		require.Equal(t, "verifying", first.JSON201.Status)
		require.Len(t, w.clips(t, id), 1)
	})

	t.Run("names a clip after its campaign, the creator and the post", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		id := w.live(t)
		w.accepted(t, id, w.creatorID)

		submitted := w.submit(t, id, tiktokPost)

		require.Equal(t, 201, submitted.StatusCode(), string(submitted.Body))
		read, err := w.store.Campaigns.Get(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, clip.Submission{
			CampaignID: id, CampaignCreatedAt: read.CreatedAt, CreatorID: w.creatorID, Ref: clip.Ref{Platform: clip.TikTok, ExternalID: "7106594312292453675"},
		}.ID(), submitted.JSON201.Id)
	})

	t.Run("follows a short link", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		id := w.live(t)
		w.accepted(t, id, w.creatorID)

		got := w.submit(t, id, "https://vm.tiktok.com/ZMabcdef/")

		require.Equal(t, 201, got.StatusCode(), string(got.Body))
		require.Equal(t, "4711", got.JSON201.ExternalId)
	})

	t.Run("refuses a post that another creator has submitted", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		id := w.live(t)
		w.accepted(t, id, w.creatorID)
		other := w.creator(t)
		w.accepted(t, id, other)
		require.Equal(t, 201, w.submit(t, id, tiktokPost).StatusCode())
		require.NoError(t, live.Own(t.Context(), w.store, w.clips(t, id)[0].ID))

		got := w.send(t, creatorUser(other), "POST", path("/campaigns/%s/clips", id), jsonOf(t, client.NewClip{CreatorId: other, Url: tiktokPost}), nil)

		got.requireProblem(t, 409, "duplicate_clip")
		require.Len(t, w.clips(t, id), 1)
	})

	for name, bad := range map[string]struct {
		arrange func(t *testing.T, w *world) (campaignID, url string)
		status  int
		code    string
	}{
		"a malformed address": {func(t *testing.T, w *world) (string, string) {
			return w.joined(t), "not an address"
		}, 400, "malformed_url"},
		"an address of another site": {func(t *testing.T, w *world) (string, string) {
			return w.joined(t), "https://example.test/video/1"
		}, 400, "unknown_platform"},
		"an address that names no post": {func(t *testing.T, w *world) (string, string) {
			return w.joined(t), "https://www.tiktok.com/@some.one"
		}, 400, "unsupported_clip_url"},
		"a text with several posts": {func(t *testing.T, w *world) (string, string) {
			return w.joined(t), tiktokPost + " and https://www.tiktok.com/@some.one/video/7106594312292453676"
		}, 400, "several_posts"},
		"a platform that the terms do not name": {func(t *testing.T, w *world) (string, string) {
			return w.joined(t), "https://x.com/someone/status/20"
		}, 400, "platform_not_allowed"},
		"a platform without a channel of the creator": {func(t *testing.T, w *world) (string, string) {
			return w.joined(t), "https://youtu.be/dQw4w9WgXcQ"
		}, 409, "channel_missing"},
		"a campaign that is paused": {func(t *testing.T, w *world) (string, string) {
			id := w.joined(t)
			w.move(t, id, campaign.Pause)
			return id, tiktokPost
		}, 409, "campaign_not_live"},
		"a campaign that is closing": {func(t *testing.T, w *world) (string, string) {
			id := w.joined(t)
			require.NoError(t, w.store.Campaigns.StopSubmissions(t.Context(), id))
			return id, tiktokPost
		}, 409, "campaign_not_live"},
		"a campaign that has ended": {func(t *testing.T, w *world) (string, string) {
			id := w.joined(t)
			w.move(t, id, campaign.Complete)
			return id, tiktokPost
		}, 409, "campaign_not_live"},
		"a campaign that is a draft": {func(t *testing.T, w *world) (string, string) {
			return w.draft(t), tiktokPost
		}, 404, "campaign_not_found"},
		"an unknown campaign": {func(*testing.T, *world) (string, string) {
			return uuid.NewString(), tiktokPost
		}, 404, "campaign_not_found"},
		"a creator who never applied": {func(t *testing.T, w *world) (string, string) {
			return w.live(t), tiktokPost
		}, 409, "participation_not_accepted"},
		"a creator whose application is not decided": {func(t *testing.T, w *world) (string, string) {
			id := w.live(t)
			_, err := w.store.Campaigns.CreateParticipation(t.Context(), campaigns.NewParticipation{ID: uuid.NewString(), CampaignID: id, CreatorID: w.creatorID, Status: campaign.ParticipationApplied})
			require.NoError(t, err)
			return id, tiktokPost
		}, 409, "participation_not_accepted"},
	} {
		t.Run("refuses "+name+" and changes nothing", func(t *testing.T) {
			t.Parallel()
			w := setup(t)
			id, url := bad.arrange(t, w)

			got := w.send(t, w.creatorUser(), "POST", path("/campaigns/%s/clips", id), jsonOf(t, client.NewClip{CreatorId: w.creatorID, Url: url}), nil)

			got.requireProblem(t, bad.status, bad.code)
			require.Empty(t, w.clips(t, id))
			require.Zero(t, w.engine.count())
		})
	}
}

// joined is a live campaign that the creator takes part in.
func (w *world) joined(t *testing.T) string {
	t.Helper()
	id := w.live(t)
	w.accepted(t, id, w.creatorID)
	return id
}

func TestClips(t *testing.T) {
	t.Parallel()

	t.Run("are reviewed by reviewers", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		id := w.joined(t)
		first := w.submit(t, id, tiktokPost).JSON201.Id
		second := w.submit(t, id, "https://www.tiktok.com/@a/video/2").JSON201.Id

		approved := w.send(t, w.reviewer(), "POST", path("/clips/%s/approve", first), "", nil)
		rejected, err := w.as(t, w.reviewer()).RejectClipWithResponse(t.Context(), second, nil, client.ClipDecision{Code: "off_brief", Note: "The brand is not shown."})
		require.NoError(t, err)
		read, err := w.as(t, w.creatorUser()).GetClipWithResponse(t.Context(), second)

		require.NoError(t, err)
		require.JSONEq(t, jsonOf(t, client.ClipState{Id: first, Status: "tracking"}), string(approved.body))
		require.Equal(t, "rejected", rejected.JSON200.Status)
		require.Equal(t, "off_brief", *read.JSON200.StatusReason)
	})

	t.Run("are flagged, removed and restored by reviewers, who say why", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		id := w.submit(t, w.joined(t), tiktokPost).JSON201.Id
		w.send(t, w.reviewer(), "POST", path("/clips/%s/approve", id), "", nil)
		decide := func(who access.Principal, decision, body string) answer {
			return w.send(t, who, "POST", path("/clips/%s/"+decision, id), body, nil)
		}

		decide(w.reviewer(), "remove", `{"code":""}`).requireProblem(t, 400, "invalid_request")
		decide(w.brand(), "remove", `{"code":"off_brief"}`).requireProblem(t, 403, "wrong_role")
		decide(w.creatorUser(), "restore", `{"code":"decided_in_error"}`).requireProblem(t, 403, "wrong_role")
		var statuses []string
		for _, each := range [][2]string{{"flag", "suspicious_views"}, {"remove", "copied_content"}, {"restore", "decided_in_error"}} {
			var state client.ClipState
			got := decide(w.reviewer(), each[0], `{"code":"`+each[1]+`"}`)
			require.NoError(t, json.Unmarshal(got.body, &state), string(got.body))
			statuses = append(statuses, state.Status)
		}
		decide(w.reviewer(), "restore", `{"code":"decided_in_error"}`)

		require.Equal(t, []string{"in_review", "removed", "verifying"}, statuses)
	})

	t.Run("show what a reading counts for and what is held, and a reviewer confirms it", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		w.plausibility = views.Plausibility{} // the defaults
		campaignID := w.joined(t)
		id := w.submit(t, campaignID, tiktokPost).JSON201.Id
		w.send(t, w.reviewer(), "POST", path("/clips/%s/approve", id), "", nil)
		w.observe(t, campaignID, id, 1_000, 9_000_000)
		confirm := func(who access.Principal, body string) answer {
			return w.send(t, who, "POST", path("/clips/%s/confirm", id), body, nil)
		}

		read, err := w.as(t, w.creatorUser()).GetClipWithResponse(t.Context(), id)
		require.NoError(t, err)
		listed, err := w.as(t, w.reviewer()).ListObservationsWithResponse(t.Context(), id, nil)
		require.NoError(t, err)

		require.Equal(t, int64(3_000), read.JSON200.AcceptedViews)
		require.Equal(t, int64(8_997_000), read.JSON200.HeldViews)
		require.Contains(t, read.JSON200.HeldReason, "once another reading confirms them")
		capped := listed.JSON200.Items[1]
		require.Equal(t, "capped", capped.Decision)
		require.Equal(t, int64(3_000), capped.AcceptedViews)
		require.Equal(t, int64(9_000_000), capped.ClaimedViews)
		require.Equal(t, "apify", capped.ClaimedBy)
		require.Contains(t, capped.Signals, client.ReadingSignal{Code: "jump_over_plausible", Value: 9_000_000, Limit: 3_000})
		confirm(w.creatorUser(), `{"note":"mine","views":1}`).requireProblem(t, 403, "wrong_role")
		confirm(w.brand(), `{"note":"mine","views":1}`).requireProblem(t, 403, "wrong_role")
		confirm(w.reviewer(), `{"note":"seen"}`).requireProblem(t, 400, "invalid_request")
		confirm(w.reviewer(), `{"note":"seen","views":9000001}`).requireProblem(t, 400, "views_out_of_range")
		require.Equal(t, 200, confirm(w.reviewer(), `{"note":"seen","views":9000000}`).status)
	})

	t.Run("show a count that another provider has contradicted, and that a clip could not earn more by it", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		w.plausibility = views.Plausibility{} // the defaults
		campaignID := w.joined(t)
		id := w.submit(t, campaignID, tiktokPost).JSON201.Id
		w.send(t, w.reviewer(), "POST", path("/clips/%s/approve", id), "", nil)
		w.observe(t, campaignID, id, 1_000, 8_000)
		w.observeBy(t, "youtube", campaignID, id, 3, 1_000)
		read := func() *client.Clip {
			got, err := w.as(t, w.creatorUser()).GetClipWithResponse(t.Context(), id)
			require.NoError(t, err)
			return got.JSON200
		}

		contradicted := read()
		require.NoError(t, w.store.Clips.Move(t.Context(), id, clip.Finished, clip.FullyEarned))
		ended := read()

		require.Equal(t, int64(8_000), contradicted.ClaimedViews)
		require.True(t, contradicted.ClaimContradicted)
		require.Contains(t, contradicted.HeldReason, "another one shows fewer")
		require.Equal(t, client.ClipActsNext("none"), *ended.ActsNext)
		require.Contains(t, ended.HeldReason, "would pay nothing")
		require.Contains(t, *ended.ReasonText, "earned all that it can")
	})

	t.Run("that finished with an unconfirmed count are confirmed until their campaign is completed", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		w.plausibility = views.Plausibility{} // the defaults
		campaignID := w.joined(t)
		id := w.submit(t, campaignID, tiktokPost).JSON201.Id
		w.send(t, w.reviewer(), "POST", path("/clips/%s/approve", id), "", nil)
		w.observe(t, campaignID, id, 1_000, 9_000_000)
		finish := func() {
			require.NoError(t, w.store.Clips.Move(t.Context(), id, clip.Finished, clip.UnconfirmedCount))
		}
		confirm := func(count int64) answer {
			return w.send(t, w.reviewer(), "POST", path("/clips/%s/confirm", id), fmt.Sprintf(`{"note":"seen","views":%d}`, count), nil)
		}
		read := func() *client.Clip {
			got, err := w.as(t, w.creatorUser()).GetClipWithResponse(t.Context(), id)
			require.NoError(t, err)
			return got.JSON200
		}
		finish()

		open := read()
		require.Equal(t, int64(9_000_000), open.ClaimedViews)
		require.Equal(t, client.ClipActsNext("reviewer"), *open.ActsNext)
		require.Contains(t, open.HeldReason, "if a reviewer confirms them")
		confirm(9_000_001).requireProblem(t, 400, "views_out_of_range")
		require.Equal(t, 200, confirm(9_000_000).status)
		require.Equal(t, "tracking", read().Status)

		finish()
		_, err := w.store.Campaigns.Move(t.Context(), campaign.Move{CampaignID: campaignID, Command: campaign.Complete, Now: w.clock.Now()})
		require.NoError(t, err)
		require.Equal(t, client.ClipActsNext("none"), *read().ActsNext)
		confirm(9_000_000).requireProblem(t, 409, "campaign_completed")
	})

	t.Run("show that a person has stopped tracking, as their campaign does", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		id := w.joined(t)
		tracked := w.submit(t, id, tiktokPost).JSON201.Id
		rejected := w.submit(t, id, "https://www.tiktok.com/@a/video/2").JSON201.Id
		w.send(t, w.reviewer(), "POST", path("/clips/%s/approve", tracked), "", nil)
		w.send(t, w.reviewer(), "POST", path("/clips/%s/reject", rejected), `{"code":"off_brief"}`, nil)
		paused := func() []bool {
			var all []bool
			for _, clipID := range []string{tracked, rejected} {
				read, err := w.as(t, w.creatorUser()).GetClipWithResponse(t.Context(), clipID)
				require.NoError(t, err)
				all = append(all, read.JSON200.TrackingPaused)
			}
			listed, err := w.as(t, w.creatorUser()).ListClipsWithResponse(t.Context(), id, nil)
			require.NoError(t, err)
			require.Len(t, listed.JSON200.Items, 2)
			for _, each := range listed.JSON200.Items {
				require.Equal(t, each.Id == tracked && all[0], each.TrackingPaused)
			}
			read, err := w.as(t, w.brand()).GetCampaignWithResponse(t.Context(), id)
			require.NoError(t, err)
			return append(all, read.JSON200.TrackingPaused)
		}

		before := paused()
		w.send(t, w.admin(), "PUT", path("/switches/tracking"), `{"off":true,"reason":"an incident"}`, nil)
		during := paused()
		w.send(t, w.admin(), "PUT", path("/switches/tracking"), `{"off":false,"reason":"fixed"}`, nil)

		require.Equal(t, []bool{false, false, false}, before)
		require.Equal(t, []bool{true, false, true}, during)
		require.Equal(t, []bool{false, false, false}, paused())
	})

	t.Run("are not rejected without a reason", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		id := w.submit(t, w.joined(t), tiktokPost).JSON201.Id

		got := w.send(t, w.reviewer(), "POST", path("/clips/%s/reject", id), `{"code":"my own reason"}`, nil)

		got.requireProblem(t, 400, "invalid_request")
		read, err := w.store.Clips.Get(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, clip.Verifying, read.Status)
	})

	t.Run("are hidden from other creators", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		campaignID := w.joined(t)
		id := w.submit(t, campaignID, tiktokPost).JSON201.Id
		other := creatorUser(w.creator(t))

		w.send(t, other, "GET", path("/clips/%s", id), "", nil).requireProblem(t, 404, "clip_not_found")
		w.send(t, other, "GET", path("/clips/%s/observations", id), "", nil).requireProblem(t, 404, "clip_not_found")
		listed, err := w.as(t, other).ListClipsWithResponse(t.Context(), campaignID, nil)

		require.NoError(t, err)
		require.Empty(t, listed.JSON200.Items)
	})

	t.Run("show their readings page by page, what they earned, and count in their campaign", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		campaignID := w.joined(t)
		id := w.submit(t, campaignID, tiktokPost).JSON201.Id
		w.observe(t, campaignID, id, 1000, 2000, 5000)
		size := int32(2)

		first, err := w.as(t, w.creatorUser()).ListObservationsWithResponse(t.Context(), id, &client.ListObservationsParams{Limit: &size})
		require.NoError(t, err)
		second, err := w.as(t, w.creatorUser()).ListObservationsWithResponse(t.Context(), id, &client.ListObservationsParams{Limit: &size, Cursor: first.JSON200.NextCursor})
		require.NoError(t, err)
		read, err := w.as(t, w.creatorUser()).GetClipWithResponse(t.Context(), id)
		require.NoError(t, err)
		detail, err := w.as(t, w.brand()).GetCampaignWithResponse(t.Context(), campaignID)
		require.NoError(t, err)

		require.Len(t, first.JSON200.Items, 2)
		require.Len(t, second.JSON200.Items, 1)
		require.Nil(t, second.JSON200.NextCursor)
		require.Equal(t, int64(5000), second.JSON200.Items[0].Views)
		require.Equal(t, int64(5000), read.JSON200.CreditedViews)
		require.Equal(t, int64(2500), read.JSON200.EarnedMinor)
		require.Equal(t, int64(2500), detail.JSON200.SpentMinor)
		require.Equal(t, int64(2500), *detail.JSON200.HeldMinor)
		require.Equal(t, map[string]int64{"verifying": 1}, *detail.JSON200.ClipsByStatus)
	})
}

func (w *world) observe(t *testing.T, campaignID, clipID string, counts ...int64) {
	t.Helper()
	w.observeBy(t, "apify", campaignID, clipID, 1, counts...)
}

// observeBy records readings by a provider, from a number on.
func (w *world) observeBy(t *testing.T, provider, campaignID, clipID string, first int, counts ...int64) {
	t.Helper()
	require.NoError(t, live.Own(t.Context(), w.store, clipID))
	now := w.clock.Now().UTC().Truncate(time.Millisecond)
	attempt := uuid.NewString()
	require.NoError(t, w.store.Clips.RecordAttempt(t.Context(), views.Attempt{ID: attempt, Provider: provider, Platform: "tiktok", Clips: 1, Outcome: "ok", StartedAt: now}))
	read, err := w.store.Clips.Get(t.Context(), clipID)
	require.NoError(t, err)
	for i, count := range counts {
		_, err := w.store.Earnings.RecordReading(t.Context(), views.Observation{
			CampaignID: campaignID, ClipID: clipID, Poll: first + i, Provider: provider, AttemptID: attempt,
			Reading: views.Reading{Platform: read.Ref.Platform, ExternalID: read.Ref.ExternalID, Views: count, ObservedAt: now}, Now: now,
		})
		require.NoError(t, err)
	}
}
