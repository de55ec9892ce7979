package api_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/api/client"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/clip"
)

func (w *world) secondReviewer() access.Principal {
	return access.Principal{UserID: "user-second-reviewer", Roles: []access.Role{access.Reviewer}}
}

// inReview is a clip of the creator in review, which was read once.
func (w *world) inReview(t *testing.T, count int64) (campaignID, clipID string) {
	t.Helper()
	campaignID = w.joined(t)
	clipID = w.submit(t, campaignID, tiktokPost).JSON201.Id
	_, err := w.store.Clips.Apply(t.Context(), clip.Move{ClipID: clipID, To: clip.InReview, At: w.clock.Now()})
	require.NoError(t, err)
	w.observe(t, campaignID, clipID, count)
	return campaignID, clipID
}

// appealed has a reviewer reject a clip, and its creator appeal.
func (w *world) appealed(t *testing.T, clipID string) (appealID string) {
	t.Helper()
	w.send(t, w.reviewer(), "POST", path("/clips/%s/reject", clipID), `{"code":"off_brief","note":"The logo is missing."}`, nil)
	filed := w.send(t, w.creatorUser(), "POST", path("/clips/%s/appeal", clipID), `{"statement":"The logo is at 0:12."}`, nil)
	require.Equal(t, 201, filed.status, string(filed.body))
	return appealIn(t, filed).Id
}

func appealIn(t *testing.T, got answer) client.Appeal {
	t.Helper()
	var read client.Appeal
	require.Equal(t, 2, got.status/100, string(got.body))
	require.NoError(t, json.Unmarshal(got.body, &read))
	return read
}

// end completes a campaign, as its workflow does once every clip is read.
func (w *world) end(t *testing.T, campaignID string, inReview ...string) {
	t.Helper()
	require.NoError(t, w.store.Campaigns.StopSubmissions(t.Context(), campaignID))
	for _, clipID := range inReview {
		require.NoError(t, w.store.Clips.CloseReview(t.Context(), clipID, w.clock.Now()))
	}
	w.move(t, campaignID, campaign.Complete)
}

func (w *world) appeal(t *testing.T, decision, appealID string, who access.Principal, headers header) answer {
	t.Helper()
	return w.send(t, who, "POST", path("/appeals/%s/"+decision, appealID), `{"note":"I looked at it."}`, headers)
}

