package earnings_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/campaigns"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/views"
)

// referredClip is a world of one clip whose creator was referred: of each 1000 that it earns,
// 100 are the platform's and 50 the affiliate's. A view earns one minor unit.
func referredClip(t *testing.T) (w *world.World, affiliateID string) {
	t.Helper()
	w = world.New(t, 2, func(terms *campaign.Terms) {
		terms.RateMinorPerThousand, terms.FeeBasisPoints, terms.AffiliateBasisPoints = 1000, 1000, 500
	})
	_, err := w.Campaigns.CreateParticipation(t.Context(), campaigns.NewParticipation{
		ID: uuid.NewString(), CampaignID: w.CampaignID, CreatorID: w.CreatorIDs[0], AffiliateID: w.CreatorIDs[1], Status: campaign.ParticipationAccepted,
	})
	require.NoError(t, err)
	return w, w.CreatorIDs[1]
}

func TestSplitOfManyReadings(t *testing.T) {
	t.Parallel()

	t.Run("rounds once for all readings of a batch", func(t *testing.T) {
		t.Parallel()
		w, affiliateID := referredClip(t)
		var readings []views.Observation
		for poll := 1; poll <= 1000; poll++ {
			readings = append(readings, w.Reading(0, poll, int64(poll)*9))
		}

		_, err := w.Earnings.CommitBatch(t.Context(), w.CampaignID, readings...)

		require.NoError(t, err)
		require.Equal(t, int64(900), w.Balance(t, ledger.PlatformFees))
		require.Equal(t, int64(450), w.Balance(t, ledger.CreatorPending(affiliateID)))
		require.Equal(t, int64(7650), w.Balance(t, ledger.CreatorPending(w.CreatorIDs[0])))
		w.RequireBooksInOrder(t)
	})

	t.Run("credits after a clawback that was approved between two batches of one leader", func(t *testing.T) {
		t.Parallel()
		w, affiliateID := referredClip(t)
		commit := w.Earnings.Leader(w.CampaignID)
		_, err := commit(t.Context(), w.Reading(0, 1, 1009))
		require.NoError(t, err)
		w.Correct(t, w.Clawback(0, 1005))

		_, err = commit(t.Context(), w.Reading(0, 2, 1015))

		require.NoError(t, err)
		require.Equal(t, int64(1), w.Balance(t, ledger.PlatformFees), "a tenth of 10")
		require.Zero(t, w.Balance(t, ledger.CreatorPending(affiliateID)))
		require.Equal(t, int64(9), w.Balance(t, ledger.CreatorPending(w.CreatorIDs[0])))
		w.RequireBooksInOrder(t)
	})

	t.Run("makes a debt of the minor unit that both roundings take, also after a clawback of another clip", func(t *testing.T) {
		t.Parallel()
		w, _ := referredClip(t)
		commit := w.Earnings.Leader(w.CampaignID)
		_, err := commit(t.Context(), w.Reading(0, 1, 19), w.Reading(1, 1, 500))
		require.NoError(t, err)
		w.Correct(t, w.Clawback(1, 0))

		_, err = commit(t.Context(), w.Reading(0, 2, 20))

		require.NoError(t, err)
		require.Equal(t, int64(1), w.Balance(t, ledger.CreatorReceivable(w.CreatorIDs[0])))
		require.Equal(t, int64(2), w.Balance(t, ledger.PlatformFees))
		w.RequireBooksInOrder(t)
	})
}
