package api_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/api/client"
	"github.com/creditroll/creditroll/domain/ledger"
)

func TestDisputes(t *testing.T) {
	t.Parallel()

	t.Run("are listed with what they froze, by campaign and status", func(t *testing.T) {
		t.Parallel()
		w := setup(t)
		first, second := w.live(t), w.live(t)
		for id, campaignID := range map[string]string{"du_1": first, "du_2": second} {
			require.NoError(t, w.store.Campaigns.RecordDisputeOpened(t.Context(), ledger.Dispute{
				DisputeID: id, PaymentIntentID: "pi_" + campaignID, CampaignID: campaignID, Currency: "USD", AmountMinor: 120_000, FeeMinor: 1500, At: w.clock.Now(),
			}))
		}
		require.NoError(t, w.store.Campaigns.RecordDisputeLost(t.Context(), "du_2", w.clock.Now()))
		lost, size := "lost", int32(1)

		all, err := w.as(t, w.finance()).ListDisputesWithResponse(t.Context(), &client.ListDisputesParams{Limit: &size})
		require.NoError(t, err)
		rest, err := w.as(t, w.finance()).ListDisputesWithResponse(t.Context(), &client.ListDisputesParams{Limit: &size, Cursor: all.JSON200.NextCursor})
		require.NoError(t, err)
		ended, err := w.as(t, w.finance()).ListDisputesWithResponse(t.Context(), &client.ListDisputesParams{Status: &lost})
		require.NoError(t, err)
		ofFirst, err := w.as(t, w.finance()).ListDisputesWithResponse(t.Context(), &client.ListDisputesParams{CampaignId: &first})

		require.NoError(t, err)
		require.Equal(t, ofFirst.JSON200.Items, all.JSON200.Items)
		require.Equal(t, ended.JSON200.Items, rest.JSON200.Items)
		require.Nil(t, rest.JSON200.NextCursor)
		require.Equal(t, "open", ofFirst.JSON200.Items[0].Status)
		require.Equal(t, int64(100_000), ofFirst.JSON200.Items[0].FrozenMinor)
		require.Equal(t, int64(120_000), ofFirst.JSON200.Items[0].AmountMinor)
		require.NotNil(t, ended.JSON200.Items[0].ClosedAt)
	})
}
