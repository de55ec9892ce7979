package campaigns_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/fault"
)

func TestPaymentIsAsked(t *testing.T) {
	t.Parallel()
	w := world.New(t, 1, nil)
	id := approved(t, w, 50_000)
	freeze := func(previous int, at time.Time) campaign.AskedPayment {
		t.Helper()
		asked, err := w.Campaigns.FreezePayment(t.Context(), id, previous, at)
		require.NoError(t, err)
		return asked
	}
	later := world.Now.Add(time.Hour)

	require.Equal(t, campaign.AskedPayment{Generation: 1, AskedAt: world.Now}, freeze(0, world.Now))
	require.Equal(t, campaign.AskedPayment{Generation: 1, AskedAt: world.Now}, freeze(0, later), "it keeps its moment")
	require.Equal(t, campaign.AskedPayment{Generation: 2, AskedAt: later}, freeze(1, later))
	require.Equal(t, campaign.AskedPayment{Generation: 2, AskedAt: later}, freeze(0, world.Now), "a history that was reset learns of the last one")
	require.Equal(t, campaign.AskedPayment{Generation: 6, AskedAt: later}, freeze(5, later), "books that were restored may lack some")

	_, err := w.Campaigns.FreezePayment(t.Context(), uuid.NewString(), 0, later)
	require.Equal(t, "campaign_not_found", fault.CodeOf(err))

	_, err = w.Campaigns.FreezePayment(t.Context(), w.CampaignID, 0, later)
	require.Equal(t, "not_fundable", fault.CodeOf(err), "it has money already")
}
