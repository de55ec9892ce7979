package payouts_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db"
	"github.com/creditroll/creditroll/db/campaigns"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/campaign"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/payout"
)

// owing is a world whose first creator has earned money available and owes the minor unit that two
// roundings took after the release.
func owing(t *testing.T) (w *world.World, availableMinor int64) {
	t.Helper()
	w = world.New(t, 2, func(terms *campaign.Terms) {
		terms.RateMinorPerThousand, terms.FeeBasisPoints, terms.AffiliateBasisPoints = 1000, 1000, 500
	})
	_, err := w.Campaigns.CreateParticipation(t.Context(), campaigns.NewParticipation{
		ID: uuid.NewString(), CampaignID: w.CampaignID, CreatorID: w.CreatorIDs[0], AffiliateID: w.CreatorIDs[1], Status: campaign.ParticipationAccepted,
	})
	require.NoError(t, err)
	w.Read(t, 0, 1, 2019)
	w.Release(t)
	w.Read(t, 0, 2, 2020)
	require.Equal(t, int64(1), w.Balance(t, ledger.CreatorReceivable(w.CreatorIDs[0])))
	return w, w.Balance(t, ledger.CreatorAvailable(w.CreatorIDs[0]))
}

// reserveOf reserves a payout of the first creator.
func reserveOf(t *testing.T, w *world.World, payoutID string, minimumMinor int64) (payout.Reservation, error) {
	t.Helper()
	return w.Payouts.Reserve(t.Context(), payout.ReservationRequest{
		PayoutID: payoutID, RunID: w.OpenRun(t), CreatorID: w.CreatorIDs[0], Currency: "USD", MinimumMinor: minimumMinor, Now: world.Now,
	})
}

func TestReserveAfterADebt(t *testing.T) {
	t.Parallel()

	t.Run("pays the debt first, and every account of it agrees", func(t *testing.T) {
		t.Parallel()
		w, availableMinor := owing(t)
		payoutID := uuid.NewString()

		reserved, err := reserveOf(t, w, payoutID, 1)

		require.NoError(t, err)
		require.Equal(t, availableMinor-1, reserved.AmountMinor)
		require.Zero(t, w.Balance(t, ledger.CreatorReceivable(w.CreatorIDs[0])))
		require.Zero(t, w.Balance(t, ledger.CreatorAvailable(w.CreatorIDs[0])))
		again, err := reserveOf(t, w, payoutID, 1)
		require.NoError(t, err)
		require.Equal(t, reserved.AmountMinor, again.AmountMinor)
		w.RequireBooksInOrder(t)
		explained, err := w.Audit.ExplainPayout(t.Context(), payoutID, db.Page{Size: 10})
		require.NoError(t, err)
		world.RequireAddsUp(t, explained)
		creator, err := w.Audit.ExplainCreator(t.Context(), w.CreatorIDs[0], "USD")
		require.NoError(t, err)
		world.RequireChecks(t, creator.Currencies[0].Checks)
		require.Zero(t, creator.Currencies[0].DifferenceMinor)
	})

	t.Run("pays the debt even if too little is left, so that no run tries again", func(t *testing.T) {
		t.Parallel()
		w, availableMinor := owing(t)
		payoutID := uuid.NewString()

		_, refused := reserveOf(t, w, payoutID, availableMinor)
		_, again := reserveOf(t, w, payoutID, availableMinor)

		require.Equal(t, "below_minimum", fault.CodeOf(refused))
		require.Equal(t, "below_minimum", fault.CodeOf(again))
		require.Zero(t, w.Balance(t, ledger.CreatorReceivable(w.CreatorIDs[0])))
		require.Equal(t, availableMinor-1, w.Balance(t, ledger.CreatorAvailable(w.CreatorIDs[0])))
		require.Zero(t, w.Balance(t, ledger.CreatorInTransit(w.CreatorIDs[0])))
		w.RequireBooksInOrder(t)
	})

	t.Run("is what a preview of the run shows, and its sum", func(t *testing.T) {
		t.Parallel()
		w, availableMinor := owing(t)

		listed, err := w.Payouts.ListCandidates(t.Context(), payout.CandidatePage{RunID: uuid.NewString(), Limit: 10})
		require.NoError(t, err)
		surveyed, err := w.Payouts.Survey(t.Context(), payout.RunSurvey{RunID: uuid.NewString()})
		require.NoError(t, err)
		reserved, err := reserveOf(t, w, uuid.NewString(), 1)
		require.NoError(t, err)

		require.Equal(t, availableMinor-1, reserved.AmountMinor)
		sumMinor, first := int64(0), int64(0)
		for _, candidate := range listed {
			sumMinor += candidate.AmountMinor
			if candidate.CreatorID == w.CreatorIDs[0] {
				first = candidate.AmountMinor
			}
		}
		require.Equal(t, reserved.AmountMinor, first)
		require.Len(t, surveyed.Payable, 1)
		require.Equal(t, sumMinor, surveyed.Payable[0].AmountMinor)
	})

	t.Run("leaves out of a run, and of what a campaign waits for, who has too little after the debt", func(t *testing.T) {
		t.Parallel()
		w, availableMinor := owing(t)

		listed, err := w.Payouts.ListCandidates(t.Context(), payout.CandidatePage{RunID: uuid.NewString(), MinimumMinor: payout.EveryMinimum(availableMinor), Limit: 10})
		require.NoError(t, err)
		enough, err := w.Campaigns.GetStanding(t.Context(), w.CampaignID, availableMinor-1)
		require.NoError(t, err)
		tooLittle, err := w.Campaigns.GetStanding(t.Context(), w.CampaignID, availableMinor)
		require.NoError(t, err)

		require.Empty(t, listed)
		require.Equal(t, availableMinor, enough.Facts.UnpaidMinor)
		require.Zero(t, tooLittle.Facts.UnpaidMinor)
	})

	t.Run("offers an instant payout of what is left after the debt", func(t *testing.T) {
		t.Parallel()
		w, availableMinor := owing(t)

		facts, err := w.Payouts.GetInstantFacts(t.Context(), w.CreatorIDs[0], "USD")

		require.NoError(t, err)
		require.Equal(t, availableMinor-1, facts.AvailableMinor)
	})
}
