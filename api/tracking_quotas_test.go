package api_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/api/client"
	"github.com/creditroll/creditroll/domain/views"
)

func TestTrackingQuotas(t *testing.T) {
	t.Parallel()

	t.Run("are shown to finance: limits, what is used, when they reset, and blocks", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		now := w.clock.Now()
		youtube := views.DayQuota{Units: 10_000, Zone: "America/Los_Angeles"}
		take := func(provider, name string, limits views.Limits) []views.QuotaUse {
			uses := []views.QuotaUse{{Name: name, Limits: limits, Units: 1}}
			refused, err := w.store.Clips.TakeQuota(t.Context(), provider, uses, now)
			require.NoError(t, err)
			require.Zero(t, refused)
			return uses
		}
		take("youtube", "units", views.Limits{Day: youtube})
		take("x", "posts", views.Limits{Rate: views.Rate{Units: 1, Per: 15 * time.Minute}})
		apify := take("apify", "requests", views.Limits{})
		require.NoError(t, w.store.Clips.BlockQuota(t.Context(), "apify", apify, now.Add(time.Hour)))

		listed, err := w.as(t, w.finance()).ListTrackingQuotasWithResponse(t.Context())

		require.NoError(t, err)
		require.Equal(t, http.StatusOK, listed.StatusCode(), string(listed.Body))
		items := listed.JSON200.Items
		require.Len(t, items, 3)
		require.Equal(t, "apify", items[0].Provider)
		require.Nil(t, items[0].Day)
		require.Nil(t, items[0].Rate)
		require.WithinDuration(t, now.Add(time.Hour), *items[0].BlockedUntil, time.Millisecond)
		require.Nil(t, items[1].BlockedUntil)
		require.Equal(t, int64(1), items[1].Rate.Used)
		require.WithinDuration(t, now.Add(15*time.Minute), *items[1].Rate.ResetsAt, time.Millisecond)
		require.Equal(t, client.TrackingDay{Limit: 10_000, Used: 1, TimeZone: youtube.Zone, ResetsAt: youtube.NextDay(views.QuotaState{}, now).UTC()}, *items[2].Day)
	})

	t.Run("are refused to brands", func(t *testing.T) {
		t.Parallel()
		w := setup(t)

		refused, err := w.as(t, w.brand()).ListTrackingQuotasWithResponse(t.Context())

		require.NoError(t, err)
		require.Equal(t, http.StatusForbidden, refused.StatusCode())
	})
}
