package api_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/api/client"
	"github.com/creditroll/creditroll/db/clips"
)

func TestParticipations(t *testing.T) {
	t.Parallel()
	apply := func(t *testing.T, w *world, campaignID string) *client.CreateParticipationResponse {
		t.Helper()
		got, err := w.as(t, w.creatorUser()).CreateParticipationWithResponse(t.Context(), campaignID, nil, client.NewParticipation{CreatorId: w.creatorID})
		require.NoError(t, err)
		return got
	}

	t.Run("wait for the brand, whose decision is final", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		campaignID := w.live(t)
		applied := apply(t, w, campaignID)
		brand := w.as(t, w.brand())

		accepted, err := brand.AcceptParticipationWithResponse(t.Context(), applied.JSON201.Id, nil)
		require.NoError(t, err)
		again, err := brand.AcceptParticipationWithResponse(t.Context(), applied.JSON201.Id, nil)
		require.NoError(t, err)
		rejected, err := brand.RejectParticipationWithResponse(t.Context(), applied.JSON201.Id, nil)
		require.NoError(t, err)

		require.Equal(t, "applied", applied.JSON201.Status)
		require.Equal(t, "accepted", accepted.JSON200.Status)
		require.Equal(t, accepted.JSON200, again.JSON200)
		require.Equal(t, "participation_decided", rejected.ApplicationproblemJSONDefault.Code)
	})

	t.Run("name the creator who referred, who must be another creator", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		campaignID, affiliateID, unknownID := w.live(t), uuid.NewString(), uuid.NewString()
		_, err := w.store.Clips.CreateCreator(t.Context(), clips.NewCreator{ID: affiliateID, Handle: affiliateID, PayoutAccount: "acct_" + affiliateID})
		require.NoError(t, err)
		referred := func(affiliate string) *client.CreateParticipationResponse {
			got, err := w.as(t, w.creatorUser()).CreateParticipationWithResponse(t.Context(), campaignID, nil, client.NewParticipation{CreatorId: w.creatorID, AffiliateId: &affiliate})
			require.NoError(t, err)
			return got
		}

		self, unknown, known := referred(w.creatorID), referred(unknownID), referred(affiliateID)

		require.Equal(t, "own_affiliate", self.ApplicationproblemJSONDefault.Code)
		require.Equal(t, "affiliate_not_found", unknown.ApplicationproblemJSONDefault.Code)
		require.Equal(t, affiliateID, *known.JSON201.AffiliateId)
	})

	t.Run("are unique per creator and campaign", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		campaignID := w.live(t)
		apply(t, w, campaignID)

		again := apply(t, w, campaignID)

		require.Equal(t, 409, again.StatusCode())
		require.Equal(t, "already_applied", again.ApplicationproblemJSONDefault.Code)
	})

	t.Run("are accepted at once if the terms accept creators automatically", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		request := client.NewCampaign{OrganizationId: w.organizationID, Name: "Open", Terms: terms(w.clock.Now().UTC())}
		request.Terms.AutoAcceptCreators = true
		created, err := w.as(t, w.brand()).CreateCampaignWithResponse(t.Context(), nil, request)
		require.NoError(t, err)
		w.move(t, created.JSON201.Id, "submit")
		w.move(t, created.JSON201.Id, "approve")

		applied := apply(t, w, created.JSON201.Id)

		require.Equal(t, "accepted", applied.JSON201.Status)
		require.NotNil(t, applied.JSON201.DecidedAt)
	})

	t.Run("are refused by a campaign that has ended", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		campaignID := w.live(t)
		w.move(t, campaignID, "complete")

		got := w.send(t, w.admin(), "POST", path("/campaigns/%s/participations", campaignID), jsonOf(t, client.NewParticipation{CreatorId: w.creatorID}), nil)

		got.requireProblem(t, 409, "campaign_not_open")
	})

	t.Run("of others are hidden from creators and foreign brands", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		campaignID := w.live(t)
		applied := apply(t, w, campaignID)

		asOther, err := w.as(t, creatorUser(w.creator(t))).ListParticipationsWithResponse(t.Context(), campaignID, nil)
		require.NoError(t, err)
		asBrand, err := w.as(t, w.brand()).ListParticipationsWithResponse(t.Context(), campaignID, nil)
		require.NoError(t, err)

		require.Empty(t, asOther.JSON200.Items)
		require.Len(t, asBrand.JSON200.Items, 1)
		w.send(t, w.foreignBrand(), "POST", path("/participations/%s/accept", applied.JSON201.Id), "", nil).
			requireProblem(t, 404, "participation_not_found")
	})
}
