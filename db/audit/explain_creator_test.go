package audit_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/creditroll/creditroll/db/audit"
	"github.com/creditroll/creditroll/db/dbtest"
	"github.com/creditroll/creditroll/db/dbtest/world"
	"github.com/creditroll/creditroll/domain/fault"
	"github.com/creditroll/creditroll/domain/ledger"
	"github.com/creditroll/creditroll/domain/payout"
)

func TestExplainCreator(t *testing.T) {
	t.Parallel()

	t.Run("splits each balance by campaign", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		other := w.Another(t, nil)
		w.Read(t, 0, 1, 3000)
		other.Read(t, 0, 1, 1000)
		w.Release(t)
		paid := pay(t, w, "2026-W10")
		w.Read(t, 0, 2, 5000)
		w.Release(t)
		other.Read(t, 0, 2, 2000)

		x, err := w.Audit.ExplainCreator(t.Context(), w.CreatorIDs[0], "")

		require.NoError(t, err)
		require.Len(t, x.Currencies, 1)
		in := x.Currencies[0]
		require.Zero(t, in.DifferenceMinor)
		world.RequireChecks(t, in.Checks)
		parts := map[ledger.Account]audit.ExplainedAccount{}
		for _, account := range in.Accounts {
			require.Equal(t, w.Balance(t, account.Account), account.BalanceMinor)
			parts[account.Account] = account
		}
		creatorID := w.CreatorIDs[0]
		require.Equal(t, []payout.Line{{CampaignID: other.CampaignID, AmountMinor: 500}}, parts[ledger.CreatorPending(creatorID)].Campaigns)
		require.Equal(t, []payout.Line{{CampaignID: w.CampaignID, AmountMinor: 1000}}, parts[ledger.CreatorAvailable(creatorID)].Campaigns)
		require.ElementsMatch(t, []payout.Line{{CampaignID: w.CampaignID, AmountMinor: 1500}, {CampaignID: other.CampaignID, AmountMinor: 500}}, parts[ledger.CreatorInTransit(creatorID)].Campaigns)
		require.Equal(t, []audit.PayoutPart{{PayoutID: paid, AmountMinor: 2000}}, parts[ledger.CreatorInTransit(creatorID)].Payouts)
	})

	t.Run("reports released holds that differ from the ledger", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		w.Read(t, 0, 1, 3000)
		w.Release(t)
		_, err := dbtest.Connect(t, w.URL).Exec(t.Context(), "UPDATE holds SET amount_minor = amount_minor + 3")
		require.NoError(t, err)

		x, err := w.Audit.ExplainCreator(t.Context(), w.CreatorIDs[0], "USD")

		require.NoError(t, err)
		require.Equal(t, int64(3), x.Currencies[0].DifferenceMinor)
		require.False(t, holds(x.Currencies[0].Checks, "available_sums_to_balance"))
	})

	t.Run("refuses a currency without postings, and an id that is not of a creator", func(t *testing.T) {
		t.Parallel()
		w := world.New(t, 1, nil)
		w.Read(t, 0, 1, 1000)

		_, inEuros := w.Audit.ExplainCreator(t.Context(), w.CreatorIDs[0], "EUR")
		_, unknown := w.Audit.ExplainCreator(t.Context(), uuid.NewString(), "")

		require.Equal(t, "account_without_currency", fault.CodeOf(inEuros))
		require.ErrorContains(t, inEuros, "USD")
		require.Equal(t, "creator_not_found", fault.CodeOf(unknown))
	})
}

// requireCreatorsExplained fails if the explanation of a creator of the world has a difference.
func requireCreatorsExplained(t dbtest.T, w *world.World) {
	for _, creatorID := range w.CreatorIDs {
		x, err := w.Audit.ExplainCreator(t.Context(), creatorID, "")
		require.NoError(t, err)
		for _, in := range x.Currencies {
			require.Zero(t, in.DifferenceMinor)
			world.RequireChecks(t, in.Checks)
		}
	}
}