func TestAppeals(t *testing.T) {
	t.Parallel()

	t.Run("are filed once by the creator, and listed for reviewers until another one decides", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		_, clipID := w.inReview(t, 10_000)
		appealID := w.appealed(t, clipID)

		again := w.send(t, w.creatorUser(), "POST", path("/clips/%s/appeal", clipID), `{"statement":"Once more."}`, nil)
		listed, err := w.as(t, w.secondReviewer()).ListAppealsWithResponse(t.Context(), &client.ListAppealsParams{Status: new(client.AppealStatus("open"))})
		require.NoError(t, err)
		same := w.appeal(t, "overturn", appealID, w.reviewer(), nil)
		creator := w.appeal(t, "uphold", appealID, w.creatorUser(), nil)
		upheld := appealIn(t, w.appeal(t, "uphold", appealID, w.secondReviewer(), nil))

		again.requireProblem(t, 409, "already_appealed")
		require.Len(t, listed.JSON200.Items, 1)
		require.Equal(t, appealID, listed.JSON200.Items[0].Id)
		same.requireProblem(t, 403, "same_person")
		require.Equal(t, 403, creator.status)
		require.Equal(t, "upheld", upheld.Status)
		read, err := w.as(t, w.creatorUser()).GetClipWithResponse(t.Context(), clipID)
		require.NoError(t, err)
		require.Equal(t, "upheld", read.JSON200.Appeal.Status)
		require.Equal(t, "I looked at it.", *read.JSON200.Appeal.Note)
		require.Equal(t, "rejected", read.JSON200.Status)
	})

	t.Run("answer the same decision of the same person again, and refuse every other one", func(t *testing.T) {
		t.Parallel()
		for decision, other := range map[string]string{"uphold": "overturn", "overturn": "uphold"} {
			w := setup(t)
			_, clipID := w.inReview(t, 10_000)
			appealID := w.appealed(t, clipID)
			first := appealIn(t, w.appeal(t, decision, appealID, w.secondReviewer(), header{"Idempotency-Key": "decide"}))

			keyed := w.appeal(t, decision, appealID, w.secondReviewer(), header{"Idempotency-Key": "decide"})
			repeated := appealIn(t, w.appeal(t, decision, appealID, w.secondReviewer(), nil))

			require.Equal(t, "true", keyed.header.Get("Idempotency-Replayed"))
			require.Equal(t, first, appealIn(t, keyed))
			require.Equal(t, first, repeated)
			w.appeal(t, other, appealID, w.secondReviewer(), nil).requireProblem(t, 409, "appeal_decided")
			w.appeal(t, decision, appealID, w.admin(), nil).requireProblem(t, 409, "appeal_decided")
			var notes int
			require.NoError(t, w.store.DB.Pool.QueryRow(t.Context(), "SELECT count(*) FROM notes WHERE author = $1", w.secondReviewer().UserID).Scan(&notes))
			require.Equal(t, 1, notes)
		}
	})

	t.Run("restore the clip of a live campaign when they are overturned", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		_, clipID := w.inReview(t, 10_000)
		appealID := w.appealed(t, clipID)

		overturned := appealIn(t, w.appeal(t, "overturn", appealID, w.secondReviewer(), nil))

		require.Equal(t, "overturned", overturned.Status)
		require.Nil(t, overturned.NextStep)
		read, err := w.as(t, w.creatorUser()).GetClipWithResponse(t.Context(), clipID)
		require.NoError(t, err)
		require.Equal(t, "verifying", read.JSON200.Status)
		require.Equal(t, "overturned_on_appeal", *read.JSON200.Decision.Code)
	})

	t.Run("are overturned without pay if nothing is kept for the clip, and say what can be done", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		campaignID, clipID := w.inReview(t, 0)
		w.end(t, campaignID, clipID)
		appealID := w.appealed(t, clipID)

		overturned := appealIn(t, w.appeal(t, "overturn", appealID, w.secondReviewer(), nil))
		repeated := appealIn(t, w.appeal(t, "overturn", appealID, w.secondReviewer(), nil))

		require.Equal(t, "overturned", overturned.Status)
		require.Contains(t, *overturned.NextStep, "POST /v1/corrections")
		require.Equal(t, overturned, repeated)
		read, err := w.as(t, w.creatorUser()).GetClipWithResponse(t.Context(), clipID)
		require.NoError(t, err)
		require.Equal(t, "rejected", read.JSON200.Status)
		require.Equal(t, "overturned_on_appeal", *read.JSON200.StatusReason)
		require.Contains(t, *read.JSON200.ReasonText, "by a correction")
		require.Equal(t, "platform", string(*read.JSON200.ActsNext))
	})
}

func TestExposure(t *testing.T) {
	t.Parallel()
	w := setup(t)
	campaignID, clipID := w.inReview(t, 10_000)
	read := func() client.Exposure {
		got, err := w.as(t, w.brand()).GetExposureWithResponse(t.Context(), campaignID)
		require.NoError(t, err)
		require.Equal(t, 200, got.StatusCode(), string(got.Body))
		return *got.JSON200
	}

	live := read()
	w.end(t, campaignID, clipID)
	ended := read()
	w.send(t, w.reviewer(), "POST", path("/clips/%s/approve", clipID), "", nil)
	approved := read()
	w.send(t, w.foreignBrand(), "GET", path("/campaigns/%s/exposure", campaignID), "", nil).requireProblem(t, 404, "campaign_not_found")

	require.Equal(t, client.Exposure{CampaignId: campaignID, Currency: "USD", ClipsInReview: 1, CostMinor: 5_000, LeftMinor: 100_000}, live)
	require.Equal(t, client.Exposure{CampaignId: campaignID, Currency: "USD", ClipsInReview: 1, CostMinor: 5_000, LeftMinor: 100_000, KeptMinor: 5_000}, ended)
	require.Equal(t, client.Exposure{CampaignId: campaignID, Currency: "USD", LeftMinor: 100_000, KeptMinor: 5_000}, approved, "until it is credited")
}
