package api_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/api/client"
	"github.com/creditroll/creditroll/domain/access"
	"github.com/creditroll/creditroll/domain/views"
)

func TestTrackingCosts(t *testing.T) {
	t.Parallel()

	t.Run("are shown to finance, by day, provider and campaign", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		one := uuid.NewString()
		record := func(at time.Time, provider string, clipsOf map[string]int, micros int64) {
			require.NoError(t, w.store.Clips.RecordAttempt(t.Context(), views.Attempt{
				ID: uuid.NewString(), Provider: provider, Platform: "tiktok", Clips: 2, Outcome: views.OutcomeOK, CostMicros: micros, ClipsOf: clipsOf, StartedAt: at,
			}))
		}
		today := w.clock.Now().UTC()
		record(today, "apify", map[string]int{one: 2}, 100)
		record(today, "youtube", nil, 7)
		record(today.AddDate(0, 0, -40), "apify", map[string]int{one: 2}, 50)
		list := func(params client.ListTrackingCostsParams) client.TrackingCostList {
			listed, err := w.as(t, w.finance()).ListTrackingCostsWithResponse(t.Context(), &params)
			require.NoError(t, err)
			require.Equal(t, http.StatusOK, listed.StatusCode(), string(listed.Body))
			return *listed.JSON200
		}
		day, provider, campaign, from, limit := today.Format(time.DateOnly), "provider", "campaign", today.AddDate(0, 0, -60).Format(time.DateOnly), int32(1)

		byDay := list(client.ListTrackingCostsParams{})
		byProvider := list(client.ListTrackingCostsParams{By: &provider, From: &from, CampaignId: &one})
		first := list(client.ListTrackingCostsParams{By: &campaign, Limit: &limit})
		second := list(client.ListTrackingCostsParams{By: &campaign, Limit: &limit, Cursor: first.NextCursor})

		require.Equal(t, []client.TrackingCost{{Day: &day, Clips: 2, CostMicros: 107}}, byDay.Items)
		require.Equal(t, client.TrackingCostTotal{Clips: 2, CostMicros: 107}, byDay.Total)
		require.Len(t, byProvider.Items, 1)
		require.Equal(t, int64(150), byProvider.Items[0].CostMicros, "of 60 days")
		require.Nil(t, first.Items[0].CampaignId, "no campaign has asked")
		require.Equal(t, one, *second.Items[0].CampaignId)
		require.Equal(t, int64(107), second.Total.CostMicros)
		require.Nil(t, second.NextCursor)
	})

	t.Run("are refused to others, and for days that make no sense", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		refused := func(who access.Principal, params client.ListTrackingCostsParams) (int, string) {
			listed, err := w.as(t, who).ListTrackingCostsWithResponse(t.Context(), &params)
			require.NoError(t, err)
			return listed.StatusCode(), listed.ApplicationproblemJSONDefault.Code
		}
		early, late, odd := "2026-01-01", "2027-02-01", "2026-13-01"

		status, _ := refused(w.brand(), client.ListTrackingCostsParams{})
		require.Equal(t, http.StatusForbidden, status)
		for code, params := range map[string]client.ListTrackingCostsParams{
			"days_out_of_range": {From: &late, To: &early},
			"invalid_request":   {From: &odd},
		} {
			status, got := refused(w.finance(), params)
			require.Equal(t, http.StatusBadRequest, status)
			require.Equal(t, code, got)
		}
	})
}
